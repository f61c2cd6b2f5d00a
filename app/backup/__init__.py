"""Backups: database and files in one folder with digests of everything, and the way back."""
