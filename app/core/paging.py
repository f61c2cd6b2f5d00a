"""Lists by key: a page continues after a row, never at an offset, so deep pages cost what the first one costs."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import Base, db

Key = InstrumentedAttribute[Any] | sa.ColumnElement[Any]
Row = TypeVar("Row")
Group = TypeVar("Group")
SIZE = 50


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list. `previous` and `next` are cursors for the address, None at the ends."""

    items: Sequence[Row]
    previous: str | None
    next: str | None


def page_of(
    query: sa.Select[*tuple[Any, ...]],
    *keys: Key,
    descending: bool,
    cursor: str | None,
    size: int = SIZE,
) -> Page[Any]:
    """The rows of `query` ordered by `keys` (the last one unique), from `cursor` on.

    A query of one entity gives entities. One of an entity and further columns, or of columns alone, gives rows; the
    keys are then read from the columns of the same names, or else from the entity. A cursor that was tampered with or
    has grown old reads as the first page: an address is never an error.
    """
    backward, after = _read(cursor, keys)
    downward = descending != backward
    if after is not None:
        here = sa.tuple_(*keys)
        there = sa.tuple_(*(sa.literal(value, key.type) for value, key in zip(after, keys, strict=True)))
        query = query.where(here < there if downward else here > there)
    order = [key.desc() if downward else key.asc() for key in keys]
    found = db.session.execute(query.order_by(None).order_by(*order).limit(size + 1)).unique()
    rows: list[Any] = list(found.scalars() if len(query.column_descriptions) == 1 else found)
    more = len(rows) > size
    rows = rows[:size]
    if backward:
        rows.reverse()
    has_next = more if not backward else True
    has_previous = (after is not None) if not backward else more
    return Page(
        rows,
        _write(True, rows[0], keys) if rows and has_previous else None,
        _write(False, rows[-1], keys) if rows and has_next else None,
    )


def _write(backward: bool, row: Any, keys: Sequence[Key]) -> str:
    plain = [_plain(_value(row, key.key or "")) for key in keys]
    return base64.urlsafe_b64encode(json.dumps([backward, plain]).encode()).decode().rstrip("=")


def _value(row: Any, name: str) -> Any:
    if isinstance(row, sa.Row) and isinstance(row[0], Base) and name not in row._mapping:
        return getattr(row[0], name)
    return getattr(row, name)


def _plain(value: Any) -> list[Any]:
    if isinstance(value, datetime):
        return ["t", value.isoformat()]
    return ["d", value.isoformat()] if isinstance(value, date) else ["v", value]


def is_cursor(text: str, keys: Sequence[Key]) -> bool:
    """Whether it is one that leads on in a list of these keys."""
    backward, after = _read(text, keys)
    return after is not None and not backward


_READ = {"t": datetime.fromisoformat, "d": date.fromisoformat}


def _read(cursor: str | None, keys: Sequence[Key]) -> tuple[bool, list[Any] | None]:
    if not cursor:
        return False, None
    try:
        backward, plain = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        values = [_READ[kind](value) if kind in _READ else value for kind, value in plain]
        if len(values) != len(keys) or not isinstance(backward, bool):
            return False, None
        if any(type(value) is not key.type.python_type for value, key in zip(values, keys, strict=True)):
            return False, None
        return (backward, values) if all(map(_storable, values)) else (False, None)
    except (ValueError, TypeError, RecursionError):
        return False, None


def _storable(value: Any) -> bool:
    """Whether both databases take it as a parameter: what no row can hold must not reach them."""
    match value:
        case str():
            return "\0" not in value and not any("\ud800" <= sign <= "\udfff" for sign in value)
        case int():
            return -(2**31) <= value < 2**31
        case datetime():
            return value.tzinfo is not None and 1 < value.year < 9999
        case _:
            return True


def everything_of(query: sa.Select[*tuple[Any, ...]], *keys: Key, descending: bool, size: int = 1000) -> Iterator[Any]:
    """For a file: all rows of `query` in the order of `keys`, one batch by key after another, each forgotten before the
    next one is read, so that the longest list takes the memory of one batch."""
    cursor: str | None = None
    while True:
        part = page_of(query, *keys, descending=descending, cursor=cursor, size=size)
        yield from part.items
        if part.next is None:
            return
        cursor = part.next
        db.session.expunge_all()


COUNT_CAP = 10_000


def capped_count(query: sa.Select[Any], cap: int = COUNT_CAP) -> int:
    """How many rows, counting no further than `cap + 1`: show "more than" then."""
    inner = query.order_by(None).limit(cap + 1).subquery()
    return db.session.scalar(sa.select(sa.func.count()).select_from(inner)) or 0


def capped_counts(query: sa.Select[Any], groups: Mapping[Group, sa.ColumnElement[bool]]) -> dict[Group, int]:
    """How many rows of `query` are in each group, each counted no further than the cap, in one query."""
    each = [
        query.where(among)
        .with_only_columns(sa.literal(1), maintain_column_froms=True)
        .order_by(None)
        .limit(COUNT_CAP + 1)
        .subquery()
        for among in groups.values()
    ]
    row = db.session.execute(
        sa.select(*(sa.select(sa.func.count()).select_from(inner).scalar_subquery() for inner in each))
    ).one()
    return dict(zip(groups, row, strict=True))
