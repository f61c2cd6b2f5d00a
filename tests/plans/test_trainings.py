"""Trainings of a plan: who is named is invited, sessions are shared, holding one does the task (I9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.access import links
from app.access.links import Purpose
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import NotFound
from app.customers import service as customers
from app.customers.models import Account
from app.plans.models import Plan, PlanTask, PlanTraining
from app.plans.party import Hand
from app.plans.queries import trainings as queries
from app.plans.service import assigning, people, starting, trainings, working
from app.plans.service.people import NewContact
from app.plans.service.trainings import ExtraTraining
from app.trainings.models import Attendance, Participant, TrainingSession
from app.trainings.service import feeds, sessions
from tests.leads.sentences import an_account
from tests.leads.test_races_desk import at_once, person
from tests.plans import replaying
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_contact,
    a_plan,
    a_playbook,
    a_staff_member,
    csrf_of,
    main_contact,
    post,
    sign_in,
    task_of,
)
from tests.trainings.sentences import a_session, details, mails, participants, somebody, training_of

pytestmark = pytest.mark.usefixtures("context")

TASKS: list[dict[str, Any]] = [
    {
        "code": "crm_people",
        "phase": "end",
        "kind": "people",
        "side": "customer",
        "title": {"en": "Who comes to the training?"},
        "training": "crm",
        "several": True,
    },
    {
        "code": "crm_held",
        "phase": "end",
        "kind": "meeting",
        "side": "vendor",
        "title": {"en": "Hold the training"},
        "training": "crm",
    },
]


def with_training(**values: Any) -> Plan:
    return a_plan(of=a_playbook(tasks=[*SMALL_PLAYBOOK["tasks"], *TASKS]), **values)


def staff() -> Hand:
    return Hand(person=a_staff_member("account_manager"))


def planned(plan: Plan, **values: Any) -> TrainingSession:
    hand = staff()
    assert hand.person is not None
    session = a_session(hand.person, **values)
    trainings.take_up(plan.id, training_of(plan).ref, session.id, hand)
    return session


def taking_part(session: TrainingSession) -> list[str]:
    return [one.name for one in participants(session) if one.attendance != Attendance.WITHDRAWN]


def test_names_in_the_task_are_invited_and_follow() -> None:
    plan = with_training()
    hanna, jan = main_contact(plan), a_contact(plan)
    session, ref = planned(plan), task_of(plan, "crm_people").ref
    hand = Hand(contact=hanna)
    working.hand_in(plan.id, ref, {"people": [{"contact": hanna.ref}, {"contact": jan.ref}]}, hand)
    assert taking_part(session) == ["Hanna Wilk", "Jan Wit"]
    assert mails() == [("session_invitation", hanna.email), ("session_invitation", jan.email)]
    working.hand_in(plan.id, ref, {"people": [{"contact": jan.ref}]}, hand)
    assert taking_part(session) == ["Jan Wit"]
    assert mails()[2:] == [("session_cancelled", hanna.email)]
    replaying.check(plan.id)


def test_a_session_planned_later_invites_who_was_named() -> None:
    plan = with_training()
    hanna = main_contact(plan)
    trainings.name_people(plan.id, training_of(plan).ref, [hanna.ref], staff())
    assert mails() == []
    session = planned(plan)
    assert taking_part(session) == ["Hanna Wilk"]
    trainings.let_go(plan.id, training_of(plan).ref, session.ref, staff())
    assert taking_part(session) == []
    assert mails() == [("session_invitation", hanna.email), ("session_cancelled", hanna.email)]


def test_whoever_leaves_the_plan_leaves_the_session_and_another_address_is_invited_anew() -> None:
    plan = with_training()
    hanna, jan = main_contact(plan), a_contact(plan)
    session = planned(plan)
    trainings.name_people(plan.id, training_of(plan).ref, [hanna.ref, jan.ref], staff())
    people.end(plan.id, jan.ref, staff())
    assert taking_part(session) == ["Hanna Wilk"]
    people.edit(plan.id, hanna.ref, NewContact("Hanna Wilk", "hw@quillmark.example", role="main", enters=True), staff())
    invited = [one.email for one in participants(session) if one.attendance == Attendance.INVITED]
    assert invited == ["hw@quillmark.example"]


def test_a_full_session_takes_whom_it_can_and_says_for_whom_there_is_no_place() -> None:
    plan = with_training()
    hanna, jan = main_contact(plan), a_contact(plan)
    session = planned(plan, capacity=1)
    trainings.name_people(plan.id, training_of(plan).ref, [hanna.ref, jan.ref], staff())
    row = queries.of_plan(plan.id)[0].sessions[0]
    assert (row.session.id, [one.name for one in row.takes_part]) == (session.id, ["Hanna Wilk"])
    assert [one.name for one in row.without_place] == ["Jan Wit"]


def test_whom_staff_took_off_a_session_stays_off_until_named_anew() -> None:
    plan = with_training()
    hanna, jan = main_contact(plan), a_contact(plan)
    session, ref = planned(plan), training_of(plan).ref
    trainings.name_people(plan.id, ref, [hanna.ref, jan.ref], staff())
    person = a_staff_member("account_manager")
    sessions.withdraw(session.id, next(one.id for one in participants(session) if one.email == jan.email), person)
    trainings.name_people(plan.id, ref, [hanna.ref, jan.ref, a_contact(plan, "Eva Roos").ref], staff())
    assert taking_part(session) == ["Hanna Wilk", "Eva Roos"]
    trainings.name_people(plan.id, ref, [hanna.ref], staff())
    trainings.name_people(plan.id, ref, [hanna.ref, jan.ref], staff())
    assert sorted(taking_part(session)) == ["Hanna Wilk", "Jan Wit"]


def test_two_plans_share_a_session_and_holding_it_does_the_task_in_both() -> None:
    one, other = with_training(), with_training()
    session = planned(one)
    trainings.take_up(other.id, training_of(other).ref, session.id, staff())
    for plan in (one, other):
        trainings.name_people(plan.id, training_of(plan).ref, [main_contact(plan).ref], staff())
    assert len(taking_part(session)) == 1, "the same address is one participant"
    by = a_staff_member("account_manager")
    with time_machine.travel(session.starts_at + timedelta(hours=2)):
        sessions.hold(session.id, {}, "", by)
        sessions.hold(session.id, {}, "Once more.", by)
    day = session.starts_at.astimezone(ZoneInfo(session.timezone)).date()
    for plan in (one, other):
        task = task_of(plan, "crm_held")
        assert (task.state, task.answer["on"]) == ("done", day.isoformat())
        replaying.check(plan.id)


def test_extra_trainings_come_by_hand_and_go_while_nothing_is_planned() -> None:
    plan = with_training()
    extra = trainings.add(plan.id, ExtraTraining("Deepening: reports", 90), staff())
    assert [view.title for view in queries.of_plan(plan.id)] == ["Working with customers", "Deepening: reports"]
    with pytest.raises(NotFound):
        trainings.remove(plan.id, training_of(plan).ref, staff())
    session = a_session()
    trainings.take_up(plan.id, extra.ref, session.id, staff())
    with pytest.raises(trainings.TrainingHeld):
        trainings.remove(plan.id, extra.ref, staff())
    trainings.let_go(plan.id, extra.ref, session.ref, staff())
    trainings.remove(plan.id, extra.ref, staff())
    assert len(queries.of_plan(plan.id)) == 1


def test_a_training_that_is_no_longer_needed_takes_its_people_off() -> None:
    plan = with_training(facts={"payroll": True})
    hanna = main_contact(plan)
    session = a_session()
    payroll = training_of(plan, "payroll")
    trainings.name_people(plan.id, payroll.ref, [hanna.ref], staff())
    trainings.take_up(plan.id, payroll.ref, session.id, staff())
    assert taking_part(session) == ["Hanna Wilk"]
    starting.change_facts(plan.id, {"payroll": False}, staff())
    assert taking_part(session) == []


def test_merged_accounts_take_their_participants_along() -> None:
    plan = with_training()
    session = planned(plan)
    trainings.name_people(plan.id, training_of(plan).ref, [main_contact(plan).ref], staff())
    other = an_account()
    merged = db.session.get_one(Account, plan.account_id)
    db.session.refresh(other)
    db.session.refresh(merged)
    customers.merge(other.id, merged.id, (other.version, merged.version), {}, a_staff_member("team_leader"))
    db.session.rollback()
    assert db.session.scalars(sa.select(Participant.account_id)).one() == other.id
    trainings.name_people(plan.id, training_of(plan).ref, [], staff())
    assert taking_part(session) == []


def test_names_holding_and_a_merge_at_once_wait_for_each_other_in_one_order(app: Flask) -> None:
    leader, dana = a_staff_member("team_leader").id, a_staff_member("account_manager").id
    for _ in range(4):
        plan, other = with_training(), an_account()
        hanna, jan, ref = main_contact(plan), a_contact(plan), training_of(plan).ref
        begun, coming = planned(plan), planned(plan)
        trainings.name_people(plan.id, ref, [hanna.ref], staff())
        with write():
            db.session.get_one(TrainingSession, begun.id).starts_at = now() - timedelta(hours=2)
        merged = db.session.get_one(Account, plan.account_id)
        ids, versions = (other.id, merged.id), (other.version, merged.version)
        id, refs, hold = plan.id, [hanna.ref, jan.ref], (begun.id, coming.id)
        results = at_once(
            app,
            lambda: trainings.name_people(id, ref, refs, Hand(person=person(dana))),  # noqa: B023 - run at once
            lambda: sessions.hold(hold[0], {}, "Went well.", person(dana)),  # noqa: B023 - run at once
            lambda: customers.merge(*ids, versions, {}, person(leader)),  # noqa: B023 - run at once
            lambda: sessions.add(hold[1], somebody("Eva Roos"), person(dana)),  # noqa: B023 - run at once
        )
        assert [one for one in results if isinstance(one, BaseException)] == []
        db.session.rollback()
        assert set(taking_part(coming)) == {"Hanna Wilk", "Jan Wit", "Eva Roos"}


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("many", [1, 12])
def test_the_trainings_of_a_plan_cost_the_same_however_many(app: Flask, many: int) -> None:
    plan = with_training()
    refs = [a_contact(plan, f"Guest{place} Wit").ref for place in range(many)]
    for place in range(many):
        extra = trainings.add(plan.id, ExtraTraining(f"Extra {place}"), staff())
        trainings.name_people(plan.id, extra.ref, refs, staff())
        trainings.take_up(plan.id, extra.ref, a_session().id, staff())
    db.session.rollback()
    db.session.expire_all()
    with counting(app) as n:
        assert len(queries.of_plan(plan.id)) == many + 1
    assert n <= 5


# --- doors ------------------------------------------------------------------------------------------------------------


def entered(app: Flask, plan: Plan) -> FlaskClient:
    """The main contact's browser, come in by the link. In the demo no device asks for a code."""
    client = app.test_client()
    with write():
        link, _path = links.mint(Purpose.PLAN, main_contact(plan).id)
        db.session.flush()
        id = link.id
    with client.session_transaction() as session:
        session["scopes"] = {Purpose.PLAN.value: id}
    return client


