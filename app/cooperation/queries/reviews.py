"""Reviews: those of one software partner with actions and meeting, and all of them for the desk's list."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.cooperation.models import Review, ReviewAction, ReviewState
from app.core.clock import now, today
from app.core.db import db
from app.core.errors import NotFound
from app.core.search import holding
from app.integrations.models import PartnerState, SoftwarePartner
from app.people.models import HeldRole, Organisation, Person
from app.people.queries import members_of, with_standing
from app.plans.models import PlanTask
from app.settings.models import vendor
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession

SOON = timedelta(days=14)
"""So long before the day of a review staff are reminded of it."""
SHOWN = 50
"""Reviews on a software partner's own page: twelve years of quarterly ones."""


class Shelf(enum.StrEnum):
    """The tabs of the desk's list."""

    DUE = "due"
    """Late, or within two weeks."""
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


def of_partner(partner_id: int) -> list[Review]:
    """The latest first, with meetings and tasks; three queries."""
    query = _whole().where(Review.partner_id == partner_id).order_by(Review.planned_on.desc(), Review.id.desc())
    return list(db.session.scalars(query.limit(SHOWN)))


def planned_of(partner_id: int) -> Review | None:
    """The one to come, with its meeting."""
    return db.session.scalar(
        sa.select(Review)
        .where(Review.partner_id == partner_id, Review.state == ReviewState.PLANNED)
        .options(joinedload(Review.session))
        .execution_options(populate_existing=True)
    )


def review(partner_id: int, ref: str) -> Review:
    """Raises NotFound: there is none, or it is another software partner's."""
    found = db.session.scalar(_whole().where(Review.ref == ref, Review.partner_id == partner_id))
    if found is None:
        raise NotFound
    return found


def _whole() -> sa.Select[Review]:
    return (
        sa.select(Review)
        .options(
            joinedload(Review.session).joinedload(TrainingSession.trainer),
            selectinload(Review.actions).joinedload(ReviewAction.task),
        )
        .execution_options(populate_existing=True)
    )


def meeting_of(review: Review) -> TrainingSession | None:
    """The meeting that was agreed, unless it was called off."""
    found = review.session
    return found if found is not None and found.state != SessionState.CANCELLED else None


def participants_of(session: TrainingSession) -> list[Participant]:
    query = sa.select(Participant).where(
        Participant.session_id == session.id, Participant.attendance != Attendance.WITHDRAWN
    )
    return list(db.session.scalars(query.order_by(Participant.id)))


def begun(review: Review) -> bool:
    """Whether minutes can be kept: no time was agreed, or it has come."""
    meeting = meeting_of(review)
    return meeting is None or meeting.state == SessionState.HELD or meeting.starts_at <= now()


def before(found: Review) -> date:
    """The day from which on goals are looked at: that of the review held before, else half a year back."""
    held: date | None = db.session.scalar(
        sa.select(sa.func.max(Review.held_on)).where(
            Review.partner_id == found.partner_id, Review.state == ReviewState.HELD, Review.id != found.id
        )
    )
    return held or found.planned_on - timedelta(days=183)


def everywhere(actor: Person, shelf: Shelf, q: str = "") -> sa.Select[Review]:
    """Of all software partners, with them and their meetings, for `page_of` by day; nothing for who may not."""
    query = (
        sa.select(Review)
        .join(SoftwarePartner, SoftwarePartner.id == Review.partner_id)
        .where(among(shelf))
        .options(
            joinedload(Review.partner).joinedload(SoftwarePartner.organisation),
            joinedload(Review.partner).joinedload(SoftwarePartner.manager),
            joinedload(Review.session),
        )
    )
    if q.strip():
        query = query.where(holding(SoftwarePartner, q))
    return query if policy.allows(actor, P.COOPERATION_MANAGE) else query.where(sa.false())


def among(shelf: Shelf) -> sa.ColumnElement[bool]:
    if shelf != Shelf.DUE:
        return Review.state == str(shelf)
    return sa.and_(
        Review.state == ReviewState.PLANNED,
        Review.planned_on <= today(vendor().timezone) + SOON,
        SoftwarePartner.state == PartnerState.ACTIVE,
    )


def colleagues(partner: SoftwarePartner) -> list[Person]:
    """Who of the vendor's may hold a review, whoever looks after the software partner first."""
    staff = sa.select(HeldRole.person_id)
    query = with_standing(sa.select(Person)).where(Person.id.in_(staff), Person.closed_at.is_(None))
    found = [
        one
        for one in db.session.scalars(query.order_by(Person.name, Person.id)).unique()
        if policy.allows(one, P.COOPERATION_MANAGE)
    ]
    return sorted(found, key=lambda one: one.id != partner.manager_id)


def members(partner: SoftwarePartner) -> Sequence[Person]:
    """Its people, owners first."""
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    return [held.person for held in members_of(organisation)]


def tasks_of(found: Review) -> list[PlanTask]:
    """What was agreed in it, as the plan has it now."""
    return [action.task for action in found.actions]
