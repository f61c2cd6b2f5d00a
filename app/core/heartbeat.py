"""The worker's sign of life, in the database, so that any web process on any machine can tell."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, db, write

EVERY = timedelta(seconds=15)
MISSED_AFTER = timedelta(seconds=60)


class Heartbeat(Base):
    """When a worker was last seen. One row for each worker name."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    at: Mapped[datetime]


def beat(name: str) -> None:
    """Says that `name` is alive, and forgets those who have been silent for a day."""
    with write():
        db.session.merge(Heartbeat(name=name, at=now()))
        db.session.execute(sa.delete(Heartbeat).where(Heartbeat.at < now() - timedelta(days=1)))


def stop(name: str) -> None:
    """Says that `name` has left in good order."""
    with write():
        db.session.execute(sa.delete(Heartbeat).where(Heartbeat.name == name))


def last_seen() -> datetime | None:
    """The latest sign of any worker."""
    return db.session.scalar(sa.select(sa.func.max(Heartbeat.at)))


def is_alive(seen: datetime | None) -> bool:
    """Whether a worker seen then counts as running. A clock that was set back does not make it dead."""
    return seen is not None and abs(now() - seen) < MISSED_AFTER
