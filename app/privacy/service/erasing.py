"""Erasing a person from every place: in steps that outlive a kill, until nothing is found any more."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from blinker import Namespace
from flask import current_app

from app.core import background
from app.core.background import LEASE
from app.core.clock import now
from app.core.crypto import keyed_digest, keyed_digests
from app.core.db import after_commit, db, lock, write
from app.core.errors import Conflict
from app.core.i18n import LOCALES, _
from app.core.privacy import Holding, Is, is_erased
from app.history.service import Actor, record
from app.outbox.mail import Recipient
from app.outbox.models import MailRow, MailState
from app.people import queries as people
from app.people.models import HeldRole, Membership, Person
from app.privacy.models import Erasure, ErasureState, PrivacyRequest, PrivacyState
from app.privacy.service import looking, walk, whom
from app.privacy.service.whom import Found
from app.privacy.sources import holding_of, holdings
from app.settings.models import vendor

erased = Namespace().signal("person-erased")
"""Sent inside the `write()` that ends an erasure, with the erasure; `to` is the `Recipient` who was erased. A mail that
is posted to them here is sent, and then forgotten as well. `request` is the `PrivacyRequest` it answers, or None."""

MOST_ROUNDS = 4
"""What is written while it lasts is found in the next round; nobody writes that often."""
TABLES_A_STEP = 8
"""Most hold nothing about the person. Each is committed by itself, so whoever is killed repeats a few looks."""
ANSWER_WAITS = timedelta(days=7)
"""So long a mail about the erasure that could not be delivered waits for staff, before it is forgotten."""


class CannotErase(Conflict):
    """This person's data are still needed; the message says what to do first."""


def look(email: str) -> tuple[Found, list[walk.Tally]]:
    """Who has this address, and what every table holds about them. Reads only."""
    found = whom.find(email)
    return found, [tally for holding in holdings() if (tally := walk.tally(holding, found)).found or tally.kept]


def refuse_if_needed(found: Found) -> None:
    """Raises CannotErase for somebody without whom the product does not go on."""
    if not found.person_ids:
        return
    if db.session.scalar(sa.select(HeldRole.role).where(HeldRole.person_id.in_(found.person_ids)).limit(1)):
        raise CannotErase(_("This person is on the staff. Take away the roles first, and close the access."))
    places = db.session.scalars(
        sa.select(Membership)
        .where(Membership.person_id.in_(found.person_ids), Membership.ended_at.is_(None))
        .options(sa.orm.joinedload(Membership.organisation))
    )
    for place in places.all():
        if people.is_last_owner(place):
            raise CannotErase(
                _(
                    "This person is the only owner of an organisation: %(name)s. Make somebody else an owner first.",
                    name=place.organisation.name,
                )
            )


def begin_erasure(email: str, by: Actor | None, request: PrivacyRequest | None = None, *, owner: str = "") -> Erasure:
    """Inside a `write()`: from now on the worker erases this person. `request`, if it answers one, becomes `erasing`,
    and `granted` at the end. The same address again while it lasts is the same erasure.

    Raises:
        CannotErase: somebody on the staff, or the only owner of an organisation.
    """
    found = whom.find(email)
    refuse_if_needed(found)
    for each in found.emails:
        looking.forget(each)
    digest = keyed_digest("erased", found.asked.encode())
    under_way = sa.select(Erasure).where(Erasure.digest == digest, Erasure.state == ErasureState.ERASING)
    erasure = db.session.scalar(under_way)
    if erasure is None:
        erasure = Erasure(
            digest=digest,
            whom=found.sealed(),
            by_id=by.id if by else None,
            created_at=now(),
            ended_at=None,
            erased={},
            kept={},
            lease_owner=owner or None,
            lease_until=now() + LEASE if owner else None,
        )
        db.session.add(erasure)
        db.session.flush()
        record(erasure, "person.erasure_begun", by)
    if request is not None:
        request.state = PrivacyState.ERASING
        erasure.request_id = request.id
    if not owner:
        background.wake()
    return erasure


def erase(email: str, by: Actor | None = None, request: PrivacyRequest | None = None) -> Erasure:
    """Erases at once, and comes back when it is done; at most a mail about it is still on its way.

    Raises:
        CannotErase: see `begin_erasure`.
    """
    owner = f"erase:{os.getpid()}:{time.monotonic_ns()}"
    with write():
        erasure = begin_erasure(email, by, request, owner=owner)
    until = time.monotonic() + 300
    while erasure.state == ErasureState.ERASING and time.monotonic() < until:
        if not _step(erasure.id, owner):
            time.sleep(0.5)
        erasure = db.session.get_one(Erasure, erasure.id, populate_existing=True)
    if erasure.state == ErasureState.ANSWERING:
        _step(erasure.id, owner)
    return db.session.get_one(Erasure, erasure.id, populate_existing=True)


