"""What pages of the total service read."""
