"""Mails to participants, each with an entry for their calendar: invited, changed, cancelled."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Self

from app.outbox.mail import CalendarPart, Mail, Recipient
from app.trainings import ical
from app.trainings.ical import Entry


@dataclass(frozen=True)
class _OfSession:
    """What each of them says."""

    session_ref: str
    uid: str
    sequence: int
    title: str
    about: str
    trainer: str
    starts_at: datetime
    minutes: int
    timezone: str
    place: str
    link: str
    reason: str
    told_at: datetime
    """When it was queued: DTSTAMP of the entry, also of one that is sent again."""

    def _part(self, to: Recipient, *, cancelled: bool) -> CalendarPart:
        entry = Entry(
            self.uid,
            self.sequence,
            self.title,
            self.about,
            self.starts_at,
            self.minutes,
            self.timezone,
            self.place,
            self.link,
            self.trainer,
            self.told_at,
            cancelled,
        )
        return ical.invitation(entry, to, self.reason)


_SAMPLE: dict[str, Any] = {
    "session_ref": "S-7K3F9Q2M",
    "uid": "S-7K3F9Q2M@brimora.example",
    "sequence": 1,
    "title": "Working with customers",
    "about": "How customers, requests and appointments are kept.",
    "trainer": "Dana Kellerman",
    "starts_at": datetime(2026, 3, 9, 9, 0, tzinfo=UTC),
    "minutes": 60,
    "timezone": "Europe/Amsterdam",
    "place": "Keizersgracht 1, Amsterdam",
    "link": "https://meet.brimora.example/7k3f9q2m",
    "reason": "",
    "told_at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
}


@dataclass(frozen=True)
class SessionInvitation(_OfSession, Mail):
    """To somebody who takes part from now on."""

    template = "session_invitation"

    def calendar(self, to: Recipient) -> CalendarPart | None:
        return self._part(to, cancelled=False)

    @classmethod
    def sample(cls) -> Self:
        return cls(**_SAMPLE)


@dataclass(frozen=True)
class SessionChanged(_OfSession, Mail):
    """To those who take part: another time, place, link or trainer. `was_at` is the former time, if that changed."""

    template = "session_changed"

    was_at: datetime | None
    was_minutes: int

    def calendar(self, to: Recipient) -> CalendarPart | None:
        return self._part(to, cancelled=False)

    @classmethod
    def sample(cls) -> Self:
        return cls(
            **{**_SAMPLE, "reason": "The trainer is travelling that morning."},
            was_at=datetime(2026, 3, 6, 13, 30, tzinfo=UTC),
            was_minutes=60,
        )


@dataclass(frozen=True)
class SessionCancelled(_OfSession, Mail):
    """To those who were invited: it does not take place, or (`for_all` False) this reader takes part no longer."""

    template = "session_cancelled"

    for_all: bool

    def calendar(self, to: Recipient) -> CalendarPart | None:
        return self._part(to, cancelled=True)

    @classmethod
    def sample(cls) -> Self:
        return cls(**{**_SAMPLE, "reason": "The trainer is ill. We propose another day this week."}, for_all=True)
