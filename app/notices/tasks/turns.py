"""When a reader is reminded of something: on which working days before and after it is due, and at which hours.

No database. A turn is a day. Whoever had no digest since the latest turn gets one: so a standstill loses nothing, and
repeats nothing.
"""

from __future__ import annotations

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from app.core.workdays import add_workdays, is_workday, workdays_between

BEFORE = (3, 1, 0)
"""Working days before the due day."""
AFTER = (1, 3, 5)
"""Working days after it; then every `AGAIN`."""
AGAIN = 5

_ZONES = {
    "PL": "Europe/Warsaw",
    "NL": "Europe/Amsterdam",
    "FI": "Europe/Helsinki",
    "BE": "Europe/Brussels",
    "FR": "Europe/Paris",
}


def zone_of(country: str, otherwise: str) -> ZoneInfo:
    """The time zone of a country's readers."""
    return ZoneInfo(_ZONES.get(country, otherwise))


def mail_day(moment: datetime, country: str, zone: ZoneInfo, hour: int, until: str) -> date | None:
    """The reader's day, if mail may reach them now: a working day there, from `hour` until the office closes."""
    there = moment.astimezone(zone)
    close = max(time.fromisoformat(until), time(min(hour + 1, 23)))
    if there.hour < hour or there.time() >= close or not is_workday(there.date(), country):
        return None
    return there.date()


def turn_of_due(due_on: date, day: date, country: str) -> date | None:
    """The latest turn up to `day`, a working day, for something that is due; None before the first."""
    left = workdays_between(day, due_on, country)
    if due_on < day:
        return turn_since(due_on, day, country)
    begun = [before for before in BEFORE if before >= left]
    return add_workdays(day, left - min(begun), country) if begun else None


def turn_since(began: date, day: date, country: str, *, first: int = 1) -> date | None:
    """The same for something that has lasted since `began`, from its `first` working day on."""
    passed = workdays_between(began, day, country)
    turns = [after for after in AFTER if first <= after <= passed]
    turns += range(max(AFTER[-1] + AGAIN, first), passed + 1, AGAIN)
    return add_workdays(day, max(turns) - passed, country) if turns else None
