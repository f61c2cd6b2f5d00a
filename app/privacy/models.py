"""What a person asks about their data, and what went by itself."""

from __future__ import annotations

import enum
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.people.models import Person


class AskedFor(enum.StrEnum):
    """The rights a person may call upon (GDPR articles 15, 16, 17 and 21)."""

    COPY = "copy"
    CORRECTION = "correction"
    ERASURE = "erasure"
    OBJECTION = "objection"


class PrivacyState(enum.StrEnum):
    OPEN = "open"
    ERASING = "erasing"
    """Agreed to; the worker goes through all places."""
    GRANTED = "granted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class CameBy(enum.StrEnum):
    """How a request reached the vendor."""

    PAGE = "page"
    """The private page behind the link of a notice."""
    MAIL = "mail"
    PHONE = "phone"
    LETTER = "letter"


class PrivacyRequest(Base):
    """Somebody asks for a copy, a correction or the erasure of what is kept about them, or objects to it."""

    __tablename__ = "privacy_request"
    __table_args__ = (
        sa.Index("ix_privacy_request_queue", "state", "answer_by", "id"),
        sa.Index("ix_privacy_request_email", "email", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("D"))
    asked_for: Mapped[str] = mapped_column(sa.String(20))
    state: Mapped[str] = mapped_column(sa.String(20), default=PrivacyState.OPEN)
    email: Mapped[str] = mapped_column(sa.String(254))
    """The address that proved to be theirs, by the private link sent to it; or that staff typed."""
    name: Mapped[str] = mapped_column(sa.String(200))
    locale: Mapped[str] = mapped_column(sa.String(5))
    country: Mapped[str] = mapped_column(sa.String(2), default="")
    """Of the company they are the contact person of, which says who supervises; empty when nobody knows."""
    came_by: Mapped[str] = mapped_column(sa.String(10), default=CameBy.PAGE)
    text: Mapped[str | None] = mapped_column(sa.Text)
    """In their own words: what is wrong, why they object."""
    notice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("privacy_notice.id"))
    """The notice whose private page was used; none when staff filed the request."""
    filed_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer_by: Mapped[datetime]
    """One month after it came in, three when it was extended (article 12)."""
    extended_at: Mapped[datetime | None]
    extension: Mapped[str | None] = mapped_column(sa.Text)
    """Why it takes two months more; the person reads it."""
    created_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    answer: Mapped[str | None] = mapped_column(sa.Text)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """What an erasure erased and kept: counts by kind, without a word of content."""
    version: Mapped[int] = mapped_column(default=1)

    decided_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[decided_by_id])


class RetentionRun(Base):
    """What one retention rule found on one day: first only counted, and erased a day later at the earliest."""

    __tablename__ = "retention_run"
    __table_args__ = (sa.UniqueConstraint("rule", "day"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    day: Mapped[date]
    days: Mapped[int]
    """The period that held then: a changed one is counted first again."""
    found: Mapped[int]
    erased: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime]


class RetentionPeriod(Base):
    """A period that an administrator chose; a rule without one has its default."""

    __tablename__ = "retention_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    rule: Mapped[str] = mapped_column(sa.String(40), unique=True)
    days: Mapped[int]


class ErasureState(enum.StrEnum):
    ERASING = "erasing"
    """The worker goes through all places."""
    ANSWERING = "answering"
    """Everything is erased but the mail that says so."""
    DONE = "done"


class Erasure(Base):
    """A person's data goes from every place. Whoever is killed in between has done whole steps; the next one goes on.

    While it lasts, `whom` holds who is looked for, encrypted. Afterwards only a keyed digest of the address is left:
    enough to say, to somebody who names it, that it was erased and when.
    """

    __tablename__ = "erasure"
    __table_args__ = (sa.Index("ix_erasure_work", "state", "lease_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("X"))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    """Keyed, of the address that was asked for."""
    state: Mapped[str] = mapped_column(sa.String(20), default=ErasureState.ERASING)
    whom: Mapped[str | None] = mapped_column(sa.Text)
    place: Mapped[int] = mapped_column(default=0)
    """How many tables are done in this round."""
    round: Mapped[int] = mapped_column(default=1)
    """It goes through everything again until it finds nothing."""
    hits: Mapped[int] = mapped_column(default=0)
    """What this round found."""
    erased: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """Kind -> how many records, without a word of content."""
    kept: Mapped[dict[str, Any]] = mapped_column(sa.JSON, default=dict)
    """`table.column` -> in how many rows something stays."""
    request_id: Mapped[int | None] = mapped_column(sa.ForeignKey("privacy_request.id"), index=True)
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_until: Mapped[datetime | None]


class PersonLook(Base):
    """Staff look up what is held about a person: the worker counts it table by table. It is gone after a day."""

    __tablename__ = "person_look"
    __table_args__ = (sa.Index("ix_person_look_work", "ended_at", "lease_until"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("K"))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    """Keyed, of the address that is looked for."""
    whom: Mapped[str] = mapped_column(sa.Text)
    """The address, then everything by which the person is recognised; encrypted."""
    place: Mapped[int] = mapped_column(default=0)
    """How many tables are counted."""
    found: Mapped[list[Any]] = mapped_column(sa.JSON, default=list)
    """[table, own, named, {column: rows in which something stays}] for each table that holds anything: counts only."""
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(80))
    lease_until: Mapped[datetime | None]
