"""Reads the kept sums, and what filters offer."""

from __future__ import annotations

import calendar
from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, cast

import sqlalchemy as sa

from app.core.clock import today
from app.core.db import db
from app.partners.models import Reseller
from app.people.models import HeldRole, Organisation, Person
from app.reports.models import Grain, LeadCount, LeadDays, Step
from app.settings.models import vendor

_COUNT, _DAYS = cast(sa.Table, LeadCount.__table__), cast(sa.Table, LeadDays.__table__)
MOST_CHOICES = 500
"""Resellers that a filter offers; every other is reached from the report of resellers."""


@dataclass(frozen=True)
class Narrowed:
    """What a report was narrowed to."""

    start: date
    end: date
    reseller_id: int | None = None
    colleague_id: int | None = None


@dataclass(frozen=True)
class Counts:
    """How far leads came."""

    registered: int = 0
    accepted: int = 0
    converted: int = 0
    declined: int = 0
    withdrawn: int = 0

    @property
    def open(self) -> int:
        """Not answered yet."""
        return self.registered - self.accepted - self.declined - self.withdrawn

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


def _sums() -> list[sa.ColumnElement[int]]:
    return [sa.func.sum(_COUNT.c[name]) for name in Counts.__dataclass_fields__]


def _within(table: sa.Table, by: Narrowed) -> sa.ColumnElement[bool]:
    """Whole months from their sums, and the days before and after. A month that is not over counts as whole: there
    are no leads of days to come."""
    end = max(by.end, _last(by.end)) if by.end >= today(vendor().timezone) else by.end
    first = by.start if by.start.day == 1 else _last(by.start) + timedelta(days=1)
    last = end if end == _last(end) else end.replace(day=1) - timedelta(days=1)
    day, month = table.c.grain == Grain.DAY, table.c.grain == Grain.MONTH
    if first > last:
        period = sa.and_(day, table.c.first >= by.start, table.c.first <= end)
    else:
        period = sa.or_(
            sa.and_(month, table.c.first >= first, table.c.first <= last),
            sa.and_(day, table.c.first >= by.start, table.c.first < first),
            sa.and_(day, table.c.first > last, table.c.first <= end),
        )
    if by.reseller_id is not None:
        period = sa.and_(period, table.c.reseller_id == by.reseller_id)
    if by.colleague_id is not None:
        period = sa.and_(period, table.c.decided_by_id == by.colleague_id)
    return period


def _last(day: date) -> date:
    """The last day of its month."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


def by_month(by: Narrowed) -> dict[date, Counts]:
    """By the first day of the month, in one query."""
    found: dict[date, Counts] = defaultdict(Counts)
    for first, *figures in db.session.execute(
        sa.select(_COUNT.c.first, *_sums()).where(_within(_COUNT, by)).group_by(_COUNT.c.first)
    ):
        found[first.replace(day=1)] += Counts(*map(int, figures))
    return found


def days_of(by: Narrowed) -> dict[Step, Counter[int]]:
    """For each step, how many leads took how many working days."""
    found: dict[Step, Counter[int]] = {step: Counter() for step in Step}
    for step, days, number in db.session.execute(
        sa.select(_DAYS.c.step, _DAYS.c.days, sa.func.sum(_DAYS.c.leads))
        .where(_within(_DAYS, by))
        .group_by(_DAYS.c.step, _DAYS.c.days)
    ):
        found[Step(step)][days] = int(number)
    return found


@dataclass(frozen=True)
class OfReseller:
    """How far the leads of one reseller came."""

    id: int
    ref: str
    name: str
    counts: Counts


def by_reseller(by: Narrowed, most: int | None = None) -> list[OfReseller]:
    """Whoever registered the most leads first."""
    each = (
        sa.select(
            _COUNT.c.reseller_id,
            *(one.label(name) for name, one in zip(Counts.__dataclass_fields__, _sums(), strict=True)),
        )
        .where(_within(_COUNT, by))
        .group_by(_COUNT.c.reseller_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(Reseller.id, Reseller.ref, Organisation.name, *list(each.c)[1:])
        .join(each, each.c.reseller_id == Reseller.id)
        .join(Organisation, Organisation.id == Reseller.organisation_id)
        .order_by(each.c.registered.desc(), Reseller.name_sort, Reseller.id)
        .limit(most)
    )
    return [OfReseller(id, ref, name, Counts(*map(int, figures))) for id, ref, name, *figures in rows]


def answers_by_reseller(by: Narrowed, ids: Collection[int]) -> dict[int, Counter[int]]:
    """How many leads of each were answered after how many working days."""
    found: dict[int, Counter[int]] = defaultdict(Counter)
    for reseller, days, number in db.session.execute(
        sa.select(_DAYS.c.reseller_id, _DAYS.c.days, sa.func.sum(_DAYS.c.leads))
        .where(_within(_DAYS, by), _DAYS.c.step == Step.ANSWER, _DAYS.c.reseller_id.in_(ids))
        .group_by(_DAYS.c.reseller_id, _DAYS.c.days)
    ):
        found[reseller][days] = int(number)
    return found


def median(took: Counter[int]) -> float | None:
    """The middle one; of an even number the mean of the two in the middle. None of nothing."""
    number = sum(took.values())
    if not number:
        return None
    wanted, seen = ((number - 1) // 2, number // 2), 0
    middle: list[int] = []
    for days in sorted(took):
        seen += took[days]
        while len(middle) < 2 and wanted[len(middle)] < seen:
            middle.append(days)
    return sum(middle) / 2


def within(took: Counter[int], promised: int) -> int | None:
    """How many per cent took no longer than promised."""
    number = sum(took.values())
    kept = sum(count for days, count in took.items() if days <= promised)
    return round(100 * kept / number) if number else None


@dataclass(frozen=True)
class Choice:
    """One line of a filter."""

    id: int
    ref: str
    name: str


def choices(chosen: str) -> tuple[list[Choice], list[Choice]]:
    """The resellers and the staff, by name, in one query; the chosen reseller is always among them."""
    kept = (
        sa.select(Reseller.id, Reseller.ref, Organisation.name, Reseller.name_sort)
        .join(Organisation, Organisation.id == Reseller.organisation_id)
        .order_by((Reseller.ref != chosen), Reseller.name_sort, Reseller.id)
        .limit(MOST_CHOICES)
        .subquery()
    )
    of_staff = sa.exists().where(HeldRole.person_id == Person.id)
    people = sa.select(sa.literal("staff"), Person.id, Person.ref, Person.name, sa.func.lower(Person.name)).where(
        of_staff
    )
    both = sa.union_all(sa.select(sa.literal("reseller").label("kind"), *kept.c), people).subquery()
    rows: list[Any] = list(db.session.execute(sa.select(both).order_by(both.c[4], both.c[1])))
    resellers = [Choice(row[1], row[2], row[3]) for row in rows if row[0] == "reseller"]
    return resellers, [Choice(row[1], row[2], row[3]) for row in rows if row[0] == "staff"]
