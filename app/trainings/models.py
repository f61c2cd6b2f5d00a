"""A session is one meeting at one time; people take part in it. Plans say which training a session is for (I9)."""

from __future__ import annotations

import enum
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.db import Base, new_ref
from app.documents.models import Upload
from app.people.models import Person


class SessionState(enum.StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Attendance(enum.StrEnum):
    INVITED = "invited"
    ATTENDED = "attended"
    MISSED = "missed"
    WITHDRAWN = "withdrawn"
    """Taken off the list before it was held; the row stays so that the calendar entry can be cancelled."""


class TrainingSeries(Base):
    """Sessions held every week for everybody, such as a webinar: the next weeks of them are planned by themselves (C3).
    Public holidays of its country are left out."""

    __tablename__ = "training_series"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("SW"))
    title: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.Text, default="")
    locale: Mapped[str] = mapped_column(sa.String(5))
    country: Mapped[str] = mapped_column(sa.String(2))
    timezone: Mapped[str] = mapped_column(sa.String(60))
    slots: Mapped[list[Any]] = mapped_column(sa.JSON)
    """[weekday 0 to 6 beginning with Monday, "HH:MM" on the clocks of `timezone`], in the order of the week."""
    minutes: Mapped[int]
    capacity: Mapped[int]
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    link: Mapped[str] = mapped_column(sa.String(1000), default="")
    trainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day on which one is held; None while nobody said."""
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    trainer: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[trainer_id])


class TrainingSession(Base):
    """One meeting: a training, a kick-off, a webinar."""

    __tablename__ = "training_session"
    __table_args__ = (
        sa.Index("ix_training_session_starts", "starts_at", "id"),
        sa.Index("ix_training_session_changed", "updated_at", "id"),
        sa.Index("ix_training_session_trainer", "trainer_id", "starts_at"),
        sa.Index("uq_training_session_slot", "series_id", "slot_at", unique=True),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("S"))
    uid: Mapped[str] = mapped_column(sa.String(80), unique=True)
    """Of the calendar entry: the same for ever, whatever moves."""
    sequence: Mapped[int] = mapped_column(default=0)
    """Rises with each change of time, place, title or state, as RFC 5545 asks."""
    title: Mapped[str] = mapped_column(sa.String(200))
    about: Mapped[str] = mapped_column(sa.Text, default="")
    locale: Mapped[str] = mapped_column(sa.String(5))
    """In which language it is held."""
    state: Mapped[str] = mapped_column(sa.String(20), default=SessionState.PLANNED)
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    timezone: Mapped[str] = mapped_column(sa.String(60))
    """In which it was agreed, and in which invitations and pages show it."""
    place: Mapped[str] = mapped_column(sa.String(300), default="")
    link: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Where to join from afar."""
    capacity: Mapped[int | None]
    trainer_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    series_id: Mapped[int | None] = mapped_column(sa.ForeignKey("training_series.id"))
    slot_at: Mapped[datetime | None]
    """The moment for which its series planned it, wherever it was moved since."""
    reason: Mapped[str] = mapped_column(sa.String(1000), default="")
    """Why it was cancelled or moved, as the participants read it."""
    recording_url: Mapped[str] = mapped_column(sa.String(1000), default="")
    recording_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    recording_minutes: Mapped[int | None]
    notes: Mapped[str] = mapped_column(sa.Text, default="")
    """What staff want to remember of it; customers never see it."""
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one session."""
    created_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")
    """Reference, title and place, folded."""

    trainer: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[trainer_id])
    series: Mapped[TrainingSeries | None] = relationship(lazy="raise")
    recording: Mapped[Upload | None] = relationship(lazy="raise")
    participants: Mapped[list[Participant]] = relationship(
        lazy="raise", order_by="Participant.id", back_populates="session"
    )

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @hybrid_property
    def is_coming(self) -> bool:
        """Planned, and it has not begun. Of a row, and of rows in a query."""
        return self.state == SessionState.PLANNED and self.starts_at > now()

    @is_coming.inplace.expression
    @classmethod
    def _is_coming(cls) -> sa.ColumnElement[bool]:
        return sa.and_(cls.state == SessionState.PLANNED, cls.starts_at > now())


class Participant(Base):
    """Somebody who takes part in a session, known by an address."""

    __tablename__ = "participant"
    __table_args__ = (
        sa.UniqueConstraint("session_id", "email"),
        sa.Index("ix_participant_email", "email"),
        sa.Index("ix_participant_account", "account_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(sa.ForeignKey("training_session.id"))
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """The customer for whom they come; nobody for the vendor's own people."""
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    name: Mapped[str] = mapped_column(sa.String(200))
    email: Mapped[str] = mapped_column(sa.String(254))
    locale: Mapped[str] = mapped_column(sa.String(5))
    attendance: Mapped[str] = mapped_column(sa.String(20), default=Attendance.INVITED)
    told_sequence: Mapped[int | None]
    """The calendar entry as it was last mailed to them; None while they got none."""
    added_at: Mapped[datetime]

    session: Mapped[TrainingSession] = relationship(back_populates="participants", lazy="raise")


class CalendarFeed(Base):
    """A private address at which a calendar program reads sessions. It works by itself and can be withdrawn."""

    __tablename__ = "calendar_feed"
    __table_args__ = (sa.Index("ix_calendar_feed_person", "person_id"), sa.Index("ix_calendar_feed_email", "email"))

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    """Of one of the staff: the sessions that person holds."""
    team: Mapped[bool] = mapped_column(default=False)
    """All sessions; `person_id` is who made it."""
    email: Mapped[str | None] = mapped_column(sa.String(254))
    """Of a participant: the sessions of this address ..."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """... at this customer."""
    organisation_id: Mapped[int | None] = mapped_column(sa.ForeignKey("organisation.id"))
    locale: Mapped[str] = mapped_column(sa.String(5))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
