"""A mailed code for each new device: proof that a personal link reached the right person (DESIGN 5).

The browser keeps a token; the code is good for a quarter of an hour and five tries. A demonstration asks none.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core.clock import now
from app.core.crypto import keyed_digest, keyed_digest_matches, token, token_hash
from app.core.db import db, lock, write
from app.core.errors import DomainError, FieldError, NotFound
from app.core.i18n import _l
from app.outbox.service import post
from app.people import tries
from app.people.tries import TooManyTries
from app.plans.emails import PlanCodeMail
from app.plans.models import Plan, PlanCode, PlanContact, PlanDevice, TaskHandover
from app.plans.service.people import conversation, recipient

LIFETIME = timedelta(minutes=15)
TRIES = 5


class CodeExpired(DomainError):
    """Its time has passed, it was tried too often, or none was sent."""

    def __init__(self) -> None:
        super().__init__(_l("This code is no longer valid. Ask for a new one."))


def entered(contact_id: int, handover_id: int | None = None) -> None:
    """Notes that somebody came in by their link."""
    with write():
        contact = lock(PlanContact, contact_id)
        contact.entered_at = now()
        if handover_id is not None:
            lock(TaskHandover, handover_id).entered_at = now()


def send_code(contact_id: int) -> None:
    """Mails a new code; the one before is worth nothing any more.

    Raises:
        TooManyTries: a few were sent a moment ago.
        NotFound: the person no longer takes part.
    """
    with write():
        contact = _taking_part(contact_id)
        asked = tries.mailed("plan-code", contact.email)
        tries.refuse_if_locked(asked)
        tries.count(asked)
        code = f"{secrets.randbelow(1_000_000):06d}"
        moment = now()
        kept = db.session.scalar(sa.select(PlanCode).where(PlanCode.contact_id == contact_id))
        if kept is None:
            kept = PlanCode(contact_id=contact_id)
            db.session.add(kept)
        kept.code_hash, kept.sent_at, kept.expires_at, kept.tries = (
            _digest(contact, code),
            moment,
            moment + LIFETIME,
            0,
        )
        plan = db.session.get_one(Plan, contact.plan_id)
        post(PlanCodeMail(code, plan.name, kept.expires_at), recipient(contact), conversation=conversation(plan))


def waiting_code(contact_id: int) -> datetime | None:
    """When the code that was sent was sent, while it is still good."""
    return db.session.scalar(
        sa.select(PlanCode.sent_at).where(
            PlanCode.contact_id == contact_id, PlanCode.expires_at > now(), PlanCode.tries < TRIES
        )
    )


def prove(contact_id: int, typed: str, carried: Sequence[str]) -> str:
    """The browser's token once the right code was typed. `carried` are the hashes of the tokens it has: one of them
    that is this contact's is proved anew and stays ("" then).

    Raises:
        FieldError: another code was sent.
        CodeExpired, NotFound
    """
    code = "".join(sign for sign in typed if sign.isdigit())
    with write():
        contact = _taking_part(contact_id)
        kept = db.session.scalar(
            sa.select(PlanCode).where(PlanCode.contact_id == contact_id).execution_options(populate_existing=True)
        )
        if kept is None or kept.tries >= TRIES or kept.expires_at <= now():
            raise CodeExpired
        right = keyed_digest_matches("plan-code", kept.code_hash, *_parts(contact, code))
        if right:
            db.session.delete(kept)
            tries.forget(tries.mailed("plan-code", contact.email))
            return vouch(contact_id, carried)
        kept.tries += 1
        last = kept.tries >= TRIES
    if last:
        raise CodeExpired
    raise FieldError("code", _l("This is not the code that we sent. Check it, or ask for a new one."))


def vouch(contact_id: int, carried: Sequence[str]) -> str:
    """What `prove` gives, when the person showed otherwise who they are, such as by signing in; inside a `write()`."""
    known = db.session.scalar(
        sa.select(PlanDevice).where(
            PlanDevice.contact_id == contact_id,
            PlanDevice.token_hash.in_(carried),
            PlanDevice.revoked_at.is_(None),
        )
    )
    if known is not None:
        known.proved_at = now()
        return ""
    secret = token()
    db.session.add(PlanDevice(contact_id=contact_id, token_hash=token_hash(secret), proved_at=now()))
    return secret


def _taking_part(contact_id: int) -> PlanContact:
    contact = lock(PlanContact, contact_id)
    if contact.ended_at is not None:
        raise NotFound
    return contact


def _digest(contact: PlanContact, code: str) -> str:
    return keyed_digest("plan-code", *_parts(contact, code))


def _parts(contact: PlanContact, code: str) -> tuple[bytes, bytes]:
    return str(contact.id).encode(), code.encode()


__all__ = ["CodeExpired", "TooManyTries", "entered", "prove", "send_code", "vouch", "waiting_code"]
