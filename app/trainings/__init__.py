"""Trainings: sessions, who takes part, invitations, attendance, recordings and calendar feeds (I9)."""
