"""A pause of everything that leaves the house: after a backup was restored, or because somebody asked for one.

A restored database does not know what was sent since the backup was made. So nothing leaves it until somebody has said
what is to become of the mails that waited then.
"""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, db


class PauseReason(enum.StrEnum):
    RESTORED = "restored"
    """A backup was put in place."""
    ASKED = "asked"
    """Somebody at the machine, or at the desk, wanted it."""


class OutboxPause(Base):
    """One pause. While one has not ended, the worker claims neither mails nor events."""

    __tablename__ = "outbox_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(20))
    begun_at: Mapped[datetime]
    backup_at: Mapped[datetime | None]
    """When the restored backup was made: what waited then may have been sent since."""
    ended_at: Mapped[datetime | None]


def standing() -> OutboxPause | None:
    """The pause that has not ended."""
    return db.session.scalar(
        sa.select(OutboxPause).where(OutboxPause.ended_at.is_(None)).order_by(OutboxPause.id).limit(1)
    )


def is_open() -> sa.ColumnElement[bool]:
    """For the statement that claims: nothing pauses. Asked by the database in the moment of the claim."""
    return ~sa.exists().where(OutboxPause.ended_at.is_(None))
