"""Whether a file is one of ours, told to whoever holds it: by the digest of its bytes alone (T5)."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

from app.plans.certificate import certificate_of
from app.plans.queries import documents
from app.plans.service import confirming


class Found(enum.StrEnum):
    UNKNOWN = "unknown"
    """Not one of ours, or changed since."""
    ALTERED = "altered"
    """It has a number of ours, but what we keep of it is not as it was written down."""
    OPEN = "open"
    """Not accepted, and not replaced."""
    REPLACED = "replaced"
    ACCEPTED = "accepted"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Verdict:
    """What is said: nothing that does not stand in the file, but when it was accepted, withdrawn or replaced."""

    found: Found
    ref: str = ""
    number: int = 0
    made_at: datetime | None = None
    accepted_at: datetime | None = None
    withdrawn_at: datetime | None = None
    replaced_at: datetime | None = None


def verdict_on(sha256: str) -> Verdict:
    """Raises nothing: what is not known is said to be unknown."""
    row = documents.by_digest(sha256)
    if row is None:
        return Verdict(Found.UNKNOWN)
    made, kept = row
    intact = confirming.is_intact(made) and documents.stored_sha256(made.upload) == sha256
    if not intact or (kept is not None and not certificate_of(kept, made).is_intact):
        return Verdict(Found.ALTERED, made.ref, made.number)
    if kept is None:
        found = Found.REPLACED if made.replaced_at else Found.OPEN
        return Verdict(found, made.ref, made.number, made.made_at, replaced_at=made.replaced_at)
    found = Found.WITHDRAWN if kept.withdrawn_at else Found.ACCEPTED
    return Verdict(found, made.ref, made.number, made.made_at, kept.accepted_at, kept.withdrawn_at, made.replaced_at)
