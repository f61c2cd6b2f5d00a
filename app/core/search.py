"""Search that forgives accents: one folded column a table, found by trigrams."""

import sqlalchemy as sa
from anyascii import anyascii
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db


def fold(text: str) -> str:
    """`Łukasz Żółć` -> `lukasz zolc`: what is kept in a search column and what is looked for in it."""
    return " ".join("".join(sign if sign.isprintable() else " " for sign in anyascii(text).casefold()).split())


def search_text(*parts: str | None) -> str:
    """The folded search column of a record, from the texts by which people look for it."""
    return fold(" ".join(part for part in parts if part))[:2000]


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def contains(column: InstrumentedAttribute[str], q: str) -> sa.ColumnElement[bool]:
    """Rows whose search column holds every word of `q`."""
    words = fold(q).split() or [""]
    return sa.and_(*(column.like(f"%{_escape(word)}%", escape="\\") for word in words[:8]))


def dialect() -> str:
    return db.engine.dialect.name
