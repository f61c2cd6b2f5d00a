"""Walking through every table: which rows concern a person, and what an erasure makes of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.core.db import db, write
from app.core.privacy import ERASED, Holding, Is, erased_address
from app.core.search import fold
from app.history.service import record
from app.privacy.service import needles
from app.privacy.service.whom import Found, mentions, own

Row = Mapping[str, Any]
CHUNK = 200
"""Rows that are changed in one `write()`."""


@dataclass
class Tally:
    """What one table holds, or what an erasure did to it."""

    holding: Holding
    own: int = 0
    """Rows that are about the person."""
    named: int = 0
    """Other rows in which they are mentioned."""
    kept: dict[str, int] = field(default_factory=dict)
    """Column -> rows in which something stays."""
    waiting: bool = False
    """Something is under way there; it is looked at again in a moment."""

    @property
    def found(self) -> int:
        return self.own + self.named


def rows_about(holding: Holding, whom: Found) -> Iterator[Row]:
    """Every row that concerns the person, with `_own` and `_near` added to its columns."""
    keys = list(_keys(holding, whom))
    for start in range(0, len(keys), CHUNK):
        yield from _read(holding, whom, keys[start : start + CHUNK])


def _own(holding: Holding, whom: Found) -> sa.ColumnElement[bool]:
    conditions = own(holding, whom.emails, whom.person_ids)
    if holding.owned is not None:
        conditions.append(holding.owned(whom))
    if holding.table.name == "person" and whom.person_ids:
        conditions.append(holding.table.c.id.in_(sorted(whom.person_ids)))
    return sa.func.coalesce(sa.or_(*conditions, sa.false()), sa.false())


def _keys(holding: Holding, whom: Found) -> Iterable[tuple[Any, ...]]:
    primary = list(holding.table.primary_key.columns)
    conditions = [_own(holding, whom)]
    named = mentions(holding, whom)
    if named is not None:
        conditions.append(named)
    return [tuple(row) for row in db.session.execute(sa.select(*primary).where(sa.or_(*conditions)).order_by(*primary))]


def _read(holding: Holding, whom: Found, keys: Sequence[tuple[Any, ...]], *, locked: bool = False) -> list[Row]:
    table = holding.table
    primary = list(table.primary_key.columns)
    near = holding.near(whom) if holding.near is not None else sa.false()
    told = _own(holding, whom).label("_own"), near.label("_near")
    query = sa.select(table, *told).where(_is_one_of(primary, keys)).order_by(*primary)
    if locked:
        query = query.with_for_update()
    found: list[Row] = []
    for one in db.session.execute(query).mappings():
        row = {**one, "_own": bool(one["_own"])}
        row["_near"] = row["_own"] or bool(row["_near"]) or _is_near(holding, whom, row)
        if row["_own"] or _names(holding, whom, row):
            found.append(row)
    return found


def _is_one_of(primary: Sequence[sa.Column[Any]], keys: Sequence[tuple[Any, ...]]) -> sa.ColumnElement[bool]:
    if len(primary) == 1:
        return primary[0].in_([key[0] for key in keys])
    return sa.tuple_(*primary).in_(keys)


def _is_near(holding: Holding, whom: Found, row: Row) -> bool:
    """Whether the row hangs on one of the person's own records."""
    if holding.parents:
        return any(row[column] in whom.records.get(parent, ()) for column, parent in holding.parents)
    return any(ref in whom.refs for ref in str(row.get("conversation") or "").split(":"))


def _names(holding: Holding, whom: Found, row: Row) -> bool:
    return any(
        column in row and whom.is_named_in(row[column], near=row["_near"]) for column in _readable(holding, own=False)
    )


def _readable(holding: Holding, *, own: bool) -> list[str]:
    """Columns in which a mention counts. Name and number beside somebody else's address are that person's."""
    what = [Is.TEXT, Is.ADDRESS, Is.SEARCH, Is.STAYS]
    if own or not holding.named(Is.EMAIL):
        what += [Is.NAME, Is.PHONE, Is.OWN]
    return holding.named(*what)


# --- counting ---------------------------------------------------------------------------------------------------------


def tally(holding: Holding, whom: Found) -> Tally:
    """What the table holds about the person; changes nothing."""
    found = Tally(holding)
    for row in rows_about(holding, whom):
        kept = kept_in(holding, whom, row)
        for column in kept:
            found.kept[column] = found.kept.get(column, 0) + 1
        if not _goes(holding, row) and not _changes(holding, whom, row):
            continue  # nothing here but what stays
        if row["_own"]:
            found.own += 1
        else:
            found.named += 1
    _count_files(holding, whom, found, erase=False)
    return found


