"""Entries and their values; the head of the chain.

An entry says who did what to which record, and holds salted digests of the values. The values stand apart, so that a
person's data can be erased without breaking the chain.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.core.db import Base


class HistoryEntry(Base):
    """One change of one record. `number` counts within the record; `seal_number` within the chain."""

    __tablename__ = "history_entry"
    __table_args__ = (
        sa.UniqueConstraint("record_type", "record_id", "number"),
        sa.Index(
            "ix_history_entry_unsealed",
            "id",
            sqlite_where=sa.text("seal IS NULL"),
            postgresql_where=sa.text("seal IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    record_type: Mapped[str] = mapped_column(sa.String(40))
    record_id: Mapped[int]
    number: Mapped[int]
    at: Mapped[datetime]
    verb: Mapped[str] = mapped_column(sa.String(60))
    actor_kind: Mapped[str] = mapped_column(sa.String(20))
    """person, visitor or system"""
    actor_id: Mapped[int | None] = mapped_column(index=True)
    """The person, when one was signed in. No foreign key: an erased person leaves the entry standing."""
    digests: Mapped[dict[str, Any]] = mapped_column(sa.JSON)
    stamp: Mapped[str] = mapped_column(sa.String(64))
    """A keyed digest of the entry by itself: a change shows even before the entry is sealed."""
    seal_number: Mapped[int | None] = mapped_column(unique=True)
    seal: Mapped[str | None] = mapped_column(sa.String(64))

    values: Mapped[list[HistoryValue]] = relationship(
        back_populates="entry", order_by="HistoryValue.id", lazy="raise", cascade="save-update, merge"
    )


class HistoryValue(Base):
    """What a field was and became, as shown to people; erasable."""

    __tablename__ = "history_value"
    __table_args__ = (sa.UniqueConstraint("entry_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    entry_id: Mapped[int] = mapped_column(sa.ForeignKey("history_entry.id"))
    field: Mapped[str] = mapped_column(sa.String(60))
    old: Mapped[Any] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    new: Mapped[Any] = mapped_column(sa.JSON(none_as_null=True), nullable=True)
    salt: Mapped[str] = mapped_column(sa.String(32))
    """Random; in an erased value a keyed digest of the erasure, so that nobody else can make a value look erased."""
    erased_at: Mapped[datetime | None]

    entry: Mapped[HistoryEntry] = relationship(back_populates="values", lazy="raise")


class HistoryHead(Base):
    """Where the chain ends: its length and last seal, itself under a keyed digest, so that a cut-off tail shows."""

    __tablename__ = "history_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    length: Mapped[int]
    seal: Mapped[str] = mapped_column(sa.String(64))
    proof: Mapped[str] = mapped_column(sa.String(64))


class HistoryCheck(Base):
    """What the nightly check of the whole history found."""

    __tablename__ = "history_check"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)
    sealed: Mapped[int]
    unsealed: Mapped[int]
    faults: Mapped[list[str]]
