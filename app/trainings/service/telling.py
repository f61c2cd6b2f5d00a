"""Who is mailed when a session changes, inside the change's `write()`: whom it concerns, once, in their language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.db import db
from app.outbox.mail import Recipient
from app.outbox.service import Letter, post_together
from app.people.models import Person
from app.trainings.emails import SessionCancelled, SessionChanged, SessionInvitation
from app.trainings.models import Attendance, Participant, TrainingSession


def invited(session: TrainingSession, participants: Iterable[Participant]) -> None:
    """They take part from now on. Nobody is invited to what is over."""
    if session.ends_at <= now():
        return
    said = _said(session)
    letters: list[Letter] = []
    for one in participants:
        letters.append((SessionInvitation(**said), _to(one), _conversation(session)))
        one.told_sequence = session.sequence
    post_together(letters)


def changed(
    session: TrainingSession,
    participants: Iterable[Participant],
    was_at: datetime | None,
    was_minutes: int,
    reason: str,
) -> None:
    """Another time, place, link or trainer: for everybody who has an entry in the calendar; who has none is invited."""
    if session.ends_at <= now():
        return
    said = _said(session, reason)
    letters: list[Letter] = []
    new = []
    for one in participants:
        if one.attendance == Attendance.WITHDRAWN or one.told_sequence == session.sequence:
            continue
        if one.told_sequence is None:
            new.append(one)
            continue
        mail = SessionChanged(**said, was_at=was_at, was_minutes=was_minutes)
        letters.append((mail, _to(one), _conversation(session)))
        one.told_sequence = session.sequence
    post_together(letters)
    invited(session, new)


def cancelled(
    session: TrainingSession, participants: Iterable[Participant], reason: str, *, for_all: bool = True
) -> None:
    """It does not take place, or they are no longer on its list: whoever has it in the calendar is told."""
    said = _said(session, reason)
    letters: list[Letter] = []
    for one in participants:
        if one.told_sequence is None:
            continue
        one.told_sequence = None
        if session.ends_at > now():
            mail = SessionCancelled(**said, for_all=for_all)
            letters.append((mail, _to(one), _conversation(session)))
    post_together(letters)


def _said(session: TrainingSession, reason: str = "") -> dict[str, Any]:
    trainer = db.session.get(Person, session.trainer_id) if session.trainer_id else None
    return {
        "session_ref": session.ref,
        "uid": session.uid,
        "sequence": session.sequence,
        "title": session.title,
        "about": session.about,
        "trainer": trainer.name if trainer else "",
        "starts_at": session.starts_at,
        "minutes": session.minutes,
        "timezone": session.timezone,
        "place": session.place,
        "link": session.link,
        "reason": reason,
        "told_at": now(),
    }


def _to(participant: Participant) -> Recipient:
    return Recipient(participant.email, participant.name, participant.locale)


def _conversation(session: TrainingSession) -> str:
    return f"training:{session.ref}"
