"""Kills, stops and starves real processes; what was acknowledged must be there afterwards."""
