"""Notes on a lead: shared between the reseller and staff, or among staff only."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.core.clock import now
from app.core.db import db, lock, write
from app.leads.models import Lead, LeadNote
from app.partners.queries import is_software_partner
from app.people.models import Person


def add(lead_id: int, body: str, by: Person, *, internal: bool = False, asks: bool = False) -> LeadNote:
    """Adds a note, in any state of the lead.

    A reseller's note waits for staff (`told_at`, an inbox item) until staff answer with a shared note; a staff note
    with `asks` waits for the reseller (`asked_at`) until the reseller writes or edits.
    """
    with write():
        lead = lock(Lead, lead_id)
        staff = policy.allows(by, P.LEADS_READ)
        internal = internal or is_software_partner(lead.reseller_id)  # that reads no notes, and is asked nothing here
        twice = _just_now(lead, body, by, internal and staff)
        if twice is not None:
            return twice
        note = LeadNote(
            lead_id=lead.id,
            author_id=by.id,
            author_name=by.name,
            internal=internal and staff,
            body=body,
            created_at=now(),
        )
        db.session.add(note)
        if not staff:
            lead.told_at, lead.asked_at = note.created_at, None
            lead.updated_at = note.created_at
        elif not internal:
            lead.told_at = None
            lead.asked_at = note.created_at if asks else lead.asked_at
            lead.updated_at = note.created_at
    return note


TWICE = timedelta(seconds=30)
"""The same words again by the same person within this time are a button pressed twice."""


def _just_now(lead: Lead, body: str, by: Person, internal: bool) -> LeadNote | None:
    last = db.session.scalar(
        sa.select(LeadNote)
        .where(LeadNote.lead_id == lead.id, LeadNote.author_id == by.id, LeadNote.internal == internal)
        .order_by(LeadNote.id.desc())
        .limit(1)
    )
    return last if last is not None and last.body == body and now() - last.created_at < TWICE else None


def needs_no_answer(lead_id: int) -> None:
    """Staff have read the reseller's note, and there is nothing to answer."""
    with write():
        lock(Lead, lead_id).told_at = None
