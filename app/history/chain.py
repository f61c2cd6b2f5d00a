"""Sealing entries into one chain, and checking that nothing stored was changed or removed since."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.clock import now
from app.core.db import db, lock_named, write
from app.history.digests import digest_of, is_erasure_of, is_proof_of, is_seal_of, is_stamp_of, proof_of, seal_of
from app.history.models import HistoryCheck, HistoryEntry, HistoryHead, HistoryValue

GENESIS = "0" * 64
"""Stands for the seal before the first one."""
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
                head = HistoryHead(id=1, length=0, seal=GENESIS, proof=proof_of(0, GENESIS))
                db.session.add(head)
            batch = db.session.scalars(
                sa.select(HistoryEntry).where(HistoryEntry.seal.is_(None)).order_by(HistoryEntry.id).limit(BATCH)
            ).all()
            for entry in batch:
                head.length += 1
                head.seal = entry.seal = seal_of(head.seal, head.length, entry)
                entry.seal_number = head.length
            head.proof = proof_of(head.length, head.seal)
        sealed += len(batch)
        db.session.expunge_all()
    return sealed


def unsealed_count() -> int:
    """How many entries the worker has not sealed yet."""
    return (
        db.session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry).where(HistoryEntry.seal.is_(None))) or 0
    )


@dataclass
class Verdict:
    """What `flask history verify` found. No faults means: nothing stored was changed or removed."""

    sealed: int = 0
    unsealed: int = 0
    erased: dict[str, int] = field(default_factory=dict)
    """Day of erasure -> number of values."""
    evidence: int = 0
    """Submissions and acceptances that were checked."""
    faults: list[str] = field(default_factory=list)


EVIDENCE: list[Callable[[], Iterable[tuple[str, bool]]]] = []
"""What other features keep under a keyed digest of its own: each function gives name and soundness of every piece.
Submissions and acceptances say here how they are checked."""


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
        elif not is_seal_of(previous, expected, entry):
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
    for pieces in EVIDENCE:
        for name, sound in pieces():
            verdict.evidence += 1
            if not sound:
                verdict.faults.append(f"{name} was changed")
    return verdict


def _check_entry(entry: HistoryEntry, verdict: Verdict) -> None:
    """The entry by itself. A sealed one too: it may have been changed in the minute before its seal."""
    if not is_stamp_of(entry):
        verdict.faults.append(f"{_name(entry)} was changed")
    _check_values(entry, verdict)


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
    elif not is_proof_of(head.proof, head.length, head.seal):
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
        elif value.erased_at is not None and _is_empty(value):
            day = value.erased_at.date().isoformat()
            verdict.erased[day] = verdict.erased.get(day, 0) + 1
        elif value.erased_at is not None or digest_of(value) != digest:
            verdict.faults.append(f"{_name(entry)}: value {name} was changed")


def _is_empty(value: HistoryValue) -> bool:
    """Whether the erased value holds nothing but the mark that `erase` leaves."""
    return value.old is None and value.new is None and is_erasure_of(value)


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
