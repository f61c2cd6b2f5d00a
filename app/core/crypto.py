"""Secrets: encryption with keys outside the database, tokens, and keyed digests."""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from flask import current_app


class KeyMissing(Exception):
    """It was encrypted with a key that this installation no longer has."""

    def __init__(self) -> None:
        super().__init__("none of the keys in GANGWAY_ENCRYPTION_KEYS fits")


def _box() -> MultiFernet:
    box: MultiFernet | None = current_app.extensions.get("gangway_box")
    if box is None:
        box = MultiFernet([Fernet(key) for key in current_app.config["GANGWAY"].encryption_keys])
        current_app.extensions["gangway_box"] = box
    return box


def encrypt(text: str) -> str:
    """Encrypts with the newest key."""
    return _box().encrypt(text.encode()).decode()


def decrypt(text: str) -> str:
    """Decrypts with whichever key fits.

    Raises:
        KeyMissing: none fits.
    """
    try:
        return _box().decrypt(text.encode()).decode()
    except InvalidToken:
        raise KeyMissing from None


def renewed(text: str) -> str:
    """The same, encrypted with the newest key, so that older keys can be thrown away.

    Raises:
        KeyMissing: none fits.
    """
    try:
        return _box().rotate(text.encode()).decode()
    except InvalidToken:
        raise KeyMissing from None


def seal(text: str, of: str) -> str:
    """Envelope encryption: a key of its own for each value, which the installation's keys wrap. `of` names what it
    belongs to, so that it cannot be read after somebody moved it to another record."""
    key = Fernet.generate_key()
    inside = json.dumps({"of": of, "value": text}).encode()
    return f"{_box().encrypt(key).decode()}.{Fernet(key).encrypt(inside).decode()}"


def unseal(sealed: str, of: str) -> str:
    """What was sealed for `of`.

    Raises:
        KeyMissing: none of the installation's keys fits, it was changed, or it belongs to something else.
    """
    wrapped, _dot, inside = sealed.partition(".")
    try:
        found = json.loads(Fernet(_box().decrypt(wrapped.encode())).decrypt(inside.encode()))
    except (InvalidToken, ValueError):
        raise KeyMissing from None
    if found["of"] != of:
        raise KeyMissing
    return str(found["value"])


def rewrapped(sealed: str) -> str:
    """The same value under the same key of its own, which the newest key of the installation wraps now.

    Raises:
        KeyMissing: none fits.
    """
    wrapped, _dot, inside = sealed.partition(".")
    return f"{renewed(wrapped)}.{inside}"


def token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(value: str) -> str:
    """What is kept of a token: enough to find it again, useless to whoever reads the table."""
    return hashlib.sha256(value.encode()).hexdigest()


def keyed_digest(purpose: str, *parts: bytes) -> str:
    """HMAC-SHA256 in hex, under a key of its own for each purpose."""
    return _digest(current_app.config["GANGWAY"].secret_key, purpose, parts)


def keyed_digests(purpose: str, *parts: bytes) -> list[str]:
    """What `keyed_digest` gives now and gave under each former secret key, newest first: for looking something up."""
    settings = current_app.config["GANGWAY"]
    return [_digest(secret, purpose, parts) for secret in (settings.secret_key, *settings.former_secret_keys)]


def keyed_digest_matches(purpose: str, digest: str, *parts: bytes, length: int = 64) -> bool:
    """Whether `digest` was made of these parts by `keyed_digest`, under the secret key or a former one. `length` for
    one that was cut to so many digits."""
    given = digest.encode()
    return any(hmac.compare_digest(given, made[:length].encode()) for made in keyed_digests(purpose, *parts))


def _digest(secret: str, purpose: str, parts: Iterable[bytes]) -> str:
    key = hmac.digest(secret.encode(), f"gangway:{purpose}".encode(), "sha256")
    code = hmac.new(key, digestmod="sha256")
    for part in parts:
        code.update(len(part).to_bytes(8, "big"))
        code.update(part)
    return code.hexdigest()
