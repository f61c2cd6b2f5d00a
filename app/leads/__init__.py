"""Registering a client: submissions, the lead they make, its decision, conversion and change requests (R7-R13)."""
