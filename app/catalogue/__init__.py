"""The services a customer can ask for, and the shop platforms they run on."""
