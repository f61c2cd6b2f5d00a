"""The forms of sessions and of series of them."""
