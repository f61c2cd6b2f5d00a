"""Persons, their organisations, and how they sign in."""
