"""Calendar entries: read back with the library, with another's reader of time zones, and line by line (RFC 5545)."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dateutil.tz import tzical
from icalendar import Calendar, Event

from app.core.i18n import in_locale
from app.outbox.mail import Recipient
from app.trainings import emails, ical
from app.trainings.ical import Day, Entry
from app.trainings.models import Attendance
from app.trainings.service import sessions
from tests.sentences import a_staff_member
from tests.trainings.sentences import a_session, somebody

pytestmark = pytest.mark.usefixtures("context")

JAN = Recipient("jan@quillmark.example", 'Jan "Wit"; Żak, zoon', "en")


def an_entry(**values: object) -> Entry:
    begins = datetime(2026, 3, 9, 9, 0, tzinfo=UTC)
    known = {
        "uid": "S-1@brimora.example",
        "sequence": 2,
        "title": "Klantenregister; deel één, " + "ą" * 90,
        "about": "Line one\nLine two, with \\ and ;",
        "starts_at": begins,
        "minutes": 90,
        "timezone": "Europe/Amsterdam",
        "place": "Keizersgracht 1, Amsterdam",
        "link": "https://meet.brimora.example/x?a=1&b=2",
        "trainer": "Dana Kellerman",
        "changed_at": begins - timedelta(days=3),
    }
    return Entry(**{**known, **values})  # type: ignore[arg-type]  # as the fields say


def read(body: bytes) -> tuple[Calendar, Event]:
    lines_are_right(body)
    calendar = Calendar.from_ical(body)
    assert isinstance(calendar, Calendar)
    return calendar, calendar.events[0]


def lines_are_right(body: bytes) -> None:
    """Every line ends by CRLF, none has more than 75 octets, each is UTF-8 by itself, and begins and ends match."""
    assert body.endswith(b"\r\n")
    lines = body[:-2].split(b"\r\n")
    for line in lines:
        assert len(line) <= 75
        assert b"\n" not in line
        assert b"\r" not in line
        line.decode()
    whole = body.replace(b"\r\n ", b"").decode().split("\r\n")[:-1]
    inside = []
    for line in whole:
        assert re.match(r'[A-Z-]+(;[A-Z-]+=("[^"]*"|[^";:,]*))*:', line), line
        name, _colon, value = line.partition(":")
        if name == "BEGIN":
            inside.append(value)
        elif name == "END":
            assert inside.pop() == value
    assert inside == []


def test_an_invitation_asks_one_reader_and_names_nobody_else() -> None:
    part = ical.invitation(an_entry(), JAN)
    calendar, event = read(part.body)
    assert (part.method, calendar["method"], calendar["version"]) == ("REQUEST", "REQUEST", "2.0")
    assert (event["uid"], event["sequence"], event["status"]) == ("S-1@brimora.example", 2, "CONFIRMED")
    assert str(event["summary"]) == an_entry().title
    assert str(event["attendee"]) == "mailto:jan@quillmark.example"
    assert event["attendee"].params["CN"] == "Jan 'Wit'; Żak, zoon"
    assert str(event["organizer"]).startswith("mailto:")
    assert str(event["location"]) == "Keizersgracht 1, Amsterdam"
    assert str(event["url"]) == an_entry().link
    assert "Line two, with \\ and ;" in str(event["description"])
    assert [alarm.decoded("trigger") for alarm in event.walk("VALARM")] == [-timedelta(days=1), -timedelta(minutes=15)]


def test_a_cancellation_takes_the_same_entry_out() -> None:
    part = ical.invitation(an_entry(cancelled=True, sequence=3), JAN, "The trainer is ill.")
    calendar, event = read(part.body)
    assert (part.method, calendar["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCEL", "CANCELLED", 3)
    assert event["uid"] == "S-1@brimora.example"
    assert not event.walk("VALARM")
    assert "The trainer is ill." in str(event["description"])


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Europe/Helsinki", "Europe/Warsaw", "America/New_York", "UTC"])
@pytest.mark.parametrize("day", [date(2026, 3, 28), date(2026, 3, 29), date(2026, 7, 1), date(2026, 10, 25)])
def test_times_hold_when_the_clocks_change(zone: str, day: date) -> None:
    """By the zone's rules in the file, read by dateutil, and by the library."""
    local = datetime(day.year, day.month, day.day, 10, 0, tzinfo=ZoneInfo(zone))
    part = ical.invitation(an_entry(starts_at=local.astimezone(UTC), timezone=zone), JAN)
    _calendar, event = read(part.body)
    assert event.decoded("dtstart").astimezone(UTC) == local.astimezone(UTC)
    assert event.decoded("dtend") - event.decoded("dtstart") == timedelta(minutes=90)
    if zone == "UTC":
        return
    assert event["dtstart"].params["TZID"] == zone
    text = part.body.replace(b"\r\n ", b"").decode()
    rules = "".join(re.findall(r"BEGIN:VTIMEZONE.*?END:VTIMEZONE\r\n", text, re.DOTALL))
    theirs = tzical(io.StringIO(rules.replace("\r\n", "\n"))).get(zone)
    assert theirs is not None
    for hour in range(24):
        moment = datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC)
        ours = moment.astimezone(ZoneInfo(zone))
        if ours.fold or ours.replace(fold=1).utcoffset() != ours.utcoffset():
            continue  # an hour that comes twice: a wall clock cannot tell
        assert ours.replace(tzinfo=theirs).utcoffset() == ours.utcoffset(), (zone, ours)


def test_a_feed_holds_sessions_and_days() -> None:
    day = Day("T-1@tasks", date(2026, 3, 12), "Due: Design, Quillmark", "http://localhost/x", datetime.now(UTC))
    body = ical.feed("Trainings: Brimora", [an_entry(), an_entry(uid="S-2@brimora.example")], [day])
    calendar, _event = read(body)
    assert [event["uid"] for event in calendar.events] == ["S-1@brimora.example", "S-2@brimora.example", "T-1@tasks"]
    assert calendar.events[2].decoded("dtstart") == date(2026, 3, 12)
    assert str(calendar["x-wr-calname"]) == "Trainings: Brimora"
    assert len(calendar.timezones) == 1
    assert ical.feed("Trainings: Brimora", [an_entry()]) == ical.feed("Trainings: Brimora", [an_entry()])
    lines_are_right(ical.feed("Nothing yet", []))


def test_a_mail_speaks_the_readers_language_and_a_repeat_says_the_same() -> None:
    mail = emails.SessionInvitation.sample()
    with in_locale("en"):
        first, again = mail.calendar(JAN), mail.calendar(JAN)
    assert first == again
    assert first is not None
    _calendar, event = read(first.body)
    assert event.decoded("dtstamp") == mail.told_at


def test_one_session_keeps_its_uid_through_everything() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    jan = sessions.add(session.id, somebody("Jan Wit"), by)
    uid = session.uid
    sessions.withdraw(session.id, jan.id, by)
    sessions.cancel(session.id, "Over.", by)
    assert (session.uid, session.sequence) == (uid, 2)
    assert jan.attendance == Attendance.WITHDRAWN