def test_a_session_is_planned_for_a_training_at_the_desk(app: Flask, client: FlaskClient) -> None:
    plan = with_training()
    hanna = main_contact(plan)
    trainings.name_people(plan.id, training_of(plan).ref, [hanna.ref], staff())
    sign_in(client, a_staff_member("account_manager"))
    page = client.get(f"/desk/plans/{plan.ref}/trainings").get_data(as_text=True)
    assert "Working with customers" in page
    assert "Hanna Wilk" in page
    ref = training_of(plan).ref
    assert f"for={ref}" in client.get(f"/desk/plans/{plan.ref}/trainings/{ref}/sessions").get_data(as_text=True)
    address = f"/desk/trainings/new?for={ref}"
    form = client.get(address).get_data(as_text=True)
    assert 'value="Working with customers"' in form
    starts = details().starts_at
    sent = client.post(
        address,
        data={
            "csrf_token": csrf_of(client, address),
            "key": "k",
            "title": "Working with customers",
            "locale": "en",
            "on": starts.date().isoformat(),
            "at": "10:30",
            "minutes": "60",
        },
        headers={"Origin": "http://localhost"},
    )
    assert sent.status_code == 303, sent.get_data(as_text=True)
    session = db.session.scalars(sa.select(TrainingSession)).one()
    assert taking_part(session) == ["Hanna Wilk"]
    shown = client.get(f"/desk/trainings/{session.ref}").get_data(as_text=True)
    assert plan.name in shown