# --- steps ------------------------------------------------------------------------------------------------------------


@background.step
def step(worker: str) -> bool:
    """A few tables of the erasure that waits longest."""
    moment = now()
    waiting = (
        sa.select(Erasure.id)
        .where(
            Erasure.state != ErasureState.DONE,
            sa.or_(
                background.nobody_holds(Erasure.lease_until),
                sa.and_(Erasure.lease_owner == worker, Erasure.lease_until < moment + 2 * LEASE),
            ),
        )
        .order_by(Erasure.id)
        .limit(1)
    )
    found = db.session.scalar(waiting)
    return found is not None and _step(found, worker)


def _step(erasure_id: int, worker: str) -> bool:
    with write():
        erasure = lock(Erasure, erasure_id)
        taken = erasure.lease_owner not in (None, worker) and background.is_held(erasure.lease_until)
        if taken or erasure.whom is None:
            return False
        erasure.lease_owner, erasure.lease_until = worker, now() + LEASE
    found = whom.unsealed(erasure.whom)
    if erasure.state == ErasureState.ANSWERING:
        return _forget_answer(erasure, found)
    done = _erase_some(erasure, found)
    with write():
        erasure = lock(Erasure, erasure_id)
        for tally in done:
            if tally.waiting:
                _pause(erasure, timedelta(seconds=3))
                return False
            _note(erasure, tally)
            erasure.place += 1
        if erasure.place < len(holdings()):
            return True
        if erasure.hits and erasure.round < MOST_ROUNDS:
            erasure.round, erasure.place, erasure.hits = erasure.round + 1, 0, 0
            return True
        _end(erasure, found)
    forget_deleted()
    return True


def _erase_some(erasure: Erasure, found: Found) -> list[walk.Tally]:
    """The next tables, up to one in which something is under way."""
    erasure_id, done = erasure.id, list[walk.Tally]()
    for holding in holdings()[erasure.place : erasure.place + TABLES_A_STEP]:
        done.append(walk.erase(holding, found, partial(_count, erasure_id, holding)))
        if done[-1].waiting:
            break
    return done


def _pause(erasure: Erasure, pause: timedelta) -> None:
    """Lets go until then, so that nobody turns in circles."""
    erasure.lease_owner, erasure.lease_until = None, now() + pause


def _count(erasure_id: int, holding: Holding, count: int) -> None:
    """Inside the `write()` that erased so many: a kill afterwards forgets neither."""
    erasure, kind = lock(Erasure, erasure_id), holding.kind.code
    erasure.erased = {**erasure.erased, kind: erasure.erased.get(kind, 0) + count}
    erasure.hits += count
    erasure.lease_until = now() + LEASE


def _note(erasure: Erasure, done: walk.Tally) -> None:
    """What stays in a table that is done."""
    table = done.holding.table.name
    kept = {name: count for name, count in erasure.kept.items() if name.partition(".")[0] != table}
    erasure.kept = {**kept, **{f"{table}.{column}": count for column, count in done.kept.items()}}


def _end(erasure: Erasure, found: Found) -> None:
    """Nothing is left but what stays. Whoever asked is told, if somebody listens."""
    erasure.ended_at = now()
    erasure.state = ErasureState.ANSWERING
    erasure.lease_owner = erasure.lease_until = None
    by = db.session.get(Person, erasure.by_id) if erasure.by_id else None
    record(erasure, "person.erased", by, {"records": (None, sum(erasure.erased.values()))})
    request = lock(PrivacyRequest, erasure.request_id) if erasure.request_id else None
    if request is not None:
        request.state = PrivacyState.GRANTED
        request.outcome = outcome(erasure)
        request.decided_at = request.decided_at or now()
        request.version += 1
    locale = found.locale if found.locale in LOCALES else vendor().default_locale
    erased.send(erasure, to=Recipient(found.asked, found.name, locale), request=request)
    line = _line(erasure, found)
    after_commit(lambda: _remember(line))


def outcome(erasure: Erasure) -> dict[str, Any]:
    """What it erased and what stayed: counts by kind, without a word of content."""
    return {"ref": erasure.ref, "erased": dict(erasure.erased), "kept": dict(erasure.kept)}


