"""Planning, moving, cancelling and holding sessions, and who takes part (I9).

Every verb holds the session's row, so places are counted one after the other, and queues the mails of its change in the
same `write()`. Rooms above that hold rows of their own with a session (plans) hold theirs first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app

from app.access import policy
from app.access.permissions import P
from app.core import identifiers
from app.core.clock import now
from app.core.db import db, lock, lock_named, new_ref, write
from app.core.errors import Conflict, FieldError, Forbidden, NotFound
from app.core.files import Received
from app.core.i18n import _l
from app.core.identifiers import Invalid
from app.core.search import search_text
from app.customers import service as customers
from app.customers.models import Account
from app.documents.service import keep_upload
from app.history.service import Visitor, record
from app.people.models import Person
from app.trainings.models import Attendance, CalendarFeed, Participant, SessionState, TrainingSession
from app.trainings.service import telling

By = Person | Visitor | None


@dataclass(frozen=True)
class SessionDetails:
    """A session as it is planned or changed."""

    title: str
    starts_at: datetime
    minutes: int
    timezone: str
    locale: str
    place: str = ""
    link: str = ""
    capacity: int | None = None
    trainer_id: int | None = None
    about: str = ""


@dataclass(frozen=True)
class Newcomer:
    """Somebody who is to take part."""

    name: str
    email: str
    locale: str
    account_id: int | None = None
    organisation_id: int | None = None


class SessionMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this session a moment ago. What you typed is still here."))


class SessionOver(Conflict):
    """It was held or cancelled."""

    def __init__(self) -> None:
        super().__init__(_l("This session was held or cancelled. It can no longer be changed."))


class NotBegun(Conflict):
    """Nobody was there yet."""

    def __init__(self) -> None:
        super().__init__(_l("This session has not begun yet. Note who was there once it has."))


class SessionFull(FieldError):
    """All places are taken."""

    def __init__(self, capacity: int) -> None:
        super().__init__("email", _l("All %(num)s places of this session are taken.", num=capacity))


AROUND_HOLDING: list[Callable[[int, Person], AbstractContextManager[Callable[[TrainingSession], None]]]] = []
"""What else holding a session does: the rooms above add a context manager `(session_id, by)` that holds their own rows
inside the `write()`, before the session is held, and gives a function for the session once it is."""


# --- planning ---------------------------------------------------------------------------------------------------------


def plan(details: SessionDetails, by: Person, *, key: str | None = None) -> TrainingSession:
    """A session that takes place. The same form sent twice is one.

    Raises:
        FieldError: it would be over already.
    """
    with write():
        return begin(details, by, key=key)[0]


def begin(
    details: SessionDetails, by: Person | None, *, key: str | None = None, slot: tuple[int, datetime] | None = None
) -> tuple[TrainingSession, bool]:
    """What `plan` does, inside somebody else's `write()`; False when the form was sent before. `slot` is the series and
    its moment that this session is planned for; `by` None is the system itself."""
    if key:
        lock_named(f"session-form:{key}")
        sent = db.session.scalar(sa.select(TrainingSession).where(TrainingSession.key == key))
        if sent is not None:
            return sent, False
    _check(details)
    ref, moment = new_ref("S"), now()
    session = TrainingSession(
        ref=ref,
        uid=f"{ref}@{urlsplit(current_app.config['GANGWAY'].public_url).hostname}",
        key=key,
        series_id=slot[0] if slot else None,
        slot_at=slot[1] if slot else None,
        created_by_id=by.id if by else None,
        created_at=moment,
        updated_at=moment,
        sequence=0,
        **asdict(details),
    )
    session.search = _search(session)
    db.session.add(session)
    db.session.flush()
    record(session, "training.planned", by, {name: (None, value) for name, value in _plain(details).items() if value})
    return session, True


def _check(details: SessionDetails) -> None:
    if details.starts_at <= now():
        raise FieldError("on", _l("This moment has passed. Choose one to come."))


def _search(session: TrainingSession) -> str:
    return search_text(session.ref, session.title, session.place)


def _plain(details: SessionDetails) -> dict[str, Any]:
    """As the history keeps it: the trainer by name."""
    values = asdict(details)
    trainer = db.session.get(Person, details.trainer_id) if details.trainer_id else None
    del values["trainer_id"]
    return {**values, "starts_at": details.starts_at.isoformat(), "trainer": trainer.name if trainer else ""}


_SEEN_BY_PARTICIPANTS = frozenset({"title", "about", "starts_at", "minutes", "timezone", "place", "link", "trainer"})
"""Whoever has the session in a calendar is told when one of these changes."""


def change(
    session_id: int, details: SessionDetails, reason: str, by: Person, *, expect: int | None = None
) -> TrainingSession:
    """Another time, place, link, trainer or number of places. Those who take part are mailed with the reason, if it is
    anything that stands in their calendars.

    Raises:
        FieldError: it would be over already, or more people take part than there would be places.
        SessionMovedOn, SessionOver
    """
    with write():
        session = open_session(session_id, expect=expect)
        alter(session, details, reason, by)
    return session


def alter(session: TrainingSession, details: SessionDetails, reason: str, by: Person | None) -> None:
    """What `change` does to a held session that is planned."""
    before = _plain(details_of(session))
    after = _plain(details)
    changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    if not changes:
        return
    if "starts_at" in changes:
        _check(details)
    participants = taking_part(session)
    if details.capacity is not None and details.capacity < len(participants):
        raise FieldError(
            "capacity",
            _l("%(num)s people take part already. Enter at least as many places.", num=len(participants)),
        )
    was_at, was_minutes = session.starts_at, session.minutes
    for name, value in asdict(details).items():
        setattr(session, name, value)
    session.reason = reason
    session.search = _search(session)
    told = not _SEEN_BY_PARTICIPANTS.isdisjoint(changes)
    if told:
        session.sequence += 1
    touch(session)
    moved = not {"starts_at", "minutes", "timezone"}.isdisjoint(changes)
    if reason:
        changes["reason"] = (None, reason)
    record(session, "training.moved" if moved else "training.changed", by, changes)
    if told:
        telling.changed(session, participants, was_at if moved else None, was_minutes, reason)


def details_of(session: TrainingSession) -> SessionDetails:
    return SessionDetails(**{name: getattr(session, name) for name in SessionDetails.__dataclass_fields__})


def cancel(session_id: int, reason: str, by: Person, *, expect: int | None = None) -> TrainingSession:
    """It does not take place. Everybody who was invited is told, with the reason, and their entry is taken out.

    Raises:
        FieldError: no reason.
        SessionMovedOn, SessionOver
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        session = locked(session_id, expect=expect)
        if session.state == SessionState.CANCELLED:
            return session
        if session.state != SessionState.PLANNED:
            raise SessionOver
        call_off(session, reason, by)
    return session