def test_an_extra_training_is_entered_at_the_desk_and_goes_until_a_session_is_planned(client: FlaskClient) -> None:
    plan = with_training()
    address = f"/desk/plans/{plan.ref}/trainings"
    sign_in(client, a_staff_member("account_manager"))
    wrong = post(client, f"{address}/new", {"title": "", "minutes": "75", "module": "finance"})
    assert wrong.status_code == 422
    assert 'href="#title"' in wrong.text
    assert 'value="75"' in wrong.text
    assert '<option value="finance" selected' in wrong.text
    made_up = post(client, f"{address}/new", {"title": "Reports", "minutes": "75", "module": "nothing"})
    assert (made_up.status_code, 'value="Reports"' in made_up.text) == (422, True)
    typed = {"title": "Deepening: reports", "minutes": "75", "module": "finance"}
    assert post(client, f"{address}/new", typed).status_code == 303
    extra = db.session.scalars(sa.select(PlanTraining).where(PlanTraining.code.is_(None))).one()
    assert (extra.title, extra.minutes, extra.module) == ("Deepening: reports", 75, "finance")
    assert "Deepening: reports" in client.get(address).text

    assert post(client, f"{address}/{training_of(plan).ref}/removal", page=address).status_code == 404, "the playbook's"
    session = a_session()
    trainings.take_up(plan.id, extra.ref, session.id, staff())
    assert post(client, f"{address}/{extra.ref}/removal", page=address).status_code == 409
    trainings.let_go(plan.id, extra.ref, session.ref, staff())
    assert post(client, f"{address}/{extra.ref}/removal", page=address).status_code == 303
    assert "Deepening: reports" not in client.get(address).text


