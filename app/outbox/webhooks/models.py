"""An address that is told of events, the events that wait for it or reached it, and what happened at each attempt."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.clock import now
from app.core.db import Base, new_ref
from app.outbox.queue import QUEUED, SENDING, Queued


class WebhookState(enum.StrEnum):
    ON = "on"
    PAUSED = "paused"
    """Staff stopped it: events gather and wait."""
    OFF = "off"
    """It failed for days, or said that it is gone: events gather, and an inbox item asks for a decision."""
    REMOVED = "removed"
    """Kept for the history alone."""


class Webhook(Base):
    """One address of another system, and which events it is told of."""

    __tablename__ = "outbox_webhook"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("WH"))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    url: Mapped[str] = mapped_column(sa.String(300))
    description: Mapped[str] = mapped_column(sa.String(120))
    events: Mapped[list[str]]
    """Types such as `lead.accepted`, or `lead.*` for all events of leads."""
    secret: Mapped[str | None] = mapped_column(sa.Text)
    """With which messages are signed, encrypted; none once the address was removed."""
    shown_at: Mapped[datetime | None]
    """When the secret was shown: it is shown once."""
    former_secret: Mapped[str | None] = mapped_column(sa.Text)
    """Signs as well until `former_until`, so that the receiver can change over without missing anything."""
    former_until: Mapped[datetime | None]

    state: Mapped[str] = mapped_column(sa.String(20), default=WebhookState.ON)
    failures: Mapped[int] = mapped_column(default=0)
    """In a row, since the last message that arrived."""
    failing_since: Mapped[datetime | None]
    rests_until: Mapped[datetime | None]
    """Nothing is sent before: an address that does not answer is not asked for each event."""
    off_at: Mapped[datetime | None]

    def former_counts(self) -> bool:
        """Whether the former secret still signs."""
        return self.former_secret is not None and self.former_until is not None and self.former_until > now()


class DeliveryState(enum.StrEnum):
    QUEUED = QUEUED
    SENDING = SENDING
    DELIVERED = "delivered"
    FAILED = "failed"
    """Given up."""


def new_delivery_ref() -> str:
    """Longer than other references: there are many, and two alike would take back somebody's change."""
    return new_ref("EV", 20)


class Delivery(Queued, Base):
    """One event for one address. The message is made of these columns, so it is the same at each attempt."""

    __tablename__ = "outbox_delivery"
    __table_args__ = (
        sa.Index("ix_outbox_delivery_due", "state", "next_attempt_at"),
        sa.Index("ix_outbox_delivery_of", "webhook_id", "created_at", "id"),
        sa.Index("ix_outbox_delivery_created", "created_at", "id"),
    )

    ref: Mapped[str] = mapped_column(sa.String(30), unique=True, default=new_delivery_ref)
    """The `webhook-id`: a receiver knows a message by it that comes twice."""
    webhook_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox_webhook.id"))
    created_at: Mapped[datetime]
    """When it happened."""
    type: Mapped[str] = mapped_column(sa.String(80))
    kind: Mapped[str] = mapped_column(sa.String(30))
    record_ref: Mapped[str] = mapped_column(sa.String(40))
    record_version: Mapped[int | None]
    delivered_at: Mapped[datetime | None]

    webhook: Mapped[Webhook] = relationship(lazy="raise")
    log: Mapped[list[DeliveryAttempt]] = relationship(
        order_by="DeliveryAttempt.id", lazy="raise", back_populates="delivery"
    )

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens to it by itself."""
        return self.state in (DeliveryState.DELIVERED, DeliveryState.FAILED)


class DeliveryAttempt(Base):
    """One try: when, and what the other system answered."""

    __tablename__ = "outbox_delivery_attempt"

    id: Mapped[int] = mapped_column(primary_key=True)
    delivery_id: Mapped[int] = mapped_column(sa.ForeignKey("outbox_delivery.id"), index=True)
    at: Mapped[datetime]
    outcome: Mapped[str] = mapped_column(sa.String(20))
    """delivered, refused, unreachable, private, unreadable"""
    status: Mapped[int | None]
    answer: Mapped[str] = mapped_column(sa.Text, default="")
    """The beginning of what was answered, or why nothing was."""

    delivery: Mapped[Delivery] = relationship(back_populates="log", lazy="raise")
