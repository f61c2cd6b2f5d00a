"""Search that forgives accents: one folded column a table, found by trigrams."""

import re
from collections.abc import Sequence
from typing import Any

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


def matching(model: Any, q: str) -> sa.ColumnElement[bool]:
    """Rows of a table with an indexed search column that hold every word of `q`, or the number that `q` is, however it
    is grouped: `PL 856-734-62-15`, `856.734.62.15` and `8567346215` find the same company."""
    return sa.or_(*(_all_words(model, words) for words in _readings(q)))


def _readings(q: str) -> list[Sequence[str]]:
    words = fold(q[:400]).split()[:8]
    readings: list[Sequence[str]] = [words or [""]]
    compact = re.sub("[^0-9a-z]", "", "".join(words))
    if len(re.findall("[0-9]", compact)) >= 4 and re.fullmatch("[a-z]{0,3}[0-9]+(b[0-9]{2})?", compact):
        digits = re.sub("[^0-9]", "", compact)
        readings += [[reading] for reading in dict.fromkeys((compact, digits, digits.lstrip("0"))) if len(reading) >= 4]
    return readings


def _all_words(model: Any, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """SQLite finds words of three signs and more by its trigram table; PostgreSQL's index serves LIKE itself."""
    column = model.search
    if dialect() != "sqlite":
        return sa.and_(*(column.like(f"%{_escape(word)}%", escape="\\") for word in words))
    table = model.__tablename__
    long = [word for word in words if len(word) >= 3]
    short = [word for word in words if len(word) < 3]
    found = [column.like(f"%{_escape(word)}%", escape="\\") for word in short]
    if long:
        phrases = " AND ".join('"' + word.replace('"', '""') + '"' for word in long)
        rows: sa.Select[Any] = sa.select(sa.literal_column("rowid")).select_from(sa.table(f"{table}_search"))
        found.append(model.id.in_(rows.where(sa.literal_column(f"{table}_search").op("MATCH")(phrases))))
    return sa.and_(*found)


FEW = 1_000
"""Up to so many rows are looked up by their keys; above that a word is so common that walking a list finds it soon."""


def few(model: Any, q: str, limit: int = FEW) -> list[int] | None:
    """The keys of the rows that hold `q`, if the index knows at most `limit` of them; None for more, or when every word
    is shorter than a trigram.

    For a list that is walked in its own order: with keys it need not be walked at all, and without them walking is
    quick, for the rows stand close together. Joining the index to the list would read all that match, however many.
    """
    readings = [[word for word in words if len(word) >= 3] for words in _readings(q)]
    if not all(readings):
        return None
    if dialect() == "sqlite":
        table = f"{model.__tablename__}_search"
        alternatives = (
            "(" + " AND ".join('"' + word.replace('"', '""') + '"' for word in words) + ")" for words in readings
        )
        statement = sa.text(f"SELECT rowid FROM {table} WHERE {table} MATCH :words LIMIT :most")  # noqa: S608 - own name
        rows = db.session.execute(statement, {"words": " OR ".join(alternatives), "most": limit + 1})
    else:
        rows = db.session.execute(sa.select(model.id).where(_held(model, readings)).limit(limit + 1))
    keys = [int(row[0]) for row in rows]
    return keys if len(keys) <= limit else None


def holding(model: Any, q: str) -> sa.ColumnElement[bool]:
    """The same as `matching`, read from the rows themselves and never from the index."""
    return _held(model, _readings(q))


def _held(model: Any, readings: Sequence[Sequence[str]]) -> sa.ColumnElement[bool]:
    return sa.or_(
        *(
            sa.and_(*(model.search.like(f"%{_escape(word)}%", escape="\\") for word in words or [""]))
            for words in readings
        )
    )


def dialect() -> str:
    return db.engine.dialect.name
