"""Sessions: planned, moved, cancelled, held; who takes part and who is told (I9)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import DomainError, FieldError, Forbidden
from app.outbox.models import MailRow
from app.trainings import inbox
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Recording
from tests.leads.test_races_desk import at_once, person
from tests.sentences import a_staff_member
from tests.trainings.sentences import a_session, details, mails, participants, somebody

pytestmark = pytest.mark.usefixtures("context")


def test_whoever_is_added_is_invited_once() -> None:
    session, by = a_session(), a_staff_member("account_manager")
    sessions.add(session.id, somebody("Jan Wit"), by)
    sessions.add(session.id, somebody("Jan Wit"), by)
    assert mails() == [("session_invitation", "jan@quillmark.example")]
    assert [one.told_sequence for one in participants(session)] == [0]


def test_a_move_tells_all_who_take_part_and_a_change_of_places_nobody() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    for name in ("Jan Wit", "Hanna Wilk"):
        sessions.add(session.id, somebody(name), by)
    sessions.change(session.id, details(trainer_id=by.id, capacity=5), "", by)
    assert len(mails()) == 2
    later = details(trainer_id=by.id, capacity=5, starts_at=session.starts_at + timedelta(days=1))
    sessions.change(session.id, later, "The trainer is travelling.", by)
    assert mails()[2:] == [
        ("session_changed", "jan@quillmark.example"),
        ("session_changed", "hanna@quillmark.example"),
    ]
    db.session.refresh(session)
    assert (session.sequence, session.version > 1) == (1, True)
    assert [one.told_sequence for one in participants(session)] == [1, 1]
    args = db.session.scalars(sa.select(MailRow.args).where(MailRow.template == "session_changed")).first()
    assert args is not None
    assert args["reason"] == "The trainer is travelling."
    assert args["was_at"] != args["starts_at"]


def test_only_who_is_taken_off_is_told_and_counts_again_when_invited_again() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    jan = sessions.add(session.id, somebody("Jan Wit"), by)
    sessions.add(session.id, somebody("Hanna Wilk"), by)
    sessions.withdraw(session.id, jan.id, by)
    assert mails()[2:] == [("session_cancelled", "jan@quillmark.example")]
    sessions.add(session.id, somebody("Jan Wit"), by)
    assert mails()[3:] == [("session_invitation", "jan@quillmark.example")]
    sequences = [args["sequence"] for args in db.session.scalars(sa.select(MailRow.args).order_by(MailRow.id))]
    assert sequences == [0, 0, 1, 1]
    assert len(participants(session)) == 2


def test_a_cancelled_session_tells_everybody_why_and_stays_cancelled() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    sessions.add(session.id, somebody("Jan Wit"), by)
    with pytest.raises(FieldError):
        sessions.cancel(session.id, "", by)
    sessions.cancel(session.id, "The trainer is ill.", by)
    assert mails()[1:] == [("session_cancelled", "jan@quillmark.example")]
    with pytest.raises(sessions.SessionOver):
        sessions.change(session.id, details(), "", by)
    with pytest.raises(sessions.SessionOver):
        sessions.add(session.id, somebody("Eva Roos"), by)
    sessions.cancel(session.id, "Again.", by)
    assert len(mails()) == 2


def test_places_are_counted() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by, capacity=1)
    sessions.add(session.id, somebody("Jan Wit"), by)
    with pytest.raises(sessions.SessionFull):
        sessions.add(session.id, somebody("Hanna Wilk"), by)
    sessions.change(session.id, details(trainer_id=by.id, capacity=2), "", by)
    sessions.add(session.id, somebody("Hanna Wilk"), by)
    with pytest.raises(FieldError) as refused:
        sessions.change(session.id, details(trainer_id=by.id, capacity=1), "", by)
    assert refused.value.field == "capacity"


def test_twenty_who_come_at_once_share_seven_places(app: Flask) -> None:
    by = a_staff_member("account_manager").id
    session = a_session(capacity=7)
    id = session.id

    def join(place: int) -> object:
        return sessions.add(id, somebody(f"Guest{place} Wit"), person(by)).id

    results = at_once(app, *[lambda place=place: join(place) for place in range(20)])  # type: ignore[misc]  # a default to bind
    refused = [result for result in results if isinstance(result, BaseException)]
    assert all(isinstance(result, DomainError) for result in refused), refused
    db.session.rollback()
    count = db.session.scalar(sa.select(sa.func.count()).select_from(Participant).where(Participant.session_id == id))
    assert (count, len(refused), len(mails())) == (7, 13, 7)


def test_one_form_sent_five_times_at_once_is_one_session(app: Flask) -> None:
    by = a_staff_member("account_manager").id
    made = at_once(app, *[lambda: sessions.plan(details(), person(by), key="form").id] * 5)
    assert len(set(made)) == 1, made


def test_it_is_held_once_it_has_begun_and_attendance_is_corrected(app: Flask) -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    jan = sessions.add(session.id, somebody("Jan Wit"), by)
    eva = sessions.add(session.id, somebody("Eva Roos"), by)
    with pytest.raises(sessions.NotBegun):
        sessions.hold(session.id, {}, "", by)
    with time_machine.travel(session.starts_at + timedelta(hours=2)):
        with app.test_request_context():
            assert [item.title for item in inbox.items(by, 9)] == ["Working with customers"]
        sessions.hold(session.id, {jan.id: Attendance.ATTENDED, eva.id: Attendance.MISSED}, "Went well.", by)
        assert [one.attendance for one in participants(session)] == ["attended", "missed"]
        assert inbox.items(by, 9) == []
        sessions.hold(session.id, {eva.id: Attendance.ATTENDED}, "Went well.", by)
        assert [one.attendance for one in participants(session)] == ["attended", "attended"]
        sessions.set_recording(session.id, Recording("https://video.example/1", 58), by)
    db.session.refresh(session)
    assert (session.state, session.recording_url, session.notes) == (
        SessionState.HELD,
        "https://video.example/1",
        "Went well.",
    )


def test_only_the_trainer_and_who_manages_note_who_was_there() -> None:
    designer, other = a_staff_member("designer"), a_staff_member("designer")
    session = a_session(trainer_id=designer.id)
    with time_machine.travel(session.starts_at + timedelta(hours=1)):
        with pytest.raises(Forbidden):
            sessions.hold(session.id, {}, "", person(other.id))
        sessions.hold(session.id, {}, "", person(designer.id))


def test_nobody_is_mailed_about_what_is_over() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    with time_machine.travel(session.starts_at + timedelta(days=1)):
        one = sessions.add(session.id, somebody("Jan Wit"), by)
        sessions.withdraw(session.id, one.id, by)
    assert mails() == []


def test_what_is_planned_lies_ahead_and_one_form_is_one_session() -> None:
    by = a_staff_member("account_manager")
    with pytest.raises(FieldError):
        sessions.plan(details(starts_at=now() - timedelta(minutes=1)), by)
    first, again = (sessions.plan(details(), by, key="form") for _ in range(2))
    assert first.id == again.id
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TrainingSession)) == 1


def test_who_saves_second_is_told() -> None:
    by = a_staff_member("account_manager")
    session = a_session(by)
    sessions.change(session.id, details(trainer_id=by.id, title="Other"), "", by, expect=session.version)
    with pytest.raises(sessions.SessionMovedOn):
        sessions.change(session.id, details(trainer_id=by.id), "", by, expect=1)
    assert datetime.now(UTC) > session.created_at
