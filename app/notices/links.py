"""The address at which somebody switches a digest off without signing in: it names a membership, under a keyed digest.

It works by itself and for ever (RFC 8058 wants no sign-in, and mails are read late); all it opens is one switch.
"""

from __future__ import annotations

from app.core.carried import number_in
from app.core.crypto import keyed_digest, keyed_digest_matches

_LENGTH = 32
"""Hexadecimal digits: 128 bits."""


def path_of(membership_id: int) -> str:
    return f"/digest/{membership_id}.{keyed_digest('digest', str(membership_id).encode())[:_LENGTH]}"


def membership_in(token: str) -> int | None:
    """The membership that the token names, or None for one that we never gave out."""
    name, _dot, code = token.partition(".")
    number = number_in(name, 0)
    if not number or name != str(number):
        return None
    proved = keyed_digest_matches("digest", code, name.encode(), length=_LENGTH)
    return number if proved else None
