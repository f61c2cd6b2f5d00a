"""Sessions, invitations, calendar addresses."""
