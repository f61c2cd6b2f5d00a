"""The queue that mails and events share: rows are claimed by a lease, given back when their worker is gone, and put off
after a failure. Several workers may do all of this at the same time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import db, write
from app.outbox import pause

QUEUED = "queued"
SENDING = "sending"
"""Claimed by a worker until `lease_until`."""


class Queued:
    """The columns by which a row waits and is somebody's."""

    id: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(sa.String(20), default=QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(sa.String(80))


@dataclass(frozen=True)
class Queue:
    """One table of rows that leave the house, and how patient we are with them."""

    model: type[Queued]
    lease: timedelta
    """How long a claimed row is one worker's own: longer than everything that sending it can take."""
    backoff: tuple[timedelta, ...]
    """Pauses after each try that failed for now; after the last one the row is given up."""

    @property
    def _far(self) -> timedelta:
        """No row is ever put off longer. A moment beyond it was written by a clock that has been set back since."""
        return max(self.backoff) + timedelta(hours=1)

    def due(self, moment: datetime) -> sa.ColumnElement[bool]:
        """Queued, and its time has come."""
        return sa.and_(
            self.model.state == QUEUED,
            sa.or_(
                self.model.next_attempt_at <= moment,
                self.model.attempts == 0,
                self.model.next_attempt_at > moment + self._far,
            ),
        )

    def claim(self, owner: str, moment: datetime, *also: sa.ColumnElement[bool]) -> int | None:
        """Makes the next row that is due, and fits `also`, this worker's own for the time of a lease; None when there
        is none, or nothing may leave at present."""
        due = (
            sa.select(self.model.id)
            .where(self.due(moment), pause.is_open(), *also)
            .order_by(self.model.next_attempt_at, self.model.id)
            .limit(1)
        )
        if db.session.scalar(due) is None:
            return None  # looked at without the writer's turn: this is asked every second
        with write():
            chosen = due.with_for_update(skip_locked=True, of=self._table).scalar_subquery()
            return db.session.scalar(
                self._update()
                .where(self.model.id == chosen, self.model.state == QUEUED)
                .values(
                    state=SENDING,
                    lease_owner=owner,
                    lease_until=moment + self.lease,
                    attempts=self.model.attempts + 1,
                )
                .returning(self.model.id)
            )

    def take_back_expired(self) -> None:
        """Rows of a worker that died, or stood still past its lease, go back into the queue."""
        moment = now()
        expired = sa.and_(
            self.model.state == SENDING,
            sa.or_(self.model.lease_until < moment, self.model.lease_until > moment + self.lease + timedelta(hours=1)),
        )
        if db.session.scalar(sa.select(self.model.id).where(expired).limit(1)) is None:
            return
        with write():
            db.session.execute(
                self._update()
                .where(expired)
                .values(state=QUEUED, lease_owner=None, lease_until=None, next_attempt_at=moment)
            )

    def mine(self, row: Queued, owner: str) -> sa.Update:
        """Changes the row as long as it is this worker's."""
        return self._update().where(
            self.model.id == row.id, self.model.lease_owner == owner, self.model.state == SENDING
        )

    def unfinished(self, row: Queued) -> sa.Update:
        """Changes the row as long as nobody has dealt with it, whoever has it."""
        return self._update().where(self.model.id == row.id, self.model.state.in_([QUEUED, SENDING]))

    def again_at(self, row: Queued) -> datetime | None:
        """When a row is tried again whose last try failed for now; None when it is given up."""
        return now() + self.backoff[row.attempts - 1] if row.attempts <= len(self.backoff) else None

    @property
    def _table(self) -> Any:
        return self.model

    def _update(self) -> sa.Update:
        return sa.update(self._table).execution_options(synchronize_session=False)
