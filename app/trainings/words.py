"""Sessions and series in words: when they are, how they stand, and their history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, dates

from app.core.i18n import _, _l, current_locale, format_date, format_weekday
from app.history import words
from app.history.models import HistoryEntry
from app.history.service import entries_of
from app.history.words import Told
from app.people.queries import names_of
from app.trainings.models import Attendance, SessionState, TrainingSeries, TrainingSession

STATES: dict[str, Any] = {
    SessionState.PLANNED: _l("Planned"),
    SessionState.HELD: _l("Held"),
    SessionState.CANCELLED: _l("Cancelled"),
}
ATTENDANCE: dict[str, Any] = {
    Attendance.INVITED: _l("Invited"),
    Attendance.ATTENDED: _l("Attended"),
    Attendance.MISSED: _l("Missed"),
    Attendance.WITHDRAWN: _l("Taken off the list"),
}

VERBS: dict[str, Any] = {
    "training.planned": _l("Session planned"),
    "training.moved": _l("Session moved to another time"),
    "training.changed": _l("Session changed"),
    "training.cancelled": _l("Session cancelled"),
    "training.participant_added": _l("Participant added"),
    "training.participant_withdrawn": _l("Participant taken off the list"),
    "training.held": _l("Session held"),
    "training.recording_set": _l("Recording changed"),
    "series.planned": _l("Series planned"),
    "series.changed": _l("Series changed"),
    "series.ended": _l("Last day of the series set"),
    "calendar_feed.made": _l("Calendar address made"),
    "calendar_feed.withdrawn": _l("Calendar address withdrawn"),
}
words.name(VERBS)

FIELDS: dict[str, Any] = {
    "title": _l("Title"),
    "about": _l("What it is about"),
    "locale": _l("Language"),
    "starts_at": _l("Time"),
    "minutes": _l("Minutes"),
    "timezone": _l("Time zone"),
    "place": _l("Place"),
    "link": _l("Link to join"),
    "capacity": _l("Places"),
    "trainer": _l("Trainer"),
    "reason": _l("Reason"),
    "participant": _l("Participant"),
    "recording_url": _l("Link to the recording"),
    "recording": _l("File"),
    "recording_minutes": _l("Length in minutes"),
    "notes": _l("Remarks"),
    "slots": _l("Times"),
    "country": _l("Public holidays of"),
    "from_on": _l("First day"),
    "until_on": _l("Last day"),
}

_TIME = {"fi": "H.mm"}


def when(starts_at: datetime, minutes: int, timezone: str) -> str:
    """Monday 9 March 2026, 10:00 to 11:00 Central European Standard Time: by the clock on which it was agreed."""
    zone = ZoneInfo(timezone)
    start = starts_at.astimezone(zone)
    end = (starts_at + timedelta(minutes=minutes)).astimezone(zone)
    locale = Locale.parse(current_locale())
    return _(
        "%(day)s, %(start)s to %(end)s %(zone)s",
        day=f"{format_weekday(start.date())} {start.year}",
        start=_clock(start),
        end=_clock(end),
        zone=dates.get_timezone_name(start, width="long", locale=locale),
    )


def start_of(starts_at: datetime, timezone: str) -> str:
    """Monday 9 March 2026, 10:00."""
    start = starts_at.astimezone(ZoneInfo(timezone))
    return f"{format_weekday(start.date())} {start.year}, {_clock(start)}"


def weekday_name(weekday: int) -> str:
    """Of 0 to 6 beginning with Monday, as it stands alone."""
    name = _weekday(weekday)
    return name[:1].upper() + name[1:]


def _weekday(weekday: int) -> str:
    """As it is written within a sentence."""
    return str(dates.get_day_names("wide", "stand-alone", Locale.parse(current_locale()))[weekday])


def times_of(slots: Iterable[Sequence[Any]]) -> str:
    """Monday 10:00, Wednesday 14:30."""
    return ", ".join(f"{_weekday(weekday)} {_at(clock)}" for weekday, clock in slots)


def _at(clock: str) -> str:
    hour, minute = clock.split(":")
    return _clock(datetime(2000, 1, 1, int(hour), int(minute), tzinfo=UTC))


def _clock(moment: datetime) -> str:
    code = current_locale()
    return str(dates.format_time(moment, _TIME.get(code, "HH:mm"), tzinfo=moment.tzinfo, locale=Locale.parse(code)))


def history_of(session: TrainingSession) -> list[Told]:
    """Newest first, in two queries."""
    return _told(entries_of(session), session.timezone)


def history_of_series(series: TrainingSeries) -> list[Told]:
    """Newest first, in two queries."""
    return _told(entries_of(series), series.timezone)


def _told(entries: Sequence[HistoryEntry], timezone: str) -> list[Told]:
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            _who(entry, names),
            words.of(entry.verb),
            [
                (
                    FIELDS[value.field],
                    _shown(value.field, value.old, timezone),
                    _shown(value.field, value.new, timezone),
                )
                for value in entry.values
                if value.field in FIELDS and entry.verb not in _BEGUN
            ],
            entry.verb in _STATES,
        )
        for entry in entries
    ]


_BEGUN = ("training.planned", "series.planned")
"""What was set when something began is on its page."""
_STATES = (*_BEGUN, "training.cancelled", "training.held", "series.ended")


def _shown(field: str, value: Any, timezone: str) -> Any:
    if not value:
        return value
    match field:
        case "starts_at":
            return start_of(datetime.fromisoformat(value), timezone)
        case "slots":
            return times_of(value)
        case "from_on" | "until_on":
            return format_date(date.fromisoformat(value))
    return value


def _who(entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.actor_kind == "visitor":
        return next((str(value.new) for value in entry.values if value.field == "_by" and value.new), "")
    return names.get(entry.actor_id or 0, "")
