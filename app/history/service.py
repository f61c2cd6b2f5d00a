"""Writing the record of changes, reading a record's part of it, and forgetting values."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.clock import now
from app.core.db import Base, db
from app.history.digests import digest_of, erasure_of, stamp_of
from app.history.models import HistoryEntry, HistoryValue

Change = tuple[Any, Any]


class Actor(Protocol):
    """Whoever acts and has a row among the people."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Visitor:
    """Somebody without a sign-in, as the entry names them: the name typed on the form."""

    name: str = ""


LISTENERS: list[Callable[[Base, str, datetime], None]] = []
"""Whoever has to know of every entry, inside the `write()` that writes it: gets the record, the verb and the moment. A
listener says so itself when it is imported, and takes no time: nearly every change passes it."""


def record(subject: Base, verb: str, by: Actor | Visitor | None, changes: Mapping[str, Change] | None = None) -> None:
    """Adds an entry about `subject` to this `write()`.

    `subject` has its id (flush first) and is locked or new, so the number within it is nobody else's. `verb` is a
    code such as `lead.accepted`. `changes` maps field codes to (old, new) in JSON-able form. `by` None means the
    system itself.
    """
    record_type, record_id = identity(subject)
    moment = now()
    values = [_value(name, old, new) for name, (old, new) in (changes or {}).items()]
    if isinstance(by, Visitor) and by.name:
        values.append(_value("_by", None, by.name))
    entry = HistoryEntry(
        record_type=record_type,
        record_id=record_id,
        at=moment,
        verb=verb,
        actor_kind="system" if by is None else "visitor" if isinstance(by, Visitor) else "person",
        actor_id=None if by is None or isinstance(by, Visitor) else by.id,
        digests={value.field: digest_of(value) for value in values},
    )
    entry.stamp = stamp_of(entry)
    _store(entry, values)
    for listen in LISTENERS:
        listen(subject, verb, moment)


_ENTRY, _VALUE = cast(sa.Table, HistoryEntry.__table__), cast(sa.Table, HistoryValue.__table__)
_TOLD = ("record_type", "record_id", "at", "verb", "actor_kind", "actor_id", "digests", "stamp")
_KEPT = ("field", "old", "new", "salt")
_INSERT_ENTRY = (
    sa.insert(_ENTRY)
    .values(
        number=sa.select(sa.func.coalesce(sa.func.max(_ENTRY.c.number), 0) + 1)
        .where(_ENTRY.c.record_type == sa.bindparam("of_type"), _ENTRY.c.record_id == sa.bindparam("of_id"))
        .scalar_subquery()
    )
    .returning(_ENTRY.c.id)
)
_INSERT_VALUES = sa.insert(_VALUE)


def _store(entry: HistoryEntry, values: Sequence[HistoryValue]) -> None:
    """Two statements made once: nearly every change writes history, and a unit of work is several times dearer."""
    connection = db.session.connection()
    told = {name: getattr(entry, name) for name in _TOLD}
    entry_id = connection.execute(
        _INSERT_ENTRY, {**told, "of_type": entry.record_type, "of_id": entry.record_id}
    ).scalar_one()
    if values:
        connection.execute(
            _INSERT_VALUES,
            [{"entry_id": entry_id, **{name: getattr(value, name) for name in _KEPT}} for value in values],
        )


def identity(subject: Base) -> tuple[str, int]:
    """The record's name in the history: its table and key."""
    record_id: int | None = getattr(subject, "id", None)
    if record_id is None:
        raise RuntimeError("flush before the history is written: the record has no id yet")
    return subject.__tablename__, record_id


def _value(name: str, old: Any, new: Any) -> HistoryValue:
    return HistoryValue(field=name, old=old, new=new, salt=secrets.token_hex(16), erased_at=None)


def erase(values: Sequence[HistoryValue]) -> None:
    """Forgets what these values were, inside this `write()`. The entry, and when it was erased, stay."""
    for value in values:
        value.erased_at = now()
        value.old = value.new = None
        value.salt = erasure_of(value)


def entries_of(subject: Base, *, limit: int = 100, verbs: set[str] | None = None) -> list[HistoryEntry]:
    """The record's latest entries with their values, newest first."""
    record_type, record_id = identity(subject)
    query = (
        sa.select(HistoryEntry)
        .where(HistoryEntry.record_type == record_type, HistoryEntry.record_id == record_id)
        .order_by(HistoryEntry.number.desc())
        .limit(limit)
        .options(selectinload(HistoryEntry.values))
    )
    if verbs is not None:
        query = query.where(HistoryEntry.verb.in_(verbs))
    return list(db.session.scalars(query))


def latest_entries(limit: int) -> list[HistoryEntry]:
    """The latest entries of all records, newest first, without their values."""
    return list(db.session.scalars(sa.select(HistoryEntry).order_by(HistoryEntry.id.desc()).limit(limit)))
