"""Addresses that a visitor hands us: only those inside this installation are followed."""

from __future__ import annotations

from urllib.parse import urlsplit


def own_path(text: str | None) -> str | None:
    """`text` when it is a path on this site, else None.

    Browsers forgive much: they take `//host`, `/\\host` and `/<tab>/host` for another site, so anything but a plain
    path and query is refused.
    """
    if not text or not text.startswith("/") or text.startswith("//") or len(text) > 2000:
        return None
    if "\\" in text or not text.isprintable() or " " in text:
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text
