"""Secrets: encryption with keys outside the database, tokens, and keyed digests."""

import hashlib
import hmac
import secrets

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


def token() -> str:
    """256 random bits, safe in an address."""
    return secrets.token_urlsafe(32)


def token_hash(value: str) -> str:
    """What is kept of a token: enough to find it again, useless to whoever reads the table."""
    return hashlib.sha256(value.encode()).hexdigest()


def keyed_digest(purpose: str, *parts: bytes) -> str:
    """HMAC-SHA256 in hex, under a key of its own for each purpose."""
    secret: str = current_app.config["GANGWAY"].secret_key
    key = hmac.digest(secret.encode(), f"gangway:{purpose}".encode(), "sha256")
    code = hmac.new(key, digestmod="sha256")
    for part in parts:
        code.update(len(part).to_bytes(8, "big"))
        code.update(part)
    return code.hexdigest()
