"""The names under which contents lie in the file store."""

from __future__ import annotations

import re

from app.core.errors import NotFound

_KEY = re.compile(r"[0-9a-f]{64}-[0-9a-f]{8}")


def is_key(name: str) -> bool:
    """Whether we could have given this name: nothing else in the store is ours."""
    return _KEY.fullmatch(name) is not None


def place_of(key: str) -> str:
    """Where it lies beneath the store's root: in one of 256 parts, so that no folder grows too long.

    Raises:
        NotFound: no name of ours.
    """
    if not is_key(key):
        raise NotFound
    return f"{key[:2]}/{key}"
