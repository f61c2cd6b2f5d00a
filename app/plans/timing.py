"""A plan's calendar: the working days on which it runs, and the days on which its tasks are due (I7). No database."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from app.core.workdays import add_workdays, is_workday
from app.playbooks.outline import Anchor, Due

_DAY = timedelta(days=1)
_FIRST_YEAR, _LAST_YEAR = 1800, 2400


class Pause(NamedTuple):
    """Days on which the plan stands still."""

    start: date
    end: date
    """The first day on which it runs again."""


def pause_of(start: date, end: date | None, today: date) -> Pause:
    """Nobody said when it ends: it lasts today, and tomorrow we shall see."""
    return Pause(start, end if end is not None else max(start, today + _DAY))


class Calendar:
    """Counts the working days of a country on which the plan was not paused. It remembers whole years of them."""

    def __init__(self, country: str, pauses: tuple[Pause, ...] = ()) -> None:
        self.country = country
        self.pauses = pauses
        self._years: tuple[int, int, list[date]] = (0, -1, [])
        self._firsts: dict[date, date] = {}

    def runs(self, day: date) -> bool:
        """Whether this is a working day without a pause."""
        return is_workday(day, self.country) and not self.is_paused(day)

    def is_paused(self, day: date) -> bool:
        return any(pause.start <= day < pause.end for pause in self.pauses)

    def add(self, day: date, count: int) -> date:
        """The `count`-th of these days after `day` (before it when negative); zero gives the day itself."""
        if not count:
            return day
        first = last = day.year
        while True:
            days = self._between_years(first, last)
            place = bisect_right(days, day) + count - 1 if count > 0 else bisect_left(days, day) + count
            if 0 <= place < len(days):
                return days[place]
            if first <= _FIRST_YEAR or last >= _LAST_YEAR:
                return days[-1] if count > 0 else days[0]  # nobody plans as far as that
            first, last = (first - 1, last) if place < 0 else (first, last + 1)

    def between(self, start: date, end: date) -> int:
        """How many of these days from `start` (not counted) to `end` (counted); negative when `end` lies before."""
        if end < start:
            return -self._count(end - _DAY, start - _DAY)
        return self._count(start, end)

    def on_or_after(self, day: date) -> date:
        """The first of these days that is not before `day`."""
        first = self._firsts.get(day)
        if first is None:
            first = self._firsts[day] = day if self.runs(day) else self.add(day, 1)
        return first

    def _count(self, start: date, end: date) -> int:
        days = self._between_years(start.year, end.year)
        return bisect_right(days, end) - bisect_right(days, start)

    def _between_years(self, first: int, last: int) -> list[date]:
        """All days of these years, and perhaps of more. What was remembered is replaced as a whole: processes work with
        several threads."""
        known_first, known_last, days = self._years
        if not days:
            known_first, known_last = first, first - 1
        if first < known_first or last > known_last:
            first, last = min(first, known_first), max(last, known_last)
            days = [*self._days_of(first, known_first - 1), *days, *self._days_of(known_last + 1, last)]
            self._years = (first, last, days)
        return days

    def _days_of(self, first: int, last: int) -> Iterable[date]:
        for year in range(first, last + 1):
            for day in _workdays(self.country, year):
                if not self.pauses or not self.is_paused(day):
                    yield day


@lru_cache(maxsize=256)
def _workdays(country: str, year: int) -> tuple[date, ...]:
    start = date(year, 1, 1)
    every = (start + _DAY * passed for passed in range(366))
    return tuple(day for day in every if day.year == year and is_workday(day, country))


@lru_cache(maxsize=256)
def calendar_of(country: str, pauses: tuple[Pause, ...] = ()) -> Calendar:
    """Most plans of a country share one, and what it remembers."""
    return Calendar(country, pauses)


def due_day(due: Due | None, anchors: Mapping[Anchor, date | None], calendar: Calendar) -> date | None:
    """The day that a rule of the playbook gives; None while nobody knows its anchor.

    After an anchor, pauses push the day on. Before one they do not push it back: who agreed on a day of going live
    counts the working days before it.
    """
    anchor = anchors.get(due.anchor) if due is not None else None
    if due is None or anchor is None:
        return None
    if due.workdays < 0:
        return add_workdays(anchor, due.workdays, calendar.country)
    return calendar.add(anchor, due.workdays)
