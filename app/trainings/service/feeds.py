"""Calendar addresses: made, renewed, withdrawn. The address is known only to whoever made it."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.clock import now
from app.core.crypto import token, token_hash
from app.core.db import db, lock_named, write
from app.history.service import Visitor, record
from app.people.models import Person
from app.trainings.models import CalendarFeed
from app.trainings.queries import feeds


def make_own(person: Person, *, team: bool, locale: str) -> str:
    """The path of a new address for one of the staff: their own sessions, or all. An earlier one stops."""
    with write():
        lock_named(f"calendar:{person.id}")
        for feed in feeds.of_person(person):
            if feed.team == team:
                _end(feed, person)
        return _made(CalendarFeed(person_id=person.id, team=team, locale=locale), person)


def withdraw_own(person: Person, *, team: bool) -> None:
    """It answers no longer."""
    with write():
        lock_named(f"calendar:{person.id}")
        for feed in feeds.of_person(person):
            if feed.team == team:
                _end(feed, person)


def make_for_customer(
    email: str, name: str, locale: str, *, account_id: int | None, organisation_id: int | None
) -> str:
    """The path of a new address for somebody at a customer. An earlier one of theirs stops."""
    with write():
        lock_named(f"calendar:{email}")
        by = Visitor(name)
        earlier = feeds.of_customer(email, account_id, organisation_id)
        if earlier is not None:
            _end(earlier, by)
        made = CalendarFeed(
            email=email, account_id=account_id, organisation_id=organisation_id, team=False, locale=locale
        )
        return _made(made, by)


def withdraw_for_customer(email: str, name: str, *, account_id: int | None, organisation_id: int | None) -> None:
    """It answers no longer."""
    with write():
        lock_named(f"calendar:{email}")
        found = feeds.of_customer(email, account_id, organisation_id)
        if found is not None:
            _end(found, Visitor(name))


def _made(feed: CalendarFeed, by: Person | Visitor) -> str:
    secret = token()
    feed.token_hash = token_hash(secret)
    feed.created_at = now()
    db.session.add(feed)
    db.session.flush()
    record(feed, "calendar_feed.made", by)
    return f"/calendar/{secret}.ics"


def _end(feed: CalendarFeed, by: Person | Visitor) -> None:
    ended = db.session.execute(
        sa.update(CalendarFeed)
        .where(CalendarFeed.id == feed.id, CalendarFeed.revoked_at.is_(None))
        .values(revoked_at=now())
        .returning(CalendarFeed.id)
        .execution_options(synchronize_session=False)
    ).first()
    if ended is not None:
        record(feed, "calendar_feed.withdrawn", by)
