"""Intake, manuals, onboarding pages and pilots."""