def call_off(session: TrainingSession, reason: str, by: Person | None) -> None:
    """What `cancel` does to a held session that is planned."""
    session.state = SessionState.CANCELLED
    session.reason = reason
    session.sequence += 1
    touch(session)
    record(session, "training.cancelled", by, {"reason": (None, reason)})
    telling.cancelled(session, taking_part(session), reason)


# --- who takes part ---------------------------------------------------------------------------------------------------


def add(session_id: int, newcomer: Newcomer, by: Person) -> Participant:
    """One more takes part and is invited. Who takes part already stays as they are.

    Raises:
        SessionFull: all places are taken.
        FieldError: the name or address cannot be.
        SessionOver
    """
    clean = _clean(newcomer)
    with write():
        session = open_session(session_id)
        left = put_in(session, [clean], by)
        if left:
            raise SessionFull(session.capacity or 0)
        return db.session.scalars(
            sa.select(Participant).where(Participant.session_id == session.id, Participant.email == clean.email)
        ).one()


def put_in(session: TrainingSession, people: Sequence[Newcomer], by: By) -> list[Newcomer]:
    """Invites people to a held session, as many as there are places for; gives those who found none."""
    known = {one.email: one for one in _all(session)}
    taken = sum(one.attendance != Attendance.WITHDRAWN for one in known.values())
    added, left = [], []
    for person in people:
        one = known.get(person.email)
        if one is not None and one.attendance != Attendance.WITHDRAWN:
            continue
        if session.capacity is not None and taken >= session.capacity:
            left.append(person)
            continue
        if one is None:
            one = known[person.email] = Participant(
                session_id=session.id, attendance=Attendance.INVITED, added_at=now(), **asdict(person)
            )
            db.session.add(one)
        else:
            for name, value in asdict(person).items():
                setattr(one, name, value)
            one.attendance = Attendance.INVITED
            one.added_at = now()
        taken += 1
        added.append(one)
    if added:
        touch(session)
        for one in added:
            record(session, "training.participant_added", by, {"participant": (None, one.name)})
        telling.invited(session, added)
        db.session.flush()
    return left


def withdraw(session_id: int, participant_id: int, by: Person) -> Participant:
    """Somebody takes part no longer; if they have it in the calendar, it is taken out there.

    Raises:
        NotFound, SessionOver
    """
    with write():
        session = open_session(session_id)
        one = next((one for one in _all(session) if one.id == participant_id), None)
        if one is None:
            raise NotFound
        take_out(session, [one], by)
    return one


def take_out(session: TrainingSession, participants: Iterable[Participant], by: By) -> None:
    """Takes people off the list of a held session."""
    gone = [one for one in participants if one.attendance == Attendance.INVITED]
    if not gone:
        return
    session.sequence += 1  # whoever is invited again later gets an entry that counts for more than the cancelled one
    touch(session)
    for one in gone:
        one.attendance = Attendance.WITHDRAWN
        record(session, "training.participant_withdrawn", by, {"participant": (one.name, None)})
    telling.cancelled(session, gone, "", for_all=False)
    db.session.flush()
    for one in taking_part(session):
        if one.told_sequence is not None:
            one.told_sequence = session.sequence  # nothing changed for them
    db.session.flush()