def _count_files(holding: Holding, whom: Found, found: Tally, *, erase: bool) -> None:
    if holding.files is not None:
        gone, kept = holding.files(whom, erase)
        found.own += gone
        if kept:
            found.kept["files"] = kept


def _goes(holding: Holding, row: Row) -> bool:
    return holding.erase is not None or (holding.goes and bool(row["_own"]))


def kept_in(holding: Holding, whom: Found, row: Row) -> list[str]:
    """The columns of a row in which the person goes on standing."""
    return [
        column
        for column in holding.named(Is.STAYS)
        if row[column] and (whom.is_named_in(row[column], near=row["_near"]) or _is_theirs(holding, column, row))
    ]


def _is_theirs(holding: Holding, column: str, row: Row) -> bool:
    return bool(row["_own"]) and column in holding.stays and holding.stays[column].of_own


# --- erasing ----------------------------------------------------------------------------------------------------------


def erase(holding: Holding, whom: Found, note: Callable[[int], None] = lambda erased: None) -> Tally:
    """Erases the person from one table, chunk by chunk, each in a `write()` in which `note` is told how much went.

    Doing it twice does nothing."""
    done = Tally(holding)
    keys = list(_keys(holding, whom))
    db.session.commit()
    for start in range(0, len(keys), CHUNK):
        before = done.found
        with write():
            _erase(holding, whom, _read(holding, whom, keys[start : start + CHUNK], locked=True), done)
            if done.found > before:
                note(done.found - before)
    before = done.found
    _count_files(holding, whom, done, erase=True)
    if done.found > before:
        with write():
            note(done.found - before)
    return done


def _erase(holding: Holding, whom: Found, rows: Sequence[Row], done: Tally) -> None:
    ready: list[Row] = []
    for row in rows:
        if holding.waits is not None and holding.waits(row):
            done.waiting = True
            continue
        ready.append(row)
        for column in kept_in(holding, whom, row):
            done.kept[column] = done.kept.get(column, 0) + 1
    if holding.erase is not None:
        done.own += holding.erase(whom, ready)
        return
    for row in ready:
        if _erase_row(holding, whom, row):
            done.own += row["_own"]
            done.named += not row["_own"]


def _erase_row(holding: Holding, whom: Found, row: Row) -> bool:
    """Whether there was anything to erase."""
    if holding.goes and row["_own"]:
        db.session.execute(sa.delete(holding.table).where(_this(holding, row)))
        return True
    changes = _changes(holding, whom, row)
    if not changes:
        return False
    if "version" in row and row["_own"]:
        changes["version"] = row["version"] + 1
    db.session.execute(sa.update(holding.table).where(_this(holding, row)).values(changes))
    if holding.told and row["_own"]:
        record(db.session.get_one(holding.model, row["id"], populate_existing=True), "person.erased", None)
    return True


def _this(holding: Holding, row: Row) -> sa.ColumnElement[bool]:
    return sa.and_(*(column == row[column.name] for column in holding.table.primary_key.columns))


def _changes(holding: Holding, whom: Found, row: Row) -> dict[str, Any]:
    """What an erasure makes of the row: only what differs."""
    changes: dict[str, Any] = {}
    for column, what in holding.columns.items():
        value = row[column]
        if value in (None, "", [], {}):
            continue
        changes[column] = _after(holding, whom, row, column, what)
    if row["_own"]:
        for column, value in holding.values.items():
            changes[column] = value(row) if callable(value) else value
    return {column: value for column, value in changes.items() if value != row[column]}


def _after(holding: Holding, whom: Found, row: Row, column: str, what: Is) -> Any:
    value, nullable = row[column], bool(holding.table.c[column].nullable)
    match what:
        case Is.EMAIL if row["_own"]:
            return value if str(value).endswith("@erased.invalid") else erased_address(row["id"])
        case Is.NAME if row["_own"]:
            return ERASED
        case Is.PHONE | Is.OWN if row["_own"]:
            return None if nullable else ""
        case Is.ADDRESS:
            return (None if nullable else "") if whom.is_named_in(value, near=row["_near"]) else value
        case Is.SEARCH:
            return _searched(holding, whom, row, value)
        case Is.TEXT | Is.NAME | Is.PHONE | Is.OWN if column in _readable(holding, own=row["_own"]):
            return whom.blanked(value, near=row["_near"])
        case _:
            return value


def _searched(holding: Holding, whom: Found, row: Row, value: str) -> str:
    """The search column without the person, and with what stays of the row though it may name them."""
    rest = needles.blanked(value, whom.pattern(row["_near"]), " ")
    if rest == value:
        return value
    staying = " ".join(str(row[column] or "") for column in holding.named(Is.STAYS))
    return " ".join([*rest.split(), fold(staying)]).strip()[:2000]
