"""Looking a person up without keeping a page waiting: what is not counted within a moment, the worker goes on with.

Among some thousand leads everything is counted inside the request. Among many more, what was counted so far is kept in
a row, the worker takes table by table, and the page says how far it is.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core import background
from app.core.background import LEASE
from app.core.clock import now
from app.core.crypto import keyed_digest, keyed_digests
from app.core.db import db, lock, write
from app.history.service import Actor
from app.privacy.models import PersonLook
from app.privacy.service import walk, whom
from app.privacy.service.whom import Found
from app.privacy.sources import holding_of, holdings

PATIENCE = 2.0
"""Seconds that a page counts itself; a table that was begun is finished."""
FRESH = timedelta(minutes=15)
"""So long a look-up that the worker made is shown again; then it is made anew."""
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Looked:
    """Who was found, and what the tables hold about them, as far as they are counted."""

    found: Found
    tallies: Sequence[walk.Tally]
    done: int
    total: int
    at: datetime

    @property
    def is_over(self) -> bool:
        return self.done >= self.total


def look_within(email: str, by: Actor | None = None) -> Looked:
    """What is held about the person with this address: all of it, or what is counted so far while the worker goes on.
    Asking again tells how far it is."""
    asked = email.strip().lower()
    there = db.session.scalar(
        sa.select(PersonLook)
        .where(PersonLook.digest.in_(keyed_digests("look", asked.encode())), PersonLook.created_at > now() - FRESH)
        .order_by(PersonLook.id.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )
    if there is not None:
        return _read(there)
    begun = time.monotonic()
    found, tallies, places = whom.find(asked), list[walk.Tally](), holdings()
    for place, holding in enumerate(places):
        if time.monotonic() - begun > PATIENCE:
            _hand_on(asked, found, tallies, place, by)
            return Looked(found, tallies, place, len(places), now())
        _add(tallies, walk.tally(holding, found))
    return Looked(found, tallies, len(places), len(places), now())


def _add(tallies: list[walk.Tally], tally: walk.Tally) -> None:
    if tally.found or tally.kept:
        tallies.append(tally)


def _hand_on(asked: str, found: Found, tallies: Sequence[walk.Tally], place: int, by: Actor | None) -> None:
    with write():
        db.session.execute(sa.delete(PersonLook).where(PersonLook.created_at < now() - KEPT))
        look = PersonLook(
            digest=keyed_digest("look", asked.encode()),
            whom=found.sealed(),
            place=place,
            found=[_kept(tally) for tally in tallies],
            by_id=by.id if by else None,
            created_at=now(),
            ended_at=None,
            lease_owner=None,
            lease_until=None,
        )
        db.session.add(look)
        background.wake()


def _kept(tally: walk.Tally) -> list[Any]:
    return [tally.holding.table.name, tally.own, tally.named, tally.kept]


def _read(look: PersonLook) -> Looked:
    tallies = [walk.Tally(holding_of(table), own, named, kept) for table, own, named, kept in look.found]
    total = len(holdings())
    return Looked(whom.unsealed(look.whom), tallies, total if look.ended_at else look.place, total, look.created_at)


@background.step
def step(worker: str) -> bool:
    """One table of the look-up that waits longest."""
    waiting = (
        sa.select(PersonLook.id)
        .where(
            PersonLook.ended_at.is_(None),
            sa.or_(background.nobody_holds(PersonLook.lease_until), PersonLook.lease_owner == worker),
        )
        .order_by(PersonLook.id)
        .limit(1)
    )
    id = db.session.scalar(waiting)
    if id is None:
        return False
    with write():
        look = lock(PersonLook, id)
        taken = look.lease_owner not in (None, worker) and background.is_held(look.lease_until)
        if taken or look.ended_at is not None:
            return False
        look.lease_owner, look.lease_until = worker, now() + LEASE
    place, places = look.place, holdings()
    counted = list[walk.Tally]()
    if place < len(places):
        _add(counted, walk.tally(places[place], whom.unsealed(look.whom)))
        db.session.commit()
    with write():
        look = lock(PersonLook, id)
        look.found = [*look.found, *(_kept(tally) for tally in counted)]
        look.place = place + 1
        if look.place >= len(places):
            look.ended_at, look.lease_owner, look.lease_until = now(), None, None
    return True


def forget(email: str) -> None:
    """Inside a `write()`: the person is being erased, so nothing may say any more who was looked for."""
    digests = keyed_digests("look", email.strip().lower().encode())
    db.session.execute(sa.delete(PersonLook).where(PersonLook.digest.in_(digests)))


def forget_old() -> None:
    """A look-up is of no use after a day."""
    with write():
        db.session.execute(sa.delete(PersonLook).where(PersonLook.created_at < now() - KEPT))
