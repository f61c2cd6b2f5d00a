"""Sessions at the desk: lists of them, one with all that belongs to it, and who may hold them."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access import policy
from app.access.permissions import P
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains
from app.people import queries as people
from app.people.models import Person
from app.trainings.models import Attendance, Participant, SessionState, TrainingSeries, TrainingSession


class Group(enum.StrEnum):
    """What one looks at together."""

    UPCOMING = "upcoming"
    TO_NOTE = "to_note"
    """Begun, and nobody said yet who was there."""
    HELD = "held"
    CANCELLED = "cancelled"


ALONE = "none"


@dataclass(frozen=True)
class Filter:
    """What a list was narrowed to."""

    group: Group = Group.UPCOMING
    q: str = ""
    trainer: str = ""
    """The reference of a person."""
    series: str = ""
    """The reference of a series; `ALONE` for sessions of none."""


PARTICIPANTS = (
    sa.select(sa.func.count())
    .where(Participant.session_id == TrainingSession.id, Participant.attendance != Attendance.WITHDRAWN)
    .correlate(TrainingSession)
    .scalar_subquery()
    .label("participants")
)
"""How many take part in a session."""


def visible_to(actor: Person) -> sa.Select[TrainingSession]:
    """Whoever implements sees all sessions."""
    query = sa.select(TrainingSession)
    return query if policy.allows(actor, P.TRAININGS_READ) else query.where(sa.false())


def narrowed(query: sa.Select[TrainingSession], by: Filter, *, group: bool = True) -> sa.Select[TrainingSession]:
    """The sessions of `query` that the filter lets through; with `group` False in all tabs."""
    if group:
        query = query.where(_in_group(by.group))
    if by.q:
        takes_part = sa.select(Participant.session_id).where(Participant.email == by.q.lower())
        query = query.where(sa.or_(contains(TrainingSession.search, by.q), TrainingSession.id.in_(takes_part)))
    if by.trainer:
        query = query.where(
            TrainingSession.trainer_id == sa.select(Person.id).where(Person.ref == by.trainer).scalar_subquery()
        )
    if by.series == ALONE:
        query = query.where(TrainingSession.series_id.is_(None))
    elif by.series:
        query = query.where(
            TrainingSession.series_id
            == sa.select(TrainingSeries.id).where(TrainingSeries.ref == by.series).scalar_subquery()
        )
    return query


def _in_group(group: Group) -> sa.ColumnElement[bool]:
    planned = TrainingSession.state == SessionState.PLANNED
    match group:
        case Group.UPCOMING:
            return sa.and_(planned, TrainingSession.starts_at > now())
        case Group.TO_NOTE:
            return sa.and_(planned, TrainingSession.starts_at <= now())
        case Group.HELD:
            return TrainingSession.state == SessionState.HELD
        case Group.CANCELLED:
            return TrainingSession.state == SessionState.CANCELLED


def with_count(query: sa.Select[TrainingSession]) -> sa.Select[TrainingSession, int]:
    """Rows of a session and how many take part, its trainer and series loaded."""
    return query.add_columns(PARTICIPANTS).options(
        joinedload(TrainingSession.trainer), joinedload(TrainingSession.series)
    )


def page(query: sa.Select[TrainingSession], group: Group, cursor: str | None) -> Page[Any]:
    """Rows of a session and how many take part; what is to come in its order, what is over with the latest first."""
    listing: Page[Any] = page_of(
        with_count(query),
        TrainingSession.starts_at,
        TrainingSession.id,
        descending=group in (Group.HELD, Group.CANCELLED),
        cursor=cursor,
    )
    return listing


def everything(query: sa.Select[TrainingSession], group: Group) -> Iterator[Any]:
    """For a file: the same, batch by batch."""
    return everything_of(
        with_count(query),
        TrainingSession.starts_at,
        TrainingSession.id,
        descending=group in (Group.HELD, Group.CANCELLED),
    )


def counts(query: sa.Select[TrainingSession]) -> dict[Group, int]:
    """How many stand in each tab that wants somebody, counted no further than the cap, in one query."""
    return capped_counts(query, {group: _in_group(group) for group in (Group.UPCOMING, Group.TO_NOTE)})


def trainers() -> list[tuple[str, str]]:
    """Everybody who gave or gives a session, for a filter: reference and name."""
    asked = sa.select(Person.ref, Person.name).where(
        Person.id.in_(sa.select(TrainingSession.trainer_id).where(TrainingSession.trainer_id.is_not(None)))
    )
    return [(ref, name) for ref, name in db.session.execute(asked.order_by(sa.func.lower(Person.name), Person.id))]


def able_to_train() -> list[Person]:
    """Staff who may give a session, by name."""
    return [person for person in people.staff() if policy.allows(person, P.TRAININGS_READ)]


def whole(query: sa.Select[TrainingSession], ref: str) -> TrainingSession:
    """A session with trainer, participants and recording. Raises NotFound."""
    found = db.session.scalar(
        query.where(TrainingSession.ref == ref).options(
            joinedload(TrainingSession.trainer),
            joinedload(TrainingSession.series),
            joinedload(TrainingSession.recording),
            selectinload(TrainingSession.participants),
        )
    )
    if found is None:
        raise NotFound
    return found


def to_note(actor: Person, limit: int) -> list[TrainingSession]:
    """Sessions that are over and of which nobody said who was there: one's own, and nobody's for whoever manages. A
    session of a series to which nobody was to come is passed over."""
    mine = TrainingSession.trainer_id == actor.id
    if policy.allows(actor, P.TRAININGS_MANAGE):
        mine = sa.or_(mine, TrainingSession.trainer_id.is_(None))
    return list(
        db.session.scalars(
            sa.select(TrainingSession)
            .where(_in_group(Group.TO_NOTE), mine, sa.or_(TrainingSession.series_id.is_(None), PARTICIPANTS > 0))
            .order_by(TrainingSession.starts_at, TrainingSession.id)
            .limit(limit)
        )
    )
