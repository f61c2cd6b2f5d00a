"""What proves the record of changes: digests of values, stamps of entries, seals of the chain.

Whoever can write to the database but does not hold the installation's key can make none of the keyed ones. They are
made with the newest secret key; those made with a former one stay right, so `is_..._of` asks all.
"""

from __future__ import annotations

import hashlib
import json

from app.core.crypto import keyed_digest, keyed_digest_matches
from app.history.models import HistoryEntry, HistoryValue


def digest_of(value: HistoryValue) -> str:
    """The salted digest of one value. The salt goes with the value, so an erased one cannot be guessed back."""
    text = json.dumps([value.salt, value.field, value.old, value.new], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def erasure_of(value: HistoryValue) -> str:
    """The mark of an erased value, in place of its salt: keyed, so that nobody else can make a value look erased."""
    return keyed_digest("history-erasure", *_erasure(value))[:32]


def is_erasure_of(value: HistoryValue) -> bool:
    return keyed_digest_matches("history-erasure", value.salt, *_erasure(value), length=32)


def _erasure(value: HistoryValue) -> tuple[bytes, ...]:
    assert value.erased_at is not None
    return str(value.entry_id).encode(), value.field.encode(), value.erased_at.isoformat().encode()


def stamp_of(entry: HistoryEntry) -> str:
    """The entry's own digest, over everything that is known before it is stored. Its number is checked by the gap that
    it would leave."""
    return keyed_digest("history-entry", _told(entry))


def is_stamp_of(entry: HistoryEntry) -> bool:
    return keyed_digest_matches("history-entry", entry.stamp, _told(entry))


def _told(entry: HistoryEntry) -> bytes:
    told = [
        entry.record_type,
        entry.record_id,
        entry.at.isoformat(),
        entry.verb,
        entry.actor_kind,
        entry.actor_id,
        entry.digests,
    ]
    return json.dumps(told, sort_keys=True).encode()


def seal_of(previous: str, number: int, entry: HistoryEntry) -> str:
    """The seal of the chain's entry number `number`: over the entry and over the seal before it."""
    return keyed_digest("history", previous.encode(), str(number).encode(), _canonical(entry))


def is_seal_of(previous: str, number: int, entry: HistoryEntry) -> bool:
    return keyed_digest_matches("history", entry.seal or "", previous.encode(), str(number).encode(), _canonical(entry))


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


def is_proof_of(proof: str, length: int, seal: str) -> bool:
    return keyed_digest_matches("history-head", proof, str(length).encode(), seal.encode())
