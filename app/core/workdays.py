"""Working days: Monday to Friday without the public holidays of the country in question."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache

import holidays

COUNTRIES = frozenset(("PL", "NL", "FI", "BE", "FR"))
_DAY = timedelta(days=1)


def add_workdays(day: date, count: int, country: str | None) -> date:
    """The `count`-th working day after `day` (before it when negative); zero gives the day itself.

    `add_workdays(friday, 1, "PL")` is Monday, unless that is a holiday in Poland.
    """
    step = _DAY if count >= 0 else -_DAY
    left = abs(count)
    while left:
        day += step
        left -= is_workday(day, country)
    return day


def workdays_between(start: date, end: date, country: str | None) -> int:
    """How many working days from `start` (not counted) to `end` (counted); negative when `end` lies before.

    The opposite of `add_workdays`: `workdays_between(day, add_workdays(day, n, c), c) == n`.
    """
    if end < start:
        return -sum(is_workday(start - _DAY * days, country) for days in range(1, (start - end).days + 1))
    return sum(is_workday(start + _DAY * days, country) for days in range(1, (end - start).days + 1))


def is_workday(day: date, country: str | None) -> bool:
    """In a country unknown here only weekends are free."""
    return day.weekday() < 5 and not is_holiday(day, country)


def is_holiday(day: date, country: str | None) -> bool:
    """A public holiday, on whatever day of the week; in a country unknown here there are none."""
    return day in _holidays(country or "", day.year)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    if country not in COUNTRIES:
        return frozenset()
    return frozenset(holidays.country_holidays(country, years=year))
