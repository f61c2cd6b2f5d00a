"""Figures of the total service: what leads answered, and how long follow-ups stand with whom."""

from __future__ import annotations

import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.core.workdays import workdays_between
from app.followups.models import Answer, FollowUpState, FollowUpStep, Interest
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


def answers(start: date, end: date) -> list[Counted]:
    """All answers to what was raised from `start` to `end`, both included, in one query."""
    year, month = sa.extract("year", Interest.raised_on), sa.extract("month", Interest.raised_on)
    keys = (year, month, Interest.level, Interest.answer, Interest.reason, Interest.raised_by_id)
    rows = db.session.execute(
        sa.select(*keys, sa.func.count())
        .where(Interest.raised_on >= start, Interest.raised_on <= end)
        .group_by(*keys)
        .order_by(*keys[:2])
    )
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


def months(rows: Sequence[Counted], start: date, end: date) -> list[Line]:
    """Every month of the period, those without an answer too."""
    found = {line.key: line for line in by(rows, lambda row: row.first)}
    first, made = start.replace(day=1), []
    while first <= end:
        made.append(found.get(first, Line(first)))
        first = (first + timedelta(days=32)).replace(day=1)
    return made


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
