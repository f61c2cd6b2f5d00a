"""What a calendar address shows: worked out anew at each look, from what its owner may see now."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.clock import now
from app.core.crypto import token_hash
from app.core.db import db
from app.core.errors import NotFound
from app.people import queries as people
from app.people.models import Person
from app.trainings.ical import Day
from app.trainings.models import CalendarFeed, SessionState, TrainingSession

BACK = timedelta(days=365)
"""How far a feed looks back."""
MOST = 1_000
"""Sessions that one feed shows, the latest ones."""

OF_CUSTOMER: list[Callable[[CalendarFeed], sa.Select[int] | None]] = []
"""Whose sessions an address of somebody at a customer shows: a room above adds a function that gives the ids of the
sessions, or None when this person takes part in nothing any more."""
ALSO: list[Callable[[Person], Iterable[Day]]] = []
"""What else stands in the calendar of one of the staff: a room above adds it, such as the days of their tasks."""


@dataclass(frozen=True)
class Shown:
    """What a calendar address answers with."""

    feed: CalendarFeed
    sessions: list[TrainingSession]
    days: list[Day]


def shown(secret: str) -> Shown:
    """What the address with this token shows now.

    Raises:
        NotFound: there never was one, it was withdrawn, or its owner may see nothing any more.
    """
    feed = db.session.scalar(
        sa.select(CalendarFeed).where(CalendarFeed.token_hash == token_hash(secret), CalendarFeed.revoked_at.is_(None))
    )
    if feed is None:
        raise NotFound
    days: list[Day] = []
    if feed.person_id is None:
        asked = [ids for tell in OF_CUSTOMER if (ids := tell(feed)) is not None]
        if not asked:
            raise NotFound
        which: sa.ColumnElement[bool] = sa.or_(*(TrainingSession.id.in_(ids) for ids in asked))
    else:
        owner = people.by_id(feed.person_id)
        if not policy.allows(owner, P.TRAININGS_READ):
            raise NotFound
        which = sa.true() if feed.team else TrainingSession.trainer_id == owner.id
        if not feed.team:
            days = [day for tell in ALSO for day in tell(owner)]
    found = db.session.scalars(
        sa.select(TrainingSession)
        .where(which, TrainingSession.state != SessionState.CANCELLED, TrainingSession.starts_at > now() - BACK)
        .order_by(TrainingSession.starts_at.desc(), TrainingSession.id.desc())
        .limit(MOST)
        .options(joinedload(TrainingSession.trainer))
    )
    return Shown(feed, sorted(found, key=lambda session: (session.starts_at, session.id)), days)


def of_person(person: Person) -> list[CalendarFeed]:
    """The addresses of one of the staff that still answer."""
    return _open(CalendarFeed.person_id == person.id)


def of_customer(email: str, account_id: int | None, organisation_id: int | None) -> CalendarFeed | None:
    """The address of somebody at a customer that still answers."""
    found = _open(
        CalendarFeed.email == email,
        CalendarFeed.account_id == account_id if account_id else CalendarFeed.account_id.is_(None),
        CalendarFeed.organisation_id == organisation_id if organisation_id else CalendarFeed.organisation_id.is_(None),
    )
    return found[0] if found else None


def _open(*which: sa.ColumnElement[bool]) -> list[CalendarFeed]:
    return list(
        db.session.scalars(
            sa.select(CalendarFeed).where(*which, CalendarFeed.revoked_at.is_(None)).order_by(CalendarFeed.id)
        )
    )
