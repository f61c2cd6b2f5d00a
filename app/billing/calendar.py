"""The calendar of a billing detail: which periods there are, and which of them are to be invoiced. Pure reckoning.

What is due is always the calendar less the periods that somebody dealt with. Nothing counts from "the last run", so a
run that is missed, repeated or made with a wrong clock neither loses a period nor gives one twice
(docs/decisions/007).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import MAXYEAR, date, timedelta
from itertools import takewhile

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Pause:
    """Both days belong to it; `until_on` None while nobody said when it ends."""

    from_on: date
    until_on: date | None = None

    def holds(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day <= self.until_on)


@dataclass(frozen=True)
class Calendar:
    """When a detail is invoiced: once (`months` 0), or every so many months from the first day on (R14)."""

    starts_on: date
    months: int
    ends_on: date | None = None
    """No period begins after this day."""
    pauses: tuple[Pause, ...] = ()


@dataclass(frozen=True)
class Period:
    """One period; `ends_on` is its last day, the first one itself for one-off."""

    number: int
    starts_on: date
    ends_on: date


def period(calendar: Calendar, number: int) -> Period | None:
    """The period of this number, whether or not it is to be invoiced; None where the calendar has no such period.

    Always reckoned from the first day, so that 31 January, the last of February and 31 March follow one another: days
    that a month does not have are clamped to its end, and the next month has them again.
    """
    first = _first_day(calendar, number)
    return None if first is None else _period(calendar, number, first, _first_day(calendar, number + 1))


def coming(
    calendar: Calendar, dealt_with: Collection[int] = frozenset(), since: date | None = None
) -> Iterator[Period]:
    """The periods that are to be invoiced, earliest first, from `since` on; without end where the calendar has none.

    Left out are those of the numbers `dealt_with`, and those that begin within a pause or after the end.
    """
    number = 0 if since is None else number_from(calendar, since)
    first, last = _first_day(calendar, number), _last_day(calendar)
    while first is not None and first <= last:
        following = _first_day(calendar, number + 1)
        if number not in dealt_with and not (calendar.pauses and _paused(calendar, first)):
            yield _period(calendar, number, first, following)
        number, first = number + 1, following


def due(calendar: Calendar, dealt_with: Collection[int], until: date, since: date | None = None) -> Iterator[Period]:
    """The periods to be invoiced that begin on `until` or before."""
    return takewhile(lambda found: found.starts_on <= until, coming(calendar, dealt_with, since))


def next_on(calendar: Calendar, dealt_with: Collection[int]) -> date | None:
    """The first day of the earliest period to be invoiced, due or still to come; None when none follows."""
    found = next(coming(calendar, dealt_with), None)
    return found.starts_on if found else None


def number_from(calendar: Calendar, day: date) -> int:
    """The number of the first period that begins on this day or later."""
    if day <= calendar.starts_on:
        return 0
    if calendar.months == 0:
        return 1  # there is none: the only one began before
    between = (day.year - calendar.starts_on.year) * 12 + day.month - calendar.starts_on.month
    number = between // calendar.months  # begins in the day's month or before; the next one in a later month
    first = _first_day(calendar, number)
    return number if first is None or first >= day else number + 1


def _first_day(calendar: Calendar, number: int) -> date | None:
    """Counted in months by hand: a list of what is due asks this some hundred thousand times."""
    start = calendar.starts_on
    if number == 0:
        return start
    if number < 0 or calendar.months == 0:
        return None
    year, month = divmod(start.year * 12 + start.month - 1 + number * calendar.months, 12)
    if year > MAXYEAR:
        return None
    return date(year, month + 1, start.day if start.day <= 28 else min(start.day, monthrange(year, month + 1)[1]))


def _period(calendar: Calendar, number: int, first: date, following: date | None) -> Period:
    if calendar.months == 0:
        return Period(number, first, first)
    return Period(number, first, date.max if following is None else following - _DAY)


def _paused(calendar: Calendar, day: date) -> bool:
    return any(pause.holds(day) for pause in calendar.pauses)


def _last_day(calendar: Calendar) -> date:
    """After it no period can begin: the end, or a pause that nobody ended."""
    days = [pause.from_on - _DAY for pause in calendar.pauses if pause.until_on is None]
    return min([*days, *([calendar.ends_on] if calendar.ends_on else [])], default=date.max)