def test_who_takes_part_is_ticked_at_the_desk(client: FlaskClient) -> None:
    plan, other = with_training(), with_training()
    hanna, jan, stranger = main_contact(plan), a_contact(plan), main_contact(other)
    session, ref = planned(plan), training_of(plan).ref
    address = f"/desk/plans/{plan.ref}/trainings/{ref}/people"
    sign_in(client, a_staff_member("account_manager"))
    assert post(client, address, {"people": [hanna.ref, jan.ref]}).status_code == 303
    assert taking_part(session) == ["Hanna Wilk", "Jan Wit"]
    assert client.get(address).text.count(" checked") == 2
    assert post(client, address, {"people": [stranger.ref]}).status_code == 422
    assert taking_part(session) == ["Hanna Wilk", "Jan Wit"]
    assert post(client, address, {"people": [jan.ref]}).status_code == 303
    assert taking_part(session) == ["Jan Wit"]
    assert client.get(f"/desk/plans/{plan.ref}/trainings/{training_of(other).ref}/people").status_code == 404


def test_a_session_is_shared_and_let_go_at_the_desk(client: FlaskClient) -> None:
    plan, other = with_training(), with_training()
    trainings.name_people(plan.id, training_of(plan).ref, [main_contact(plan).ref], staff())
    session = planned(other)
    address = f"/desk/plans/{plan.ref}/trainings/{training_of(plan).ref}/sessions"
    sign_in(client, a_staff_member("account_manager"))
    assert session.ref in client.get(address).text
    for made_up in ("", "S-00000000", "\x00"):
        assert post(client, address, {"session": made_up}).status_code == 404, made_up
    assert post(client, address, {"session": session.ref}).status_code == 303
    assert taking_part(session) == ["Hanna Wilk"]
    assert session.ref not in client.get(address).text, "it is offered no more"
    assert post(client, f"{address}/S-00000000/removal", page=address).status_code == 404
    assert post(client, f"{address}/{session.ref}/removal", page=address).status_code == 303
    assert taking_part(session) == []
    sessions.cancel(session.id, "The trainer is ill.", a_staff_member("account_manager"))
    assert post(client, address, {"session": session.ref}).status_code == 409


def test_who_plans_no_trainings_reads_them_alone(client: FlaskClient) -> None:
    plan = with_training()
    ref, session = training_of(plan).ref, a_session()
    sign_in(client, a_staff_member("designer"))
    page = client.get(f"/desk/plans/{plan.ref}/trainings").text
    assert "Working with customers" in page
    assert "/trainings/new" not in page
    for path in ("new", f"{ref}/people", f"{ref}/sessions"):
        assert client.get(f"/desk/plans/{plan.ref}/trainings/{path}").status_code == 403, path
    sent = post(client, f"/desk/plans/{plan.ref}/trainings/{ref}/sessions", {"session": session.ref}, page="")
    assert sent.status_code == 403
    assert taking_part(session) == []


