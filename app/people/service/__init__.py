"""What people do with their sign-in and their places, one verb a story; the rooms inside are by subject."""

from app.people.service.joining import PersonClosed, find_or_create, invitation_for, join

__all__ = ["PersonClosed", "find_or_create", "invitation_for", "join"]
