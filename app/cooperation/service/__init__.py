"""What people do with agreements, marketing, goals and reviews."""
