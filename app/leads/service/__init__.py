"""The verbs of leads: `registration`, `editing`, `notes`, `change_requests`, and staff's decisions and conversion."""
