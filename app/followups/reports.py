"""What reports count of the total service: what leads answered and why not, how long follow-ups stand with whom, and
how the companies are shared among service partners."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.core.workdays import workdays_between
from app.followups.models import (
    Answer,
    Assignment,
    AssignmentState,
    FollowUpState,
    FollowUpStep,
    Interest,
    PartnerState,
    ServicePartner,
)
from app.followups.queries.partners import Load, loads
from app.leads.models import Lead
from app.people.models import Organisation
from app.settings.models import vendor

MOST_STEPS = 50_000
"""Steps looked at for the figures of a period: the latest ones."""


@dataclass(frozen=True)
class Counted:
    """So many leads of one month answered the same to the same colleague."""

    year: int
    month: int
    level: str
    answer: str
    reason: str | None
    raised_by_id: int | None
    count: int

    @property
    def first(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)


def answers(start: date, end: date, reseller_id: int | None = None, raised_by_id: int | None = None) -> list[Counted]:
    """All answers to what was raised from `start` to `end`, both included, in one query."""
    year, month = sa.extract("year", Interest.raised_on), sa.extract("month", Interest.raised_on)
    keys = (year, month, Interest.level, Interest.answer, Interest.reason, Interest.raised_by_id)
    query = sa.select(*keys, sa.func.count()).where(Interest.raised_on >= start, Interest.raised_on <= end)
    if reseller_id is not None:
        query = query.join(Lead, Lead.id == Interest.lead_id).where(Lead.reseller_id == reseller_id)
    if raised_by_id is not None:
        query = query.where(Interest.raised_by_id == raised_by_id)
    rows = db.session.execute(query.group_by(*keys).order_by(*keys[:2]))
    return [Counted(int(row[0]), int(row[1]), *row[2:]) for row in rows]


@dataclass(frozen=True)
class Line:
    """How a group of leads answered."""

    key: Any
    yes: int = 0
    in_principle: int = 0
    no: int = 0

    @property
    def all(self) -> int:
        return self.yes + self.in_principle + self.no

    def share(self, count: int) -> int:
        """In whole per cent."""
        return round(100 * count / self.all) if self.all else 0

    @property
    def interested(self) -> int:
        """The share of those who said yes, or yes in principle, in whole per cent."""
        return self.share(self.yes + self.in_principle)


def by(rows: Iterable[Counted], key: Callable[[Counted], Any]) -> list[Line]:
    """One line for each group, in the order in which the groups come."""
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        sums[key(row)][row.answer] += row.count
    return [
        Line(group, found[Answer.YES], found[Answer.IN_PRINCIPLE], found[Answer.NO]) for group, found in sums.items()
    ]


def reasons(rows: Iterable[Counted]) -> list[tuple[str, int]]:
    """Why not, the most frequent first."""
    sums: dict[str, int] = defaultdict(int)
    for row in rows:
        if row.answer == Answer.NO and row.reason is not None:
            sums[row.reason] += row.count
    return sorted(sums.items(), key=lambda pair: (-pair[1], pair[0]))


@dataclass(frozen=True)
class Step:
    """How long follow-ups stood in one state, in working days of the vendor's country."""

    state: str
    count: int
    median: float
    mean: float


def steps(start: date, end: date) -> list[Step]:
    """Of steps that ended in the period, in the order in which a follow-up goes through them."""
    zone = ZoneInfo(vendor().timezone)
    first = datetime.combine(start, time(), zone)
    after = datetime.combine(end + timedelta(days=1), time(), zone)
    rows = db.session.execute(
        sa.select(FollowUpStep.state, FollowUpStep.from_at, FollowUpStep.until_at)
        .where(FollowUpStep.until_at >= first, FollowUpStep.until_at < after)
        .order_by(FollowUpStep.until_at.desc())
        .limit(MOST_STEPS)
    )
    taken: dict[str, list[int]] = defaultdict(list)
    country = vendor().country
    for state, from_at, until_at in rows:
        assert until_at is not None  # asked for
        begun, ended = from_at.astimezone(zone).date(), until_at.astimezone(zone).date()
        taken[state].append(workdays_between(begun, ended, country))
    return [
        Step(state, len(taken[state]), statistics.median(taken[state]), round(statistics.fmean(taken[state]), 1))
        for state in FollowUpState
        if taken[state]
    ]


@dataclass(frozen=True)
class Share:
    """What one service partner has, and what it was given in a period."""

    ref: str
    name: str
    is_active: bool
    load: Load
    capacity: int | None
    assigned: int
    declined: int
    """Of those, not possible for the partner."""
    overridden: int
    """Of those, given although another partner was suggested."""


def balance(start: date, end: date) -> list[Share]:
    """Every service partner that works with the vendor, whoever has the most companies first; in two queries."""
    zone = ZoneInfo(vendor().timezone)

    def number(which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.sum(sa.case((which, 1), else_=0))

    given = (
        sa.select(
            Assignment.partner_id,
            sa.func.count().label("assigned"),
            number(Assignment.state == AssignmentState.DECLINED).label("declined"),
            number(Assignment.suggested_id != Assignment.partner_id).label("overridden"),
        )
        .where(
            Assignment.assigned_at >= datetime.combine(start, time(), zone),
            Assignment.assigned_at < datetime.combine(end + timedelta(days=1), time(), zone),
        )
        .group_by(Assignment.partner_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(
            ServicePartner.id,
            ServicePartner.ref,
            Organisation.name,
            ServicePartner.state,
            ServicePartner.capacity,
            given.c.assigned,
            given.c.declined,
            given.c.overridden,
        )
        .join(Organisation, Organisation.id == ServicePartner.organisation_id)
        .outerjoin(given, given.c.partner_id == ServicePartner.id)
        .order_by(ServicePartner.name_sort, ServicePartner.id)
    ).all()
    counted = loads()
    shares = [
        Share(
            ref,
            name,
            state == PartnerState.ACTIVE,
            counted.get(id, Load()),
            capacity,
            int(assigned or 0),
            int(declined or 0),
            int(overridden or 0),
        )
        for id, ref, name, state, capacity, assigned, declined, overridden in rows
    ]
    return sorted(shares, key=lambda share: -share.load.companies)
