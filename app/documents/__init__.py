"""Versioned texts per language, their acceptance with evidence, and uploads."""
