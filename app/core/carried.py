"""Numbers and references that a page carries along, in addresses and hidden fields, where anybody may have changed
them."""

from __future__ import annotations

from typing import Any


def number_in(typed: Any, otherwise: int = 0) -> int:
    """The whole number, at most nine digits so that every column holds it; `otherwise` for anything else. No row has
    the key or version 0."""
    text = str(typed or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else otherwise


def ref_in(typed: Any) -> str:
    """The reference; "" for anything that is none, such as what no database takes."""
    text = str(typed or "")
    return text if text.isascii() and text.isprintable() and len(text) <= 20 else ""
