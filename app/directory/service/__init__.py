"""Changing the directory at the desk, and proving a publication from the panel."""
