"""Which digests went out."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class Digest(Base):
    """One monthly digest for one membership: the key keeps it from going out twice."""

    __tablename__ = "digest"

    membership_id: Mapped[int] = mapped_column(sa.ForeignKey("membership.id"), primary_key=True)
    month: Mapped[str] = mapped_column(sa.String(7), primary_key=True)
    """The month it tells of, such as 2026-10."""
    queued_at: Mapped[datetime]
    mailed: Mapped[bool]
    """False when there was nothing to tell."""


class TaskDigest(Base):
    """One digest of tasks for one address and day: the key keeps a second from going out (I10)."""

    __tablename__ = "task_digest"

    reader: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    """Keyed digest of the address."""
    day: Mapped[date] = mapped_column(primary_key=True)
    """As the reader's calendar has it."""
    queued_at: Mapped[datetime]
    mailed: Mapped[bool]
    """False when there was nothing to tell."""
