"""What the record of changes holds: values that can be erased, and entries that stand without them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, Rule, Whom, are
from app.history import service
from app.history.models import HistoryCheck, HistoryEntry, HistoryHead, HistoryValue

_HISTORY = Kind(
    "history",
    _l("Record of changes"),
    _l(
        "To show who changed what and when, and to notice tampering: our legitimate interest, and the proof of what "
        "was agreed."
    ),
    _l("Values for ten years; the entries without them stay."),
)


def _of(records: Mapping[str, Iterable[int]]) -> sa.ColumnElement[bool]:
    """Values of entries about these records that are not erased yet."""
    about = [
        sa.and_(HistoryEntry.record_type == table, HistoryEntry.record_id.in_(sorted(ids)))
        for table, ids in records.items()
        if ids
    ]
    entries = sa.select(HistoryEntry.id).where(sa.or_(*about, sa.false()))
    return sa.and_(HistoryValue.entry_id.in_(entries), HistoryValue.erased_at.is_(None))


def _owned(whom: Whom) -> sa.ColumnElement[bool]:
    """All of the person's own record; and where a name came in two fields, for half a name is found by no search."""
    halves = sa.and_(HistoryValue.field.in_(["first_name", "last_name"]), _of(whom.records))
    return sa.or_(_of({"person": whom.person_ids}), halves)


def forget_records(table: str, ids: Sequence[int]) -> None:
    """Erases every value of these records' history, inside a `write()`; the entries stay."""
    service.erase(db.session.scalars(sa.select(HistoryValue).where(_of({table: ids}))).all())


def _erase(whom: Whom, rows: Sequence[Mapping[str, Any]]) -> int:
    """A value that names somebody goes as a whole: part of it could not be told from one that was tampered with."""
    ids = [row["id"] for row in rows if row["erased_at"] is None]
    values = db.session.scalars(sa.select(HistoryValue).where(HistoryValue.id.in_(ids))).all()
    service.erase(values)
    return len(values)


def _forget(ids: Sequence[int]) -> None:
    service.erase(db.session.scalars(sa.select(HistoryValue).where(HistoryValue.id.in_(ids))).all())


def _old(before: datetime) -> sa.Select[Any]:
    return (
        sa.select(HistoryValue.id)
        .join(HistoryEntry)
        .where(HistoryEntry.at < before, HistoryValue.erased_at.is_(None))
        .order_by(HistoryValue.id)
    )


HOLDINGS = (
    Holding(
        HistoryEntry,
        _HISTORY,
        are(Is.CODE, "record_type", "verb", "actor_kind", "digests", "stamp", "seal"),
        actors=("actor_id",),
    ),
    Holding(
        HistoryValue,
        _HISTORY,
        {**are(Is.CODE, "field"), **are(Is.TEXT, "old", "new"), **are(Is.SECRET, "salt")},
        owned=_owned,
        near=lambda whom: _of(whom.records),
        erase=_erase,
    ),
    Holding(HistoryHead, _HISTORY, are(Is.SECRET, "seal", "proof")),
    Holding(HistoryCheck, _HISTORY, are(Is.CODE, "faults")),
)

RULES = (
    Rule(
        "history_values",
        _l("Values in the record of changes"),
        _l("the change"),
        3653,
        _old,
        _forget,
        least=365,
        after=_l("The entry stays: who did what to which record, and when."),
    ),
)
