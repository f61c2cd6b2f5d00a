"""Sessions as iCalendar (RFC 5545, RFC 5546): invitations, cancellations, files and feeds.

One session is one entry for ever: its UID stays, SEQUENCE rises with each change, and times stand in the zone on whose
clock they were agreed, with that zone's rules beside them, so that a change of the clocks moves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vDuration, vText

from app.core.i18n import _
from app.outbox.mail import CalendarPart, Recipient
from app.settings.models import vendor
from app.trainings.models import SessionState, TrainingSession

ALARMS = (timedelta(days=1), timedelta(minutes=15))
"""How long before it a participant's calendar reminds."""
REFRESH = timedelta(hours=1)
"""How often a calendar program is asked to look at a feed again."""


@dataclass(frozen=True)
class Entry:
    """A session as calendars know it."""

    uid: str
    sequence: int
    title: str
    about: str
    starts_at: datetime
    minutes: int
    timezone: str
    place: str
    link: str
    trainer: str
    changed_at: datetime
    """DTSTAMP: of two entries with the same SEQUENCE the later one counts."""
    cancelled: bool = False


@dataclass(frozen=True)
class Day:
    """Something of a whole day, such as the deadline of a task."""

    uid: str
    on: date
    title: str
    url: str
    changed_at: datetime


def entry_of(session: TrainingSession) -> Entry:
    """Of a session whose trainer is loaded."""
    return Entry(
        session.uid,
        session.sequence,
        session.title,
        session.about,
        session.starts_at,
        session.minutes,
        session.timezone,
        session.place,
        session.link,
        session.trainer.name if session.trainer else "",
        session.updated_at,
        session.state == SessionState.CANCELLED,
    )


def invitation(entry: Entry, to: Recipient, reason: str = "") -> CalendarPart:
    """What one participant's calendar is asked: to take the entry in, to change it, or to take it out. Nobody reads
    there who else takes part."""
    method = "CANCEL" if entry.cancelled else "REQUEST"
    event = _event(entry, reason)
    us = vendor()
    organizer = vCalAddress(f"mailto:{us.contact_email}")
    organizer.params["CN"] = _name(us.name)
    event["organizer"] = organizer
    attendee = vCalAddress(f"mailto:{to.email}")
    attendee.params["CN"] = _name(to.name)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("NEEDS-ACTION")
    attendee.params["RSVP"] = vText("FALSE")  # nobody reads the answers of calendar programs
    event.add("attendee", attendee, encode=False)
    if not entry.cancelled:
        for before in ALARMS:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", entry.title)
            alarm.add("trigger", -before)
            event.add_component(alarm)
    return CalendarPart(method, _written([event], method))


def _name(name: str) -> vText:
    """Quotation marks cannot stand in a parameter, and few programs know their circumscription (RFC 6868)."""
    return vText(name.replace('"', "'").replace("^", ""))


def file_of(entry: Entry) -> bytes:
    """The session as a file to open with a calendar program."""
    return _written([_event(entry)], "PUBLISH")


def feed(name: str, entries: Sequence[Entry], days: Iterable[Day] = ()) -> bytes:
    """Everything that a calendar program reads at a private address."""
    return _written([*map(_event, entries), *map(_whole_day, days)], "PUBLISH", name)


def _event(entry: Entry, reason: str = "") -> Event:
    zone = ZoneInfo(entry.timezone)
    event = Event()
    event.add("uid", entry.uid)
    event.add("sequence", entry.sequence)
    event.add("dtstamp", entry.changed_at)
    event.add("last-modified", entry.changed_at)
    event.add("dtstart", entry.starts_at.astimezone(zone))
    event.add("dtend", (entry.starts_at + timedelta(minutes=entry.minutes)).astimezone(zone))
    event.add("summary", entry.title)
    if words := _words(entry, reason):
        event.add("description", words)
    if entry.place or entry.link:
        event.add("location", entry.place or entry.link)
    if entry.link:
        event.add("url", entry.link)
    event.add("status", "CANCELLED" if entry.cancelled else "CONFIRMED")
    event.add("transp", "OPAQUE")
    return event


def _words(entry: Entry, reason: str) -> str:
    parts = [
        reason,
        entry.about,
        _("Trainer: %(name)s", name=entry.trainer) if entry.trainer else "",
        _("Join here: %(link)s", link=entry.link) if entry.link else "",
    ]
    return "\n\n".join(part for part in parts if part)


def _whole_day(day: Day) -> Event:
    event = Event()
    event.add("uid", day.uid)
    event.add("dtstamp", day.changed_at)
    event.add("dtstart", day.on)
    event.add("dtend", day.on + timedelta(days=1))
    event.add("summary", day.title)
    if day.url:
        event.add("url", day.url)
    event.add("transp", "TRANSPARENT")
    return event


def _written(events: Sequence[Event], method: str, name: str = "") -> bytes:
    calendar = Calendar()
    calendar.add("prodid", "-//Gangway//Trainings//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method)
    if name:
        calendar.add("name", name)
        calendar.add("x-wr-calname", name)
        for key, values in (("refresh-interval", {"VALUE": "DURATION"}), ("x-published-ttl", {})):
            calendar.add(key, vDuration(REFRESH), parameters=values)
    for event in events:
        calendar.add_component(event)
    starts = [_day(event) for event in events]
    if starts:
        calendar.add_missing_timezones(
            first_date=date(min(starts).year - 1, 1, 1), last_date=date(max(starts).year + 2, 1, 1)
        )
        for zone in calendar.timezones:
            for part in zone.subcomponents:
                _at_its_onset(part)
    return bytes(calendar.to_ical())


def _at_its_onset(part: Any) -> None:
    """Clocks that go forward do so at a time by the clock before it (RFC 5545, 3.6.5); the library writes the one
    after."""
    gained = part.decoded("tzoffsetto") - part.decoded("tzoffsetfrom")
    if gained <= timedelta():
        return
    part["dtstart"].dt -= gained
    dates = part.get("rdate", [])
    for listed in dates if isinstance(dates, list) else [dates]:
        for one in listed.dts:
            one.dt -= gained


def _day(event: Event) -> date:
    start: Any = event.decoded("dtstart")
    return start.date() if isinstance(start, datetime) else start
