"""What can go wrong in the business, as named errors that the doors turn into pages."""

from __future__ import annotations

from typing import Any


class DomainError(Exception):
    """A rule said no. `message` is for the person, translated when it is shown."""

    status = 422

    def __init__(self, message: Any = "") -> None:
        super().__init__(message)
        self.message = message


class FieldError(DomainError):
    """One field is the reason: 422, the message stands beside it."""

    def __init__(self, field: str, message: Any) -> None:
        super().__init__(message)
        self.field = field


class Conflict(DomainError):
    """The record moved on meanwhile: 409, with what was typed kept."""

    status = 409


class MovedOn(Conflict):
    """Somebody else saved the record since the version that the change was made from. 412 for programs, which say
    that version in If-Match."""


class NotFound(DomainError):
    """It does not exist, or not for this person; the two look the same: 404."""

    status = 404


class Forbidden(DomainError):
    """The person is known, the thing is known, the right is missing: 403."""

    status = 403


class StaleForm(DomainError):
    """The form's csrf token was missing or stale: nothing was written."""

    status = 400


class Unavailable(Exception):
    """A part that we need, the file store say, does not answer or is full: nothing was saved. 503, as when the database
    is away."""