def _forget_answer(erasure: Erasure, found: Found) -> bool:
    """The mail that said so goes too, once it is sent."""
    ended = erasure.ended_at or now()
    waits = [MailState.QUEUED, MailState.SENDING]
    if now() - ended < ANSWER_WAITS:
        waits += [MailState.FAILED, MailState.BOUNCED]
    under_way = db.session.scalar(
        sa.select(MailRow.id)
        .where(sa.func.lower(MailRow.to_email).in_(sorted(found.emails)), MailRow.state.in_(waits))
        .limit(1)
    )
    if under_way is not None:
        with write():
            _pause(lock(Erasure, erasure.id), timedelta(minutes=1))
        return False
    for table in ("outbox_attempt", "outbox_mail"):
        walk.erase(holding_of(table), found)
    if all(line["ref"] != erasure.ref for line in _listed(list_path())):
        _remember(_line(erasure, found))  # whoever ended it was killed before it was written down
    with write():
        erasure = lock(Erasure, erasure.id)
        erasure.state, erasure.whom = ErasureState.DONE, None
        erasure.lease_owner = erasure.lease_until = None
    forget_deleted()
    return False


# --- what a database remembers ----------------------------------------------------------------------------------------


def forget_deleted() -> None:
    """On SQLite: merges the search tables, in which deleted words may wait for their segment to be merged, and empties
    the write-ahead log. Deleted cells and pages are overwritten by SQLite itself (`secure_delete`). PostgreSQL does the
    like by its own vacuum."""
    if db.engine.dialect.name != "sqlite":
        return
    db.session.commit()
    searched = db.session.scalars(
        sa.text("SELECT name FROM sqlite_master WHERE sql LIKE 'CREATE VIRTUAL TABLE%fts5%' ORDER BY name")
    ).all()
    for table in searched:
        with write():
            db.session.execute(sa.text(f"INSERT INTO {table}({table}) VALUES ('optimize')"))  # noqa: S608 - own name
    db.session.commit()  # whoever reads keeps the log
    with db.engine.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        for _attempt in range(20):
            busy, _pages, _moved = raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                return
            time.sleep(0.05)  # somebody reads; the next checkpoint empties it otherwise


# --- after a backup was restored --------------------------------------------------------------------------------------


def _line(erasure: Erasure, found: Found) -> dict[str, Any]:
    """What the list says of an erasure: nobody's name or address."""
    digests = [keyed_digest("erased", email.encode()) for email in sorted(found.emails)]
    return {"ref": erasure.ref, "at": (erasure.ended_at or now()).isoformat(), "digests": digests}


def list_path() -> Path:
    """Beside the database and not in it: a restored backup must not bring back the list as it was."""
    return Path(current_app.config["GANGWAY"].data_dir) / "erasures.jsonl"


def _remember(line: dict[str, Any]) -> None:
    with list_path().open("a", encoding="ascii") as file:
        file.write("\n" + json.dumps(line) + "\n")  # after a line that was cut off, too
        file.flush()
        os.fsync(file.fileno())


def _listed(path: Path) -> list[dict[str, Any]]:
    if not path.exists():
        return []
    lines = []
    for text in path.read_text("ascii", "replace").splitlines():
        with suppress(ValueError):  # an empty one, or one that a kill cut off
            lines.append(json.loads(text))
    return lines


def forgotten(path: Path | None = None) -> list[dict[str, Any]]:
    """Erasures of the list of which the database knows nothing: it was restored from a backup made before them."""
    known = set(db.session.scalars(sa.select(Erasure.ref).where(Erasure.state != ErasureState.ERASING)))
    return [line for line in _listed(path or list_path()) if line["ref"] not in known]


def redo(lines: Iterable[dict[str, Any]]) -> Iterator[Erasure]:
    """Erases them again, each address that the restored database knows."""
    wanted = {digest for line in lines for digest in line["digests"]}
    for email in sorted(_addresses()) if wanted else ():
        if wanted & set(keyed_digests("erased", email.encode())):
            yield erase(email)


def _addresses() -> set[str]:
    """Every address that makes a row somebody's."""
    found: set[str] = set()
    for holding in holdings():
        for column in holding.named(Is.EMAIL):
            rows = db.session.scalars(sa.select(sa.func.lower(holding.table.c[column])).distinct())
            found |= {str(email) for email in rows if email and not is_erased(email)}
    return found


def erased_before(email: str) -> list[Erasure]:
    """Erasures of this very address, the latest first: for somebody who asks whether it was done."""
    digests = keyed_digests("erased", email.strip().lower().encode())
    query = sa.select(Erasure).where(Erasure.digest.in_(digests)).order_by(Erasure.id.desc())
    return list(db.session.scalars(query))
