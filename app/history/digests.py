"""What proves the record of changes: digests of values, stamps of entries, seals of the chain.

Whoever can write to the database but does not hold the installation's key can make none of the keyed ones.
"""

from __future__ import annotations

import hashlib
import json

from app.core.crypto import keyed_digest
from app.history.models import HistoryEntry, HistoryValue


def digest_of(value: HistoryValue) -> str:
    """The salted digest of one value. The salt goes with the value, so an erased one cannot be guessed back."""
    text = json.dumps([value.salt, value.field, value.old, value.new], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def erasure_of(value: HistoryValue) -> str:
    """The mark of an erased value, in place of its salt: keyed, so that nobody else can make a value look erased."""
    assert value.erased_at is not None
    parts = (str(value.entry_id), value.field, value.erased_at.isoformat())
    return keyed_digest("history-erasure", *(part.encode() for part in parts))[:32]


def stamp_of(entry: HistoryEntry) -> str:
    """The entry's own digest, over everything that is known before it is stored. Its number is checked by the gap that
    it would leave."""
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


def seal_of(previous: str, number: int, entry: HistoryEntry) -> str:
    """The seal of the chain's entry number `number`: over the entry and over the seal before it."""
    return keyed_digest("history", previous.encode(), str(number).encode(), _canonical(entry))


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


def proof_of(length: int, seal: str) -> str:
    """The proof that the head of the chain stands where sealing left it: a tail cut off together with the head's own
    numbers shows here."""
    return keyed_digest("history-head", str(length).encode(), seal.encode())