def _clean(newcomer: Newcomer) -> Newcomer:
    values: dict[str, str] = {}
    for name, read in (("name", identifiers.clean_line), ("email", identifiers.normalise_email)):
        try:
            values[name] = read(getattr(newcomer, name))
        except Invalid as error:
            raise FieldError(name, error.message) from error
    if not values["name"]:
        raise FieldError("name", _l("Enter the name"))
    return replace(newcomer, name=values["name"][:200], email=values["email"].lower())


# --- holding ----------------------------------------------------------------------------------------------------------


def may_hold(session: TrainingSession, person: Person) -> bool:
    """Who manages trainings, and whoever gave this one."""
    return policy.allows(person, P.TRAININGS_MANAGE) or (
        session.trainer_id == person.id and policy.allows(person, P.TRAININGS_READ)
    )


def hold(session_id: int, attendance: Mapping[int, Attendance], notes: str, by: Person) -> TrainingSession:
    """It was held, and who was there: participants by their id. Said again, what was noted is corrected.

    Raises:
        Forbidden, NotBegun, SessionOver
    """
    with write(), ExitStack() as others:
        also = [others.enter_context(around(session_id, by)) for around in AROUND_HOLDING]
        session = locked(session_id)
        if not may_hold(session, by):
            raise Forbidden
        if session.state == SessionState.CANCELLED:
            raise SessionOver
        if session.starts_at > now():
            raise NotBegun
        if not note_held(session, attendance, notes, by):
            return session
        for then in also:
            then(session)
    return session


def note_held(session: TrainingSession, attendance: Mapping[int, Attendance], notes: str, by: Person) -> bool:
    """What `hold` does to a held row of a session that has begun; False when all of it was noted already."""
    changes: dict[str, Any] = {}
    for one in taking_part(session):
        said = attendance.get(one.id)
        if said in (Attendance.ATTENDED, Attendance.MISSED) and one.attendance != said:
            changes[f"attendance_{one.id}"] = (one.attendance, str(said))
            one.attendance = said
    if notes != session.notes:
        changes["notes"] = (session.notes, notes)
        session.notes = notes
    if not changes and session.state == SessionState.HELD:
        return False
    session.state = SessionState.HELD
    touch(session)
    record(session, "training.held", by, changes)
    return True


@dataclass(frozen=True)
class Recording:
    """Where what was recorded can be seen. `file` None keeps the file that is there, unless `without_file`."""

    url: str = ""
    minutes: int | None = None
    file: Received | None = None
    without_file: bool = False


def set_recording(session_id: int, recording: Recording, by: Person) -> TrainingSession:
    """The recording stays where participants find it.

    Raises:
        Forbidden, SessionOver
    """
    upload = keep_upload(recording.file, by) if recording.file else None
    with write():
        session = locked(session_id)
        if not may_hold(session, by):
            raise Forbidden
        if session.state == SessionState.CANCELLED:
            raise SessionOver
        changes: dict[str, Any] = {}
        for name, value in (("recording_url", recording.url), ("recording_minutes", recording.minutes)):
            if getattr(session, name) != value:
                changes[name] = (getattr(session, name), value)
                setattr(session, name, value)
        if upload is not None:
            db.session.add(upload)
            db.session.flush()
            changes["recording"] = (None, upload.filename)
            session.recording_id = upload.id
        elif recording.without_file and session.recording_id is not None:
            changes["recording"] = (str(session.recording_id), None)
            session.recording_id = None
        if changes:
            touch(session)
            record(session, "training.recording_set", by, changes)
    return session


# --- holding the row --------------------------------------------------------------------------------------------------


def locked(session_id: int, *, expect: int | None = None) -> TrainingSession:
    """The session held, inside a `write()`. Raises NotFound, SessionMovedOn."""
    session = lock(TrainingSession, session_id)
    if expect is not None and session.version != expect:
        raise SessionMovedOn
    return session


def open_session(session_id: int, *, expect: int | None = None) -> TrainingSession:
    """One that can still be changed, held. Raises NotFound, SessionMovedOn, SessionOver."""
    session = locked(session_id, expect=expect)
    if session.state != SessionState.PLANNED:
        raise SessionOver
    return session


def touch(session: TrainingSession) -> None:
    session.version += 1
    session.updated_at = now()
    db.session.flush()


def _all(session: TrainingSession) -> list[Participant]:
    return list(
        db.session.scalars(
            sa.select(Participant)
            .where(Participant.session_id == session.id)
            .order_by(Participant.id)
            .execution_options(populate_existing=True)
        )
    )


def taking_part(session: TrainingSession) -> list[Participant]:
    """Everybody on the list of a held session."""
    return [one for one in _all(session) if one.attendance != Attendance.WITHDRAWN]


# --- customers that become one ----------------------------------------------------------------------------------------


def _move(from_account: Account, into: Account, by: Person) -> None:
    """Participants and calendar addresses go over with the account."""
    for model in (Participant, CalendarFeed):
        db.session.execute(
            sa.update(model)
            .where(model.account_id == from_account.id)
            .values(account_id=into.id)
            .execution_options(synchronize_session=False)
        )


customers.MOVES.append(_move)
