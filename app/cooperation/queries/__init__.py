"""Finding agreements, marketing, goals and reviews."""