@pytest.mark.parametrize("made_up", ["T-00000000", "gone"])
def test_a_session_for_a_training_that_is_not_there_begins_empty(client: FlaskClient, made_up: str) -> None:
    plan = with_training()
    extra = trainings.add(plan.id, ExtraTraining("Deepening: reports", 90), staff())
    trainings.remove(plan.id, extra.ref, staff())
    sign_in(client, a_staff_member("account_manager"))
    page = client.get(f"/desk/trainings/new?for={extra.ref if made_up == 'gone' else made_up}")
    assert page.status_code == 200
    assert "Deepening: reports" not in page.text


def test_the_customer_sees_only_their_own_plans_trainings(app: Flask) -> None:
    plan, other = with_training(), with_training()
    mine, theirs = planned(plan), planned(other)
    browser = entered(app, plan)
    page = browser.get(f"/my/plans/{plan.ref}/trainings").get_data(as_text=True)
    assert "Working with customers" in page
    assert task_of(plan, "crm_people").ref in page
    file = browser.get(f"/my/plans/{plan.ref}/trainings/{mine.ref}/session.ics")
    assert (file.status_code, file.mimetype) == (200, "text/calendar")
    assert browser.get(f"/my/plans/{plan.ref}/trainings/{theirs.ref}/session.ics").status_code == 404
    assert browser.get(f"/my/plans/{plan.ref}/trainings/{mine.ref}/file").status_code == 404
    assert app.test_client().get(f"/my/plans/{plan.ref}/trainings").status_code == 404


def test_a_new_device_is_asked_for_a_code_first(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = with_training()
    session, browser = planned(plan), entered(app, plan)
    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], mode="production"))
    for page in ("trainings", "calendar", f"trainings/{session.ref}/session.ics"):
        answer = browser.get(f"/my/plans/{plan.ref}/{page}")
        assert (answer.status_code, answer.location.split("?")[0]) == (303, f"/my/plans/{plan.ref}/code"), page


def test_a_customers_calendar_shows_their_plan_and_stops_when_they_leave(app: Flask) -> None:
    plan, other = with_training(), with_training(contacts=(NewContact("Eva Roos", "eva@other.example", enters=True),))
    session, theirs = planned(plan), planned(other)
    jan = a_contact(plan)
    browser = app.test_client()
    with write():
        link, _path = links.mint(Purpose.PLAN, jan.id)
        db.session.flush()
        id = link.id
    with browser.session_transaction() as kept:
        kept["scopes"] = {Purpose.PLAN.value: id}
    page = f"/my/plans/{plan.ref}/calendar"
    token = csrf_of(browser, page)
    shown = browser.post(page, data={"csrf_token": token}, headers={"Origin": "http://localhost"})
    address = shown.get_data(as_text=True).split("/calendar/")[1].split(".ics")[0]
    feed = app.test_client().get(f"/calendar/{address}.ics")
    assert feed.status_code == 200
    assert session.uid in feed.get_data(as_text=True)
    assert theirs.uid not in feed.get_data(as_text=True)
    assert address not in browser.get(page).get_data(as_text=True)
    people.end(plan.id, jan.ref, staff())
    assert app.test_client().get(f"/calendar/{address}.ics").status_code == 404


def test_a_customer_withdraws_their_calendar(app: Flask) -> None:
    plan = with_training()
    browser = entered(app, plan)
    page = f"/my/plans/{plan.ref}/calendar"
    shown = post(browser, page)
    address = shown.text.split("/calendar/")[1].split(".ics")[0]
    assert app.test_client().get(f"/calendar/{address}.ics").status_code == 200
    for _twice in range(2):
        assert post(browser, f"{page}/withdrawal", page=page).status_code == 303
    assert app.test_client().get(f"/calendar/{address}.ics").status_code == 404


def test_deadlines_stand_in_the_calendar_of_whoever_owes_them(app: Flask) -> None:
    plan = with_training()
    dana = a_staff_member("account_manager")
    task = task_of(plan, "design")
    assigning.assign(plan.id, task.ref, dana, staff())
    with write():
        row = db.session.get_one(PlanTask, task.id)
        row.due_on = details().starts_at.date()
    path = feeds.make_own(dana, team=False, locale="en")
    body = app.test_client().get(path).get_data(as_text=True)
    assert "Due: Design the pages" in body.replace("\r\n ", "")
    assert somebody().name not in body
