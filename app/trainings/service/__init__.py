"""What is done with sessions and calendar addresses."""
