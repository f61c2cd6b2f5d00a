"""Failed tries, remembered in the database: after a few the account or the address is locked, longer each time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import db, lock_named, write
from app.core.errors import DomainError
from app.core.limits import network
from app.core.logs import security
from app.people.models import FailedTries

LONGEST = timedelta(minutes=15)
"""No lock lasts longer: somebody else's tries must not keep a person out for a day."""
FORGOTTEN_AFTER = timedelta(days=1)


class TooManyTries(DomainError):
    """Locked for `retry_after` seconds; also the right secret is refused meanwhile. 429."""

    status = 429

    def __init__(self, retry_after: int) -> None:
        super().__init__()
        self.retry_after = retry_after


@dataclass(frozen=True)
class Guarded:
    """What is protected, and how many tries it forgives before the first lock of a minute."""

    key: str
    free: int


def account(email: str) -> Guarded:
    """Tries to sign in to one account, known or not."""
    return Guarded(keyed_digest("tries", b"account", email.lower().encode()), 5)


def address(remote: str | None) -> Guarded:
    """Tries from one network address."""
    return Guarded(keyed_digest("tries", b"address", network(remote).encode()), 50)


def code(person_id: int) -> Guarded:
    """Codes tried for one person."""
    return Guarded(keyed_digest("tries", b"code", str(person_id).encode()), 5)


def mailed(purpose: str, email: str) -> Guarded:
    """Mails asked for one address, known or not."""
    return Guarded(keyed_digest("tries", b"mail", purpose.encode(), email.lower().encode()), 3)


def refuse_if_locked(*guarded: Guarded) -> None:
    """Raises TooManyTries while any of them is locked. A lock that would last longer than any does was made before the
    clock was set back, and holds no more."""
    moment = now()
    until = db.session.scalar(
        sa.select(sa.func.max(FailedTries.locked_until)).where(
            FailedTries.key.in_([one.key for one in guarded]), FailedTries.locked_until <= moment + LONGEST
        )
    )
    if until is not None and (seconds := (until - moment).total_seconds()) > 0:
        raise TooManyTries(int(seconds) + 1)


def remember(*guarded: Guarded) -> None:
    """Counts a failed try, in a transaction of its own: the refusal is kept though the request changes nothing else."""
    security("try failed", of=[one.key[:12] for one in guarded])
    with write():
        count(*guarded)


def count(*guarded: Guarded) -> None:
    """Counts a try inside a `write()`, and locks what was tried too often."""
    moment = now()
    for one in sorted(guarded, key=lambda one: one.key):
        lock_named(f"tries:{one.key}")
        row = db.session.get(FailedTries, one.key, populate_existing=True)
        if row is None:
            row = FailedTries(key=one.key, count=0, last_at=moment, locked_until=None)
            db.session.add(row)
        elif moment - row.last_at > FORGOTTEN_AFTER:
            row.count = 0
        row.count += 1
        row.last_at = moment
        if row.count >= one.free:
            row.locked_until = moment + min(timedelta(minutes=2 ** min(row.count - one.free, 10)), LONGEST)
    db.session.flush()
    db.session.execute(sa.delete(FailedTries).where(FailedTries.last_at < moment - 2 * FORGOTTEN_AFTER))


def forget(*guarded: Guarded) -> None:
    """Starts anew after a success, inside a `write()`."""
    db.session.execute(sa.delete(FailedTries).where(FailedTries.key.in_([one.key for one in guarded])))
