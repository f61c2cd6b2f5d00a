"""Finding mails for the desk."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import load_only, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, everything_of, page_of
from app.core.search import contains
from app.outbox.models import MailRow, MailState


class Box(enum.StrEnum):
    """What staff look at together; each is one or more states."""

    FAILED = "failed"
    WAITING = "waiting"
    SENT = "sent"
    SET_ASIDE = "set-aside"


STATES = {
    Box.FAILED: (MailState.FAILED, MailState.BOUNCED),
    Box.WAITING: (MailState.QUEUED, MailState.SENDING),
    Box.SENT: (MailState.SENT, MailState.SHOWN),
    Box.SET_ASIDE: (MailState.SET_ASIDE,),
}


def page(box: Box | None, q: str, cursor: str | None) -> Page[MailRow]:
    """Mails, newest first, of one box or of all, whose address, name or subject holds the words of `q`."""
    return page_of(_narrowed(box, q), MailRow.created_at, MailRow.id, descending=True, cursor=cursor)


def everything(box: Box | None, q: str) -> Iterator[MailRow]:
    """The same for a file, without the mails themselves."""
    query = _narrowed(box, q).options(
        load_only(
            MailRow.ref,
            MailRow.created_at,
            MailRow.to_name,
            MailRow.to_email,
            MailRow.subject,
            MailRow.state,
            MailRow.attempts,
            MailRow.sent_at,
        )
    )
    return everything_of(query, MailRow.created_at, MailRow.id, descending=True)


def _narrowed(box: Box | None, q: str) -> sa.Select[MailRow]:
    query = sa.select(MailRow)
    if box is not None:
        query = query.where(MailRow.state.in_(STATES[box]))
    if q.strip():
        # Not rendered yet means no search text yet; the whole address still finds it.
        query = query.where(sa.or_(contains(MailRow.search, q), MailRow.to_email == q.strip().lower()))
    return query


def counts() -> dict[Box, int]:
    """How many wait for somebody, and how many for the worker."""
    found = count_open_states()
    return {box: sum(int(found[state]) for state in STATES[box]) for box in (Box.FAILED, Box.WAITING)}


def by_ref(ref: str) -> MailRow:
    """A mail with its attempts.

    Raises:
        NotFound: there is none.
    """
    row = db.session.scalar(sa.select(MailRow).where(MailRow.ref == ref).options(selectinload(MailRow.log)))
    if row is None:
        raise NotFound
    return row


def resends_of(row: MailRow) -> list[MailRow]:
    """The mails by which this one was sent again, and the one that it repeats, oldest first."""
    kin = [MailRow.resend_of_id == row.id]
    if row.resend_of_id is not None:
        kin.append(MailRow.id == row.resend_of_id)
    return list(db.session.scalars(sa.select(MailRow).where(sa.or_(*kin)).order_by(MailRow.id)))


def needing_somebody(limit: int) -> list[MailRow]:
    """Failed and returned mails, oldest first."""
    return list(
        db.session.scalars(
            sa.select(MailRow).where(MailRow.state.in_(STATES[Box.FAILED])).order_by(MailRow.created_at).limit(limit)
        )
    )


def count_open_states() -> dict[str, float]:
    """How many mails are in each state that is not done; done ones are too many to count at every look."""
    counted = dict.fromkeys(map(str, STATES[Box.WAITING] + STATES[Box.FAILED]), 0.0)
    rows = db.session.execute(
        sa.select(MailRow.state, sa.func.count()).where(MailRow.state.in_(list(counted))).group_by(MailRow.state)
    )
    return counted | {state: float(count) for state, count in rows}


def oldest_waiting() -> datetime | None:
    """Since when the longest waiting mail waits."""
    return db.session.scalar(sa.select(sa.func.min(MailRow.created_at)).where(MailRow.state.in_(STATES[Box.WAITING])))
