"""The address at which somebody switches reminders off without signing in: it names a contact, under a keyed digest.

It works by itself and for ever (RFC 8058), and all that it opens is one switch.
"""

from __future__ import annotations

from app.core.carried import number_in
from app.core.crypto import keyed_digest, keyed_digest_matches

_LENGTH = 32
"""Hexadecimal digits: 128 bits."""
_PURPOSE = "task reminders"


def path_of(contact_id: int) -> str:
    return f"/reminders/{contact_id}.{keyed_digest(_PURPOSE, str(contact_id).encode())[:_LENGTH]}"


def contact_in(token: str) -> int | None:
    """The contact that the token names, or None for one that we never gave out."""
    name, _dot, code = token.partition(".")
    number = number_in(name, 0)
    if not number or name != str(number):
        return None
    proved = keyed_digest_matches(_PURPOSE, code, name.encode(), length=_LENGTH)
    return number if proved else None


def reader_of(email: str) -> str:
    """Under which an address is remembered, so that it gets one digest a day."""
    return keyed_digest("task digest", email.encode())
