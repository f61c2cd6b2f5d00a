"""Introductions: offered, taken by whoever is first, moved, let go, withdrawn, held (S1)."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db
from app.core.errors import FieldError
from app.integrations.models import IntroductionSlot, SlotState, SoftwarePartner
from app.integrations.queries import introductions as queries
from app.integrations.service import introducing
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import TaskState
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.service import sessions
from tests.integrations.sentences import (
    a_partner_with_steps,
    offered_times,
    plan_of,
    task_of,
    the_steps_are_published,
    tomorrow_at,
)
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in
from tests.software import a_software_partner, owner_of

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def staff() -> Person:
    return a_staff_member("coordinator", name="Cora Prins")


@pytest.fixture
def partner(staff: Person) -> SoftwarePartner:
    the_steps_are_published()
    return a_partner_with_steps()


def fresh(slot: IntroductionSlot) -> IntroductionSlot:
    db.session.expire_all()
    return queries.slot(slot.ref)


def mails(email: str) -> list[str]:
    return list(db.session.scalars(sa.select(MailRow.template).where(MailRow.to_email == email).order_by(MailRow.id)))


def test_taking_a_time_makes_a_meeting_with_invitations(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    slot, _other = offered_times(staff, tomorrow_at(10), tomorrow_at(14), link="https://meet.example/1")
    browser = sign_in(app.test_client(), owner_of(partner))
    assert browser.get("/panel/introduction").text.count("Take this time") == 2
    for _press in range(2):
        answer = post(browser, f"/panel/introduction/{slot.ref}", page="/panel/introduction")
        assert answer.status_code == 303
    taken = fresh(slot)
    assert (taken.state, taken.partner_id) == (SlotState.TAKEN, partner.id)
    session = taken.session
    assert session is not None
    assert (session.starts_at, session.trainer_id, session.link) == (slot.starts_at, staff.id, "https://meet.example/1")
    people = set(db.session.scalars(sa.select(Participant.email).where(Participant.session_id == session.id)))
    assert people == {owner_of(partner).email, staff.email}
    assert mails(owner_of(partner).email) == ["session_invitation"]
    assert mails(staff.email) == ["session_invitation"]
    assert plan_of(partner).kickoff_on == slot.starts_at.date()
    offering = task_of(partner, "offer_times")
    assert (offering.state, offering.done_by) == (TaskState.DONE, "Cora Prins")
    page = browser.get("/panel/introduction").text
    assert "Agreed for" in page
    assert "Move to this time" in page
    assert "Cora Prins" in browser.get("/panel/software").text


def test_the_first_has_it_and_the_other_sees_the_rest(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    slot, rest = offered_times(staff, tomorrow_at(10), tomorrow_at(14))
    other = a_software_partner("Konkurent")
    introducing.take(partner.id, slot.ref, owner_of(partner))
    browser = sign_in(app.test_client(), owner_of(other))
    answer = post(browser, f"/panel/introduction/{slot.ref}", page="/panel/introduction")
    assert answer.status_code == 409
    assert "no longer free" in answer.text
    assert f"/panel/introduction/{rest.ref}" in answer.text
    assert "Kassalinja" not in answer.text
    assert fresh(slot).partner_id == partner.id


def test_moving_keeps_the_calendar_entry_and_frees_the_time(partner: SoftwarePartner, staff: Person) -> None:
    colleague = a_staff_member("account_manager", name="Adam Nowak")
    (slot,) = offered_times(staff, tomorrow_at(10))
    (later,) = offered_times(colleague, tomorrow_at(15, days=3))
    owner = owner_of(partner)
    uid = introducing.take(partner.id, slot.ref, owner).session_id
    introducing.take(partner.id, later.ref, owner)
    moved = fresh(later)
    assert moved.session_id == uid
    assert moved.session is not None
    assert (moved.session.starts_at, moved.session.trainer_id) == (later.starts_at, colleague.id)
    assert (fresh(slot).state, fresh(slot).partner_id) == (SlotState.OFFERED, None)
    assert mails(owner.email) == ["session_invitation", "session_changed"]
    assert mails(colleague.email) == ["session_invitation"]
    assert mails(staff.email)[-1] == "session_cancelled"
    assert plan_of(partner).kickoff_on == later.starts_at.date()


def test_letting_go_calls_it_off_and_frees_the_time(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    (slot,) = offered_times(staff, tomorrow_at(10))
    session_id = introducing.take(partner.id, slot.ref, owner_of(partner)).session_id
    browser = sign_in(app.test_client(), owner_of(partner))
    for _press in range(2):
        assert post(browser, "/panel/introduction/release", page="/panel/introduction").status_code == 303
    assert fresh(slot).state == SlotState.OFFERED
    assert db.session.get_one(TrainingSession, session_id).state == SessionState.CANCELLED
    assert plan_of(partner).kickoff_on is None
    introducing.take(partner.id, slot.ref, owner_of(partner))
    assert fresh(slot).session_id != session_id


def test_once_it_has_begun_it_stays(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    slot, later = offered_times(staff, tomorrow_at(10), tomorrow_at(10, days=9))
    introducing.take(partner.id, slot.ref, owner_of(partner))
    with time_machine.travel(slot.starts_at + timedelta(minutes=5), tick=False):
        with pytest.raises(introducing.Begun):
            introducing.let_go(partner.id, owner_of(partner))
        with pytest.raises(introducing.Begun):
            introducing.take(partner.id, later.ref, owner_of(partner))
        browser = sign_in(app.test_client(), owner_of(partner))
        page = browser.get("/panel/introduction").text
        assert "The introduction began" in page
        assert "Let this time go" not in page
    assert fresh(slot).partner_id == partner.id


def test_a_time_that_has_passed_is_not_offered(partner: SoftwarePartner, staff: Person) -> None:
    (slot,) = offered_times(staff, tomorrow_at(10))
    with time_machine.travel(slot.starts_at + timedelta(minutes=1), tick=False):
        assert queries.open_slots() == []
        with pytest.raises(introducing.SlotTaken):
            introducing.take(partner.id, slot.ref, owner_of(partner))
    with pytest.raises(FieldError):
        offered_times(staff, now() - timedelta(hours=1))


def test_the_same_time_is_offered_once(staff: Person) -> None:
    moment = tomorrow_at(10)
    assert len(offered_times(staff, moment)) == 1
    assert offered_times(staff, moment) == []
    (slot,) = db.session.scalars(sa.select(IntroductionSlot)).all()
    introducing.withdraw(slot.id, "", staff)
    introducing.withdraw(slot.id, "", staff)
    assert fresh(slot).state == SlotState.WITHDRAWN
    assert len(offered_times(staff, moment)) == 1
    assert fresh(slot).state == SlotState.OFFERED


def test_a_taken_time_is_withdrawn_with_a_reason(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    (slot,) = offered_times(staff, tomorrow_at(10))
    introducing.take(partner.id, slot.ref, owner_of(partner))
    desk = sign_in(app.test_client(), staff)
    page = f"/desk/introductions/{slot.ref}/withdrawal"
    assert "Kassalinja" in desk.get(page).text
    assert post(desk, page, {"reason": ""}).status_code == 422
    assert post(desk, page, {"reason": "I am ill, sorry."}).status_code == 303
    assert mails(owner_of(partner).email)[-1] == "session_cancelled"
    assert queries.introduction_of(partner.id) is None
    assert plan_of(partner).kickoff_on is None


def test_called_off_at_the_trainings_another_time_can_be_taken(partner: SoftwarePartner, staff: Person) -> None:
    slot, later = offered_times(staff, tomorrow_at(10), tomorrow_at(14))
    session_id = introducing.take(partner.id, slot.ref, owner_of(partner)).session_id
    sessions.cancel(session_id or 0, "The room is gone.", staff)
    assert queries.introduction_of(partner.id) is None
    introducing.take(partner.id, later.ref, owner_of(partner))
    found = queries.introduction_of(partner.id)
    assert found is not None
    assert found.ref == later.ref


def test_holding_it_does_the_task_and_begins_the_clock(partner: SoftwarePartner, staff: Person) -> None:
    (slot,) = offered_times(staff, tomorrow_at(10))
    session_id = introducing.take(partner.id, slot.ref, owner_of(partner)).session_id or 0
    with time_machine.travel(slot.starts_at + timedelta(hours=1), tick=False):
        came = {
            one.id: Attendance.ATTENDED
            for one in db.session.scalars(sa.select(Participant).where(Participant.session_id == session_id))
        }
        sessions.hold(session_id, came, "A good talk.", staff)
    task = task_of(partner, "introduction")
    assert task.state == TaskState.DONE
    assert task.answer["on"] == slot.starts_at.date().isoformat()
    assert "good talk" not in str(task.answer)
    assert plan_of(partner).kickoff_held


def test_offering_at_the_desk(app: Flask, staff: Person) -> None:
    desk = sign_in(app.test_client(), staff)
    day = (now() + timedelta(days=7)).date().isoformat()
    sent = {"on": day, "at": "10:30, 14", "minutes": "45", "place": "", "link": "meet.example/x"}
    assert post(desk, "/desk/introductions", sent).status_code == 303
    slots = db.session.scalars(sa.select(IntroductionSlot).order_by(IntroductionSlot.starts_at)).all()
    assert [slot.minutes for slot in slots] == [45, 45]
    assert slots[0].link == "https://meet.example/x"
    assert desk.get("/desk/introductions").text.count("Free") >= 2
    wrong = post(desk, "/desk/introductions", {**sent, "at": "never", "on": "x"})
    assert wrong.status_code == 422
    assert 'value="never"' in wrong.text
    assert post(desk, "/desk/introductions", {**sent, "on": "2020-01-01"}).status_code == 422


def test_a_designer_sees_times_and_offers_none(app: Flask) -> None:
    browser = sign_in(app.test_client(), a_staff_member("designer"))
    assert browser.get("/desk/introductions").status_code == 200
    assert post(browser, "/desk/introductions", {}, page="/desk/introductions").status_code == 403


def test_lists_ask_a_constant_number_of_queries(app: Flask, partner: SoftwarePartner, staff: Person) -> None:
    offered_times(staff, tomorrow_at(10))
    desk, panel = sign_in(app.test_client(), staff), sign_in(app.test_client(), owner_of(partner))
    places = ((desk, "/desk/introductions"), (panel, "/panel/introduction"))
    before = []
    for browser, path in places:
        with counting(app) as queries_asked:
            browser.get(path)
        before.append(queries_asked.count)
    offered_times(staff, *(tomorrow_at(hour, days=2) for hour in range(8, 16)))
    for (browser, path), count in zip(places, before, strict=True):
        with counting(app) as queries_asked:
            browser.get(path)
        assert queries_asked.count == count <= 8


def test_a_client_without_a_sign_in_sees_nothing(client: FlaskClient) -> None:
    assert client.get("/panel/introduction").status_code == 303
