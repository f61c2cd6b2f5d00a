"""Series of weekly sessions at the desk: their list, one with its sessions, and which are in force."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.clock import today
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, everything_of, page_of
from app.people.models import Person
from app.settings.models import vendor
from app.trainings.models import TrainingSeries, TrainingSession
from app.trainings.proposing import Offer, free_places
from app.trainings.queries.sessions import PARTICIPANTS

MOST = 1_000
"""Sessions that are looked at for one proposal: many times what the series of a vendor have in eight weeks."""


def visible_to(actor: Person) -> sa.Select[TrainingSeries]:
    """Whoever implements sees all series."""
    query = sa.select(TrainingSeries)
    return query if policy.allows(actor, P.TRAININGS_READ) else query.where(sa.false())


def in_force() -> sa.ColumnElement[bool]:
    """Sessions of it may still come."""
    return sa.or_(TrainingSeries.until_on.is_(None), TrainingSeries.until_on >= today(vendor().timezone))


def page(query: sa.Select[TrainingSeries], cursor: str | None) -> Page[Any]:
    """Rows of a series, its next session and how many are planned, the one that began last first."""
    listing: Page[Any] = page_of(
        _with_sessions(query), TrainingSeries.from_on, TrainingSeries.id, descending=True, cursor=cursor
    )
    return listing


def everything(query: sa.Select[TrainingSeries]) -> Iterator[Any]:
    """For a file: the same, batch by batch."""
    return everything_of(_with_sessions(query), TrainingSeries.from_on, TrainingSeries.id, descending=True)


def _with_sessions(query: sa.Select[TrainingSeries]) -> sa.Select[Any]:
    coming = sa.and_(TrainingSession.series_id == TrainingSeries.id, TrainingSession.is_coming)
    return query.add_columns(
        sa.select(sa.func.min(TrainingSession.starts_at)).where(coming).scalar_subquery().label("next_at"),
        sa.select(sa.func.count()).where(coming).scalar_subquery().label("planned"),
    ).options(joinedload(TrainingSeries.trainer))


def names() -> list[tuple[str, str]]:
    """Every series, those that began last first, for a filter: reference and title."""
    asked = sa.select(TrainingSeries.ref, TrainingSeries.title).order_by(
        TrainingSeries.from_on.desc(), TrainingSeries.id.desc()
    )
    return [(ref, title) for ref, title in db.session.execute(asked.limit(100))]


def by_ref(query: sa.Select[TrainingSeries], ref: str) -> TrainingSeries:
    """A series with its trainer. Raises NotFound."""
    found = db.session.scalar(query.where(TrainingSeries.ref == ref).options(joinedload(TrainingSeries.trainer)))
    if found is None:
        raise NotFound
    return found


@dataclass(frozen=True)
class ComingSession:
    """A session of a series, and how many take part."""

    session: TrainingSession
    participants: int

    @property
    def free(self) -> int | None:
        return free_places(self.session.capacity, self.participants)

    @property
    def by_hand(self) -> bool:
        """Somebody moved it from where the series has it."""
        return self.session.slot_at != self.session.starts_at


@dataclass(frozen=True, kw_only=True)
class Offered(Offer):
    """A session of any series to come, as it is offered to somebody."""

    ref: str
    title: str
    minutes: int
    timezone: str


def offered() -> list[Offered]:
    """The sessions of all series that have not begun, the next one first, in one query."""
    rows = db.session.execute(
        sa.select(
            TrainingSession.id,
            TrainingSession.starts_at,
            TrainingSession.capacity,
            PARTICIPANTS.label("taken"),
            TrainingSession.locale,
            TrainingSession.ref,
            TrainingSession.title,
            TrainingSession.minutes,
            TrainingSession.timezone,
        )
        .where(TrainingSession.series_id.is_not(None), TrainingSession.is_coming)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .limit(MOST)
    )
    return [Offered(**row._mapping) for row in rows]


def coming_of(series: TrainingSeries, limit: int = 200) -> list[ComingSession]:
    """Its planned sessions to come, the next one first."""
    rows = db.session.execute(
        sa.select(TrainingSession, PARTICIPANTS)
        .where(TrainingSession.series_id == series.id, TrainingSession.is_coming)
        .order_by(TrainingSession.starts_at, TrainingSession.id)
        .limit(limit)
        .options(joinedload(TrainingSession.trainer))
    )
    return [ComingSession(session, participants) for session, participants in rows]
