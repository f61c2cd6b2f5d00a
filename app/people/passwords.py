"""Passwords: how they are kept, and which ones are refused (NIST SP 800-63B, 5.1.1.2)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from flask import current_app
from zxcvbn import zxcvbn

from app.core.errors import FieldError
from app.core.i18n import _l

LEAST = 12
MOST = 200
GUESSES = 10**8.5
"""Fewer guesses than this, by zxcvbn's lists of leaked passwords, names and words and by its patterns, are refused."""
LOOKED_AT = 72
"""Characters that are weighed: the estimate takes longer with length, and what is strong by then stays so."""


class WeakPassword(FieldError):
    """The password is refused; the message says why."""

    def __init__(self, message: object) -> None:
        super().__init__("password", message)


def check(password: str, *context: str) -> None:
    """Refuses a password that is short or easily guessed. There are no rules about kinds of signs.

    `context` holds words a guesser would try first: the vendor's name, the person's name and address.

    Raises:
        WeakPassword: with the reason.
    """
    password = _normal(password)
    if len(password) < LEAST:
        raise WeakPassword(_l("Use at least 12 characters. Three or four words in a row are easy to remember."))
    if len(password) > MOST:
        raise WeakPassword(_l("Use at most 200 characters."))
    words = [word for text in context for word in (text, *re.split(r"[\W_]+", text)) if len(word) > 2]
    seen = zxcvbn(password[:LOOKED_AT], user_inputs=words, max_length=LOOKED_AT)
    if float(seen["guesses"]) < GUESSES:
        raise WeakPassword(_reason(seen["sequence"]))


def _reason(parts: Sequence[Mapping[str, object]]) -> object:
    lists = {part.get("dictionary_name") for part in parts}
    patterns = {part["pattern"] for part in parts}
    if "user_inputs" in lists:
        return _l("This password is easy to guess: it holds your name, your address or our name. Choose another one.")
    if "passwords" in lists and "repeat" not in patterns:
        return _l("This password is in the lists of passwords that attackers try first. Choose another one.")
    if patterns & {"repeat", "sequence", "spatial"}:
        return _l("This password is easy to guess: it repeats itself or follows the keyboard. Choose another one.")
    return _l("This password is easy to guess: it is made of common words. Add another word or two.")


def hashed(password: str) -> str:
    """The argon2id hash. Takes a noticeable moment on purpose: never inside `write()`."""
    return _hasher().hash(_normal(password))


def matches(kept: str | None, password: str) -> bool:
    """Whether the password is the one of the hash. Without a hash it takes as long, and is False."""
    try:
        _hasher().verify(kept or _decoy(), _normal(password))
    except (VerificationError, InvalidHashError):
        return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher().check_needs_rehash(kept)


def _normal(password: str) -> str:
    """Every keyboard spells the same sign the same way."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace").decode()


def _hasher() -> PasswordHasher:
    hasher: PasswordHasher | None = current_app.extensions.get("gangway_hasher")
    if hasher is None:
        # 32 MiB, three rounds, one lane: above OWASP's least, and small enough for many at once on a small machine.
        cheap = bool(current_app.config["GANGWAY"].testing)
        hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1) if cheap else PasswordHasher(3, 32768, 1)
        current_app.extensions["gangway_hasher"] = hasher
    return hasher


def _decoy() -> str:
    """A hash that belongs to nobody, so that an unknown address costs what a known one costs."""
    decoy: str | None = current_app.extensions.get("gangway_decoy")
    if decoy is None:
        decoy = current_app.extensions["gangway_decoy"] = _hasher().hash("nobody signs in with this")
    return decoy
