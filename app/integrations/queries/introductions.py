"""Times for introductions: those on offer, the one that a software partner has, and all of them at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import IntroductionSlot, SlotState, SoftwarePartner
from app.people.models import Person
from app.trainings.models import SessionState, TrainingSession

SHOWN = 60
"""Times that one page offers."""


def open_slots() -> list[IntroductionSlot]:
    """Those that can be taken now, the earliest first, with who offers them."""
    query = (
        sa.select(IntroductionSlot)
        .join(Person, Person.id == IntroductionSlot.staff_id)
        .where(
            IntroductionSlot.state == SlotState.OFFERED,
            IntroductionSlot.starts_at > now(),
            Person.closed_at.is_(None),
        )
        .order_by(IntroductionSlot.starts_at, IntroductionSlot.id)
        .limit(SHOWN)
        .options(joinedload(IntroductionSlot.staff))
    )
    return list(db.session.scalars(query))


def introduction_of(partner_id: int) -> IntroductionSlot | None:
    """The introduction that a software partner has, held or to come, with its meeting; None after it was called off."""
    query = (
        sa.select(IntroductionSlot)
        .join(TrainingSession, TrainingSession.id == IntroductionSlot.session_id)
        .where(
            IntroductionSlot.partner_id == partner_id,
            IntroductionSlot.state == SlotState.TAKEN,
            TrainingSession.state != SessionState.CANCELLED,
        )
        .order_by(IntroductionSlot.id.desc())
        .limit(1)
        .options(joinedload(IntroductionSlot.session), joinedload(IntroductionSlot.staff))
    )
    return db.session.scalar(query)


def at_desk(*, past: bool) -> sa.Select[IntroductionSlot]:
    """Of everybody: to come, or over. Withdrawn ones are left out. For `page_of`."""
    moment = now()
    when = IntroductionSlot.starts_at <= moment if past else IntroductionSlot.starts_at > moment
    return (
        sa.select(IntroductionSlot)
        .where(when, IntroductionSlot.state != SlotState.WITHDRAWN)
        .options(
            joinedload(IntroductionSlot.staff),
            joinedload(IntroductionSlot.session),
            joinedload(IntroductionSlot.partner).joinedload(SoftwarePartner.organisation),
        )
    )


def slot(ref: str) -> IntroductionSlot:
    """Raises NotFound."""
    found = db.session.scalar(
        sa.select(IntroductionSlot)
        .where(IntroductionSlot.ref == ref)
        .options(
            joinedload(IntroductionSlot.staff),
            joinedload(IntroductionSlot.session),
            joinedload(IntroductionSlot.partner).joinedload(SoftwarePartner.organisation),
        )
    )
    if found is None:
        raise NotFound
    return found
