"""Writing the record of changes, sealing it, and checking it."""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, cast

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import Base, db, lock_named, write
from app.history.models import HistoryCheck, HistoryEntry, HistoryHead, HistoryValue

Change = tuple[Any, Any]
GENESIS = "0" * 64


class Actor(Protocol):
    """Whoever acts and has a row among the people."""

    @property
    def id(self) -> int: ...


@dataclass(frozen=True)
class Visitor:
    """Somebody without a sign-in, as the entry names them: the name typed on the form."""

    name: str = ""


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
    entry.stamp = _stamp(entry)
    _store(entry, values)


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


def digest_of(value: HistoryValue) -> str:
    """The salted digest of one value. The salt goes with the value, so an erased one cannot be guessed back."""
    text = json.dumps([value.salt, value.field, value.old, value.new], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def erase(values: Sequence[HistoryValue]) -> None:
    """Forgets what these values were, inside this `write()`. The entry, and when it was erased, stay."""
    for value in values:
        value.erased_at = now()
        value.old = value.new = None
        value.salt = _erasure(value)


def _erasure(value: HistoryValue) -> str:
    assert value.erased_at is not None
    parts = (str(value.entry_id), value.field, value.erased_at.isoformat())
    return keyed_digest("history-erasure", *(part.encode() for part in parts))[:32]


def _stamp(entry: HistoryEntry) -> str:
    """Over everything that is known before the entry is stored. Its number is checked by the gap it would leave."""
    told = [
        entry.record_type,
        entry.record_id,
        entry.at.isoformat(),
        entry.verb,
        entry.actor_kind,
        entry.actor_id,
        entry.digests,
    ]
    return keyed_digest("history-entry", json.dumps(told, sort_keys=True).encode())


def _canonical(entry: HistoryEntry) -> bytes:
    return json.dumps(
        [
            entry.id,
            entry.stamp,
            entry.record_type,
            entry.record_id,
            entry.number,
            entry.at.isoformat(),
            entry.verb,
            entry.actor_kind,
            entry.actor_id,
            entry.digests,
        ],
        sort_keys=True,
    ).encode()


def _seal(previous: str, number: int, entry: HistoryEntry) -> str:
    return keyed_digest("history", previous.encode(), str(number).encode(), _canonical(entry))


def _proof(length: int, seal: str) -> str:
    return keyed_digest("history-head", str(length).encode(), seal.encode())


BATCH = 500


def seal_entries() -> int:
    """Seals what is not sealed yet into the chain, in batches, and tells how many. Run by the worker."""
    sealed = 0
    unsealed = sa.select(HistoryEntry.id).where(HistoryEntry.seal.is_(None)).limit(1)
    while db.session.scalar(unsealed) is not None:  # looked at without the writer's turn
        with write():
            lock_named("history-chain")
            head = db.session.get(HistoryHead, 1, populate_existing=True)
            if head is None:
                head = HistoryHead(id=1, length=0, seal=GENESIS, proof=_proof(0, GENESIS))
                db.session.add(head)
            batch = db.session.scalars(
                sa.select(HistoryEntry).where(HistoryEntry.seal.is_(None)).order_by(HistoryEntry.id).limit(BATCH)
            ).all()
            for entry in batch:
                head.length += 1
                head.seal = entry.seal = _seal(head.seal, head.length, entry)
                entry.seal_number = head.length
            head.proof = _proof(head.length, head.seal)
        sealed += len(batch)
        db.session.expunge_all()
    return sealed


@dataclass
class Verdict:
    """What `flask history verify` found. No faults means: nothing stored was changed or removed."""

    sealed: int = 0
    unsealed: int = 0
    erased: dict[str, int] = field(default_factory=dict)
    """Day of erasure -> number of values."""
    faults: list[str] = field(default_factory=list)


def verify() -> Verdict:
    """Walks the whole chain and every value, as they stood at one moment. Reads only."""
    db.session.commit()
    if db.engine.dialect.name == "postgresql":  # SQLite reads one snapshot by itself
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        return _verified()
    finally:
        db.session.commit()


def _verified() -> Verdict:
    verdict = Verdict()
    previous, expected = GENESIS, 0
    for entry in _in_order(HistoryEntry.seal_number.is_not(None), HistoryEntry.seal_number):
        expected += 1
        if entry.seal_number != expected:
            verdict.faults.append(f"entry {expected} of the chain is missing")
            expected = entry.seal_number or expected
        elif _seal(previous, expected, entry) != entry.seal:
            verdict.faults.append(f"entry {expected} ({_name(entry)}) was changed")
        previous = entry.seal or GENESIS
        verdict.sealed += 1
        _check_entry(entry, verdict)
    _check_head(expected, previous, verdict)
    for entry in _in_order(HistoryEntry.seal_number.is_(None), HistoryEntry.id):
        verdict.unsealed += 1
        if entry.seal is not None:
            verdict.faults.append(f"{_name(entry)} carries a seal without a place in the chain")
        _check_entry(entry, verdict)
    _check_numbers(verdict)
    _check_orphans(verdict)
    return verdict


def _check_entry(entry: HistoryEntry, verdict: Verdict) -> None:
    """The entry by itself. A sealed one too: it may have been changed in the minute before its seal."""
    if entry.stamp != _stamp(entry):
        verdict.faults.append(f"{_name(entry)} was changed")
    _check_values(entry, verdict)


def check() -> HistoryCheck:
    """Verifies everything and keeps what was found, for the desk. Run by the worker at night."""
    verdict = verify()
    found = HistoryCheck(at=now(), sealed=verdict.sealed, unsealed=verdict.unsealed, faults=verdict.faults[:100])
    with write():
        db.session.add(found)
    return found


def latest_check() -> HistoryCheck | None:
    """What the last nightly check found; None before the first one."""
    return db.session.scalar(sa.select(HistoryCheck).order_by(HistoryCheck.at.desc(), HistoryCheck.id.desc()).limit(1))


def _name(entry: HistoryEntry) -> str:
    return f"{entry.record_type} {entry.record_id} #{entry.number}"


def _in_order(which: sa.ColumnElement[bool], key: Any) -> Iterator[HistoryEntry]:
    last = 0
    while True:
        batch = db.session.scalars(
            sa.select(HistoryEntry)
            .where(which, key > last)
            .order_by(key)
            .limit(BATCH)
            .options(selectinload(HistoryEntry.values))
            .execution_options(populate_existing=True)
        ).all()
        yield from batch
        if len(batch) < BATCH:
            return
        last = getattr(batch[-1], key.key)
        db.session.expunge_all()


def _check_head(length: int, seal: str, verdict: Verdict) -> None:
    head = db.session.get(HistoryHead, 1, populate_existing=True)
    if head is None:
        if length:
            verdict.faults.append("the head of the chain is missing")
    elif head.proof != _proof(head.length, head.seal):
        verdict.faults.append("the head of the chain was changed")
    elif (head.length, head.seal) != (length, seal):
        verdict.faults.append(f"the chain ends at entry {length}, its head says {head.length}")


def _check_values(entry: HistoryEntry, verdict: Verdict) -> None:
    held = {value.field: value for value in entry.values}
    for name in sorted(held.keys() - entry.digests.keys()):
        verdict.faults.append(f"{_name(entry)}: value {name} was added")
    for name, digest in entry.digests.items():
        value = held.get(name)
        if value is None:
            verdict.faults.append(f"{_name(entry)}: value {name} was removed")
        elif value.erased_at is not None and value.old is None and value.new is None and value.salt == _erasure(value):
            day = value.erased_at.date().isoformat()
            verdict.erased[day] = verdict.erased.get(day, 0) + 1
        elif value.erased_at is not None or digest_of(value) != digest:
            verdict.faults.append(f"{_name(entry)}: value {name} was changed")


def _check_numbers(verdict: Verdict) -> None:
    """Within a record the numbers run from 1 without a gap; a removed unsealed entry shows here."""
    rows = db.session.execute(
        sa.select(HistoryEntry.record_type, HistoryEntry.record_id, sa.func.count(), sa.func.max(HistoryEntry.number))
        .group_by(HistoryEntry.record_type, HistoryEntry.record_id)
        .having(sa.func.count() != sa.func.max(HistoryEntry.number))
    )
    for record_type, record_id, count, highest in rows:
        verdict.faults.append(f"{record_type} {record_id}: {highest - count} of {highest} entries are missing")


def _check_orphans(verdict: Verdict) -> None:
    """Values whose entry is gone: what a removed entry leaves behind."""
    entry_ids = sa.select(HistoryEntry.id).where(HistoryEntry.id == HistoryValue.entry_id)
    for (entry_id,) in db.session.execute(sa.select(HistoryValue.entry_id).distinct().where(~entry_ids.exists())):
        verdict.faults.append(f"the entry of value group {entry_id} is missing")


def latest_entries(limit: int) -> list[HistoryEntry]:
    """The latest entries of all records, newest first, without their values."""
    return list(db.session.scalars(sa.select(HistoryEntry).order_by(HistoryEntry.id.desc()).limit(limit)))


def unsealed_count() -> int:
    """How many entries the worker has not sealed yet."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry).where(HistoryEntry.seal.is_(None))) or 0
    )


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


def happened_at(subject: Base, verb: str) -> datetime | None:
    """When this last happened to the record."""
    record_type, record_id = identity(subject)
    return db.session.scalar(
        sa.select(sa.func.max(HistoryEntry.at)).where(
            HistoryEntry.record_type == record_type, HistoryEntry.record_id == record_id, HistoryEntry.verb == verb
        )
    )
