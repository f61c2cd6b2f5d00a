"""The forms of the total service."""
