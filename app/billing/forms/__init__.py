"""The forms of billing at the desk."""
