"""The keyed digests of acceptances: what is evidence in a row, and whether it is as it was written down."""

from __future__ import annotations

from app.core.crypto import keyed_digest, keyed_digest_matches
from app.plans.models import TaskAcceptance

_STANDS, _WITHDRAWN = "task-acceptance", "task-acceptance-withdrawn"


def sealed(kept: TaskAcceptance) -> str:
    """The digest of the row as it is now; of a withdrawn one, when that was belongs to it."""
    if kept.withdrawn_at is None:
        return keyed_digest(_STANDS, *_parts(kept))
    return keyed_digest(_WITHDRAWN, *_parts(kept), kept.withdrawn_at.isoformat().encode())


def is_sealed(kept: TaskAcceptance, *, strict: bool) -> bool:
    """Whether the row is as it was sealed. Withdrawing did not seal anew before documents were made from plans: only
    `strict` takes no such row."""
    if kept.withdrawn_at is None:
        return keyed_digest_matches(_STANDS, kept.digest, *_parts(kept))
    moment = kept.withdrawn_at.isoformat().encode()
    if keyed_digest_matches(_WITHDRAWN, kept.digest, *_parts(kept), moment):
        return True
    return not strict and keyed_digest_matches(_STANDS, kept.digest, *_parts(kept))


def _parts(kept: TaskAcceptance) -> list[bytes]:
    parts = (
        kept.ref,
        str(kept.task_id),
        kept.name,
        str(kept.contact_id or ""),
        str(kept.person_id or ""),
        kept.locale,
        kept.title,
        kept.body,
        kept.sha256,
        kept.accepted_at.isoformat(),
        kept.address or "",
        kept.user_agent or "",
    )
    return [part.encode() for part in parts]
