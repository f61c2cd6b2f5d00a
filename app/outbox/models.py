"""The mail row, its states, and what happened at each attempt."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base, new_ref
from app.outbox.queue import QUEUED, SENDING, Queued


class MailState(enum.StrEnum):
    QUEUED = QUEUED
    SENDING = SENDING
    SENT = "sent"
    SHOWN = "shown"
    """Demo mode without a mail server: readable at the desk instead."""
    FAILED = "failed"
    """Given up, or it could not be rendered: an inbox item until someone resends or sets it aside."""
    BOUNCED = "bounced"
    """Accepted by the server, then returned."""
    SET_ASIDE = "set_aside"
    """Failed or bounced, and staff decided to leave it."""


class MailRow(Queued, Base):
    """One mail to one person. `args` are frozen values; text and HTML are rendered at the first claim."""

    __tablename__ = "outbox_mail"
    __table_args__ = (
        sa.Index("ix_outbox_mail_due", "state", "next_attempt_at"),
        sa.Index("ix_outbox_mail_conversation", "conversation", "id"),
        sa.Index("ix_outbox_mail_created", "created_at", "id"),
    )

    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("M"))
    created_at: Mapped[datetime]
    template: Mapped[str] = mapped_column(sa.String(60))
    args: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    locale: Mapped[str] = mapped_column(sa.String(5))
    to_email: Mapped[str] = mapped_column(sa.String(254), index=True)
    to_name: Mapped[str] = mapped_column(sa.String(200))
    person_id: Mapped[int | None] = mapped_column(index=True)
    reply_to: Mapped[str | None] = mapped_column(sa.String(254))
    conversation: Mapped[str] = mapped_column(sa.String(80))
    """Mails of one conversation arrive in the order they were written, for example `lead:L-7K3F9Q2M`."""
    secret: Mapped[str | None] = mapped_column(sa.Text)
    """The link's token, encrypted; blanked once sent."""

    message_id: Mapped[str] = mapped_column(sa.String(200), unique=True)
    """One for ever: a mail sent twice after a crash is recognised by the reader's mail program."""
    subject: Mapped[str | None] = mapped_column(sa.Text)
    text: Mapped[str | None] = mapped_column(sa.Text)
    html: Mapped[str | None] = mapped_column(sa.Text)
    calendar: Mapped[str | None] = mapped_column(sa.Text)
    """An entry for the reader's calendar, as iCalendar, rendered with the words; most mails bring none."""
    sent_at: Mapped[datetime | None]
    last_error: Mapped[str | None] = mapped_column(sa.Text)
    """What the mail server, or the template, said last; for the desk."""
    search: Mapped[str] = mapped_column(sa.Text, default="")
    """Address, name and subject, folded; filled when the mail is rendered."""
    resend_of_id: Mapped[int | None] = mapped_column(sa.ForeignKey("outbox_mail.id"))

    @property
    def needs_somebody(self) -> bool:
        """Whether it waits at the desk for a decision: send again, or set aside."""
        return self.state in (MailState.FAILED, MailState.BOUNCED)

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state not in (MailState.QUEUED, MailState.SENDING)

    log: Mapped[list[MailAttempt]] = relationship(order_by="MailAttempt.id", lazy="raise", back_populates="mail")


class MailAttempt(Base):
    """One try: when, and what the mail server said."""

    __tablename__ = "outbox_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox_mail.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(sa.String(20))
    """sent, shown, deferred, refused, unreachable, unrenderable, bounced"""
    detail: Mapped[str] = mapped_column(sa.Text, default="")

    mail: Mapped[MailRow] = relationship(back_populates="log", lazy="raise")
