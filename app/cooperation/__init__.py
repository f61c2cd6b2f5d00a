"""Support agreements, joint marketing, goals and reviews with software partners."""
