"""Goals of one software partner with what was measured, and the trend by month: a constant number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.cooperation.models import Goal, Measure
from app.core.clock import today
from app.core.db import db
from app.core.errors import NotFound
from app.customers.models import Account, AccountState
from app.integrations.models import SoftwarePartner
from app.leads.models import Lead
from app.plans.models import Plan
from app.settings.models import vendor

SHOWN = 40
"""Goals that one page measures; the file has the same."""
MONTHS = 12


@dataclass(frozen=True)
class Measured:
    """A goal and how far it came."""

    goal: Goal
    count: int
    day: date

    @property
    def percent(self) -> int:
        return min(100, round(100 * self.count / self.goal.target)) if self.goal.target else 100

    @property
    def reached(self) -> bool:
        return self.count >= self.goal.target

    @property
    def state(self) -> str:
        """withdrawn, reached, missed, to_come or running."""
        if self.goal.withdrawn_at is not None:
            return "withdrawn"
        if self.reached:
            return "reached"
        if self.day > self.goal.until_on:
            return "missed"
        return "to_come" if self.day < self.goal.from_on else "running"


@dataclass(frozen=True)
class Month:
    """The first day of a month, and what was counted in it."""

    first: date
    counts: Mapping[Measure, int]


def of_partner(partner: SoftwarePartner, *, withdrawn: bool = True) -> list[Measured]:
    """The latest first, in two queries."""
    query = sa.select(Goal).where(Goal.partner_id == partner.id).execution_options(populate_existing=True)
    if not withdrawn:
        query = query.where(Goal.withdrawn_at.is_(None))
    return measured(
        partner, db.session.scalars(query.order_by(Goal.until_on.desc(), Goal.id.desc()).limit(SHOWN)).all()
    )


def running_on(partner: SoftwarePartner, day: date, since: date) -> list[Measured]:
    """Goals whose period touches these days, for the minutes of a review; in two queries."""
    query = sa.select(Goal).where(
        Goal.partner_id == partner.id, Goal.withdrawn_at.is_(None), Goal.from_on <= day, Goal.until_on >= since
    )
    return measured(partner, db.session.scalars(query.order_by(Goal.from_on, Goal.id).limit(SHOWN)).all())


def measured(partner: SoftwarePartner, goals: Sequence[Goal]) -> list[Measured]:
    """In one query for all of them; in none while nothing can be credited."""
    day = today(vendor().timezone)
    if not goals or partner.reseller_id is None:
        return [Measured(goal, 0, day) for goal in goals]
    row = db.session.execute(
        sa.select(
            *(
                _counted(Measure(goal.measure), partner.reseller_id, goal.from_on, goal.until_on).label(
                    f"goal_{goal.id}"
                )
                for goal in goals
            )
        )
    ).one()
    return [Measured(goal, count, day) for goal, count in zip(goals, row, strict=True)]


def goal(partner_id: int, ref: str) -> Goal:
    """Raises NotFound: there is none, or it is another software partner's."""
    found = db.session.scalar(sa.select(Goal).where(Goal.ref == ref, Goal.partner_id == partner_id))
    if found is None:
        raise NotFound
    return found


def trend(partner: SoftwarePartner) -> list[Month]:
    """The last twelve months, the running one last; one query for each measure."""
    firsts = [_months_before(today(vendor().timezone), back) for back in reversed(range(MONTHS))]
    if partner.reseller_id is None:
        return [Month(first, dict.fromkeys(Measure, 0)) for first in firsts]
    spans = list(zip(firsts, [*firsts[1:], _months_before(firsts[-1], -1)], strict=True))
    counted: dict[Measure, Sequence[int]] = {}
    for measure in Measure:
        source, when, credited = _source(measure, partner.reseller_id)
        columns = [
            sa.func.coalesce(sa.func.sum(sa.case((_within(when, first, last - timedelta(days=1)), 1), else_=0)), 0)
            for first, last in spans
        ]
        query = sa.select(*columns).select_from(source).where(credited, _within(when, firsts[0], date.max))
        counted[measure] = [int(count) for count in db.session.execute(query).one()]
    return [
        Month(first, {measure: counted[measure][place] for measure in Measure}) for place, first in enumerate(firsts)
    ]


def _counted(measure: Measure, reseller_id: int, from_on: date, until_on: date) -> sa.ScalarSelect[int]:
    source, when, credited = _source(measure, reseller_id)
    return (
        sa.select(sa.func.count())
        .select_from(source)
        .where(credited, _within(when, from_on, until_on))
        .scalar_subquery()
    )


def _source(measure: Measure, reseller_id: int) -> tuple[Any, Any, sa.ColumnElement[bool]]:
    """What is counted, when each counts, and which are credited."""
    match measure:
        case Measure.LEADS:
            return Lead, Lead.created_at, sa.and_(Lead.reseller_id == reseller_id, Lead.suspicious.is_(False))
        case Measure.ACCOUNTS:
            credited = sa.and_(Account.reseller_id == reseller_id, Account.state == AccountState.ACTIVE)
            return Account, Account.created_at, credited
        case Measure.LIVE_PLANS:
            joined = sa.join(Plan, Account, Plan.account_id == Account.id)
            return joined, Plan.live_on, sa.and_(Account.reseller_id == reseller_id, Plan.live_on.is_not(None))


def _within(when: Any, from_on: date, until_on: date) -> sa.ColumnElement[bool]:
    """On these days, both counted, by the vendor's clock."""
    if isinstance(when.type, sa.Date):
        return sa.and_(when >= from_on, when <= until_on)
    begun: sa.ColumnElement[bool] = when >= _midnight(from_on)
    return begun if until_on == date.max else sa.and_(begun, when < _midnight(until_on + timedelta(days=1)))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(vendor().timezone))


def _months_before(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
