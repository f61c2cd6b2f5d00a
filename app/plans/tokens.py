"""What a browser carries to show that a code, or a sign-in, proved it to be somebody's who takes part in a plan."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, current_app, request

from app.core.crypto import token_hash

COOKIE = "gangway_device"
KEPT = 4
"""Tokens that one browser carries: several people may share it."""
PROVED_FOR = timedelta(days=180)


def carried() -> list[str]:
    """Hashes of the tokens that this browser carries."""
    return [token_hash(token) for token in _tokens()]


def keep_token(response: Response, secret: str) -> None:
    """Lets this browser carry one more token."""
    https = current_app.config["GANGWAY"].https
    response.set_cookie(
        _cookie(),
        ".".join([secret, *_tokens()][:KEPT]),
        max_age=int(PROVED_FOR.total_seconds()),
        httponly=True,
        samesite="Lax",
        secure=https,
    )


def _tokens() -> list[str]:
    return [token for token in request.cookies.get(_cookie(), "").split(".") if token][:KEPT]


def _cookie() -> str:
    return f"__Host-{COOKIE}" if current_app.config["GANGWAY"].https else COOKIE
