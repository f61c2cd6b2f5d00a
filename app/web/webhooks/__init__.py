"""Webhooks at the desk: addresses of other systems, what they are told, and what became of it."""
