"""When the sessions of a series are, by its clock and without public holidays: pure, no database (C3)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.workdays import is_holiday

Slot = tuple[int, str]
"""Weekday, 0 to 6 beginning with Monday, and the hour as "HH:MM"."""


def slots_of(kept: Iterable[Sequence[Any]]) -> tuple[Slot, ...]:
    """As a series keeps them, in the order of the week and each once."""
    return tuple(sorted({(int(weekday), str(clock)) for weekday, clock in kept}))


def moment_of(day: date, clock: str, timezone: str) -> datetime:
    """A time that the change of the clocks leaves out is as much later as the clocks are put forward; of one that comes
    twice it is the first."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime.combine(day, time(hour, minute), ZoneInfo(timezone)).astimezone(UTC)


def moments(
    slots: Iterable[Slot], timezone: str, country: str | None, first: date, last: date
) -> Iterator[tuple[datetime, date, Slot]]:
    """Every session from the one day to the other, both counted, with its day and slot; public holidays of the country
    are left out, None leaves none out. Each moment comes once."""
    by_weekday: dict[int, list[str]] = {}
    for weekday, clock in slots_of(slots):
        by_weekday.setdefault(weekday, []).append(clock)
    seen: set[datetime] = set()
    day = first
    while day <= last:
        if day.weekday() in by_weekday and not (country and is_holiday(day, country)):
            for clock in by_weekday[day.weekday()]:
                moment = moment_of(day, clock, timezone)
                if moment not in seen:
                    seen.add(moment)
                    yield moment, day, (day.weekday(), clock)
        day += timedelta(days=1)


def successors(before: Iterable[Slot], after: Iterable[Slot]) -> Mapping[Slot, Slot | None]:
    """Which slot takes the place of which: one that stays is its own; of the others one of the same weekday goes first,
    then they follow in the order of the week. None where nothing is left."""
    old, new = slots_of(before), slots_of(after)
    found: dict[Slot, Slot | None] = {slot: slot for slot in old if slot in new}
    left = [slot for slot in new if slot not in old]
    gone = [slot for slot in old if slot not in new]
    for slot in gone:
        same_day = next((one for one in left if one[0] == slot[0]), None)
        if same_day is not None:
            found[slot] = same_day
            left.remove(same_day)
    for slot in gone:
        if slot not in found:
            found[slot] = left.pop(0) if left else None
    return found
