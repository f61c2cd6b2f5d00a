"""The way in by a personal link: it stays open, nothing is changed by looking, and a new device is asked for a code."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.access.links import Purpose
from app.core.clock import now
from app.core.db import db
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import PlanCode, PlanContact, PlanDevice
from app.plans.party import Hand
from app.plans.service import handing_over, people, starting
from app.plans.service.people import NewContact
from tests import sentences
from tests.plans.coming import come, link_to
from tests.sentences import a_contact, main_contact, post, task_of

pytestmark = pytest.mark.usefixtures("context")


def a_plan(**values: Any) -> Any:
    """One whose people read English."""
    return sentences.a_plan(**{"locale": "en", **values})


@pytest.fixture
def production(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where codes are asked for."""
    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], mode="production"))


def code_in_mail() -> str:
    return str(db.session.scalars(sa.select(MailRow).order_by(MailRow.id.desc())).first().args["code"])  # type: ignore[union-attr]  # one was sent


def test_the_link_shows_a_button_and_stays_open(client: FlaskClient) -> None:
    plan = a_plan()
    contact = main_contact(plan)
    path = link_to(contact)
    shown = client.get(path)
    assert shown.status_code == 200
    assert f"Plan for {plan.name}" in shown.get_data(as_text=True)
    assert "This page is for Hanna Wilk" in shown.get_data(as_text=True)
    assert main_contact(plan).entered_at is None, "looking is not entering"
    for _time in range(2):
        answer = post(client, path)
        assert (answer.status_code, answer.location) == (303, f"/my/plans/{plan.ref}")
    assert main_contact(plan).entered_at is not None


def test_a_link_about_a_task_opens_there(client: FlaskClient) -> None:
    plan = a_plan()
    task = task_of(plan, "domain")
    path = link_to(main_contact(plan), payload={"task": task.ref})
    assert post(client, path).location == f"/my/plans/{plan.ref}/tasks/{task.ref}"


def test_a_closed_link_explains_and_those_inside_are_out(client: FlaskClient) -> None:
    plan = a_plan()
    staff = Hand(person=db.session.get_one(Person, plan.manager_id))
    jan = a_contact(plan, "Jan Wit", locale="en")
    path = link_to(jan)
    post(client, path)
    assert client.get(f"/my/plans/{plan.ref}").status_code == 200
    people.end(plan.id, jan.ref, staff)
    closed = client.get(path)
    assert closed.status_code == 410
    assert "mailto:" in closed.get_data(as_text=True)
    out = client.get(f"/my/plans/{plan.ref}")
    assert out.status_code == 404
    assert "Open your plan by your link" in out.get_data(as_text=True)


def test_without_a_link_the_page_says_how_to_get_in(client: FlaskClient) -> None:
    plan = a_plan()
    for path in (f"/my/plans/{plan.ref}", "/my/plans/P-00000000", f"/my/tasks/{task_of(plan, 'domain').ref}"):
        answer = client.get(f"{path}?lang=en")
        assert answer.status_code == 404
        assert "Open your plan by your link" in answer.get_data(as_text=True)


def test_an_archived_plan_is_read_for_ninety_days(client: FlaskClient) -> None:
    plan = a_plan()
    come(client, main_contact(plan))
    starting.archive(plan.id, "Done", Hand(person=db.session.get_one(Person, plan.manager_id)))
    page = client.get(f"/my/plans/{plan.ref}")
    assert "This plan is archived" in page.get_data(as_text=True)
    with time_machine.travel(now() + timedelta(days=91)):
        assert client.get(f"/my/plans/{plan.ref}").status_code == 404


@pytest.mark.usefixtures("production")
def test_a_new_device_is_asked_for_a_code_once(app: Flask, client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    asked = come(client, main_contact(plan))
    assert (asked.status_code, asked.location.split("?")[0]) == (303, f"{page}/code")
    before = client.get(asked.location)
    assert "hanna@quillmark.example" in before.get_data(as_text=True)
    assert db.session.scalars(sa.select(PlanCode)).all() == [], "looking sends nothing"
    assert post(client, f"{page}/code/mail", {"next": page}, page=f"{page}/code").status_code == 303
    code = code_in_mail()
    assert re.fullmatch(r"\d{6}", code)
    assert code not in str(db.session.scalars(sa.select(PlanCode.code_hash)).one())
    entered = post(client, f"{page}/code", {"code": f"{code[:3]} {code[3:]}", "next": page})
    assert (entered.status_code, entered.location) == (303, page)
    assert client.get(page).status_code == 200
    come(client, main_contact(plan))
    assert client.get(page).status_code == 200, "the device is known from now on"
    other = app.test_client()
    assert come(other, main_contact(plan)).status_code == 303, "another one is not"
    assert post(other, f"{page}/reminders", {"on": "0"}, page=f"{page}/code").location.startswith(f"{page}/code")
    assert main_contact(plan).reminders is True


@pytest.mark.usefixtures("production")
def test_a_code_takes_five_tries_and_a_quarter_of_an_hour(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    post(client, f"{page}/code/mail", page=f"{page}/code")
    code = code_in_mail()
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for turn in range(5):
        answer = post(client, f"{page}/code", {"code": wrong})
        assert answer.status_code == 422
        assert ("no longer valid" in answer.get_data(as_text=True)) == (turn == 4)
    assert post(client, f"{page}/code", {"code": code}).status_code == 422, "now also the right one is refused"
    post(client, f"{page}/code/mail", page=f"{page}/code")
    with time_machine.travel(now() + timedelta(minutes=16)):
        assert post(client, f"{page}/code", {"code": code_in_mail()}).status_code == 422
    assert db.session.scalars(sa.select(PlanDevice)).all() == []


@pytest.mark.usefixtures("production")
def test_codes_are_not_mailed_without_end(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    answers = [post(client, f"{page}/code/mail", page=f"{page}/code").status_code for _time in range(6)]
    assert answers[:2] == [303, 303]
    assert answers[-1] == 429
    sent = db.session.scalar(sa.select(sa.func.count()).where(MailRow.template == "plan_code"))
    assert sent is not None
    assert sent <= 3


@pytest.mark.usefixtures("production")
def test_another_address_makes_every_device_a_new_one(app: Flask, client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    contact = main_contact(plan)
    come(client, contact)
    post(client, f"{page}/code/mail", page=f"{page}/code")
    post(client, f"{page}/code", {"code": code_in_mail()})
    staff = Hand(person=db.session.get_one(Person, plan.manager_id))
    details = NewContact("Hanna Wilk", "hanna.wilk@quillmark.example", role="main", enters=True)
    people.edit(plan.id, contact.ref, details, staff)
    assert client.get(page).status_code == 404, "the link is closed"
    assert come(client, main_contact(plan)).status_code == 303, "and the device is asked again"


@pytest.mark.usefixtures("production")
def test_a_link_to_one_task_asks_too(client: FlaskClient) -> None:
    plan = a_plan()
    task = task_of(plan, "domain")
    hand = Hand(contact=main_contact(plan))
    bea = NewContact("Bea", "bea@bank.example", locale="en")
    given = handing_over.hand_over(plan.id, task.ref, bea, "", hand)
    asked = come(client, given, Purpose.PLAN_TASK)
    assert (asked.status_code, asked.location.split("?")[0]) == (303, f"/my/tasks/{task.ref}/code")
    post(client, f"/my/tasks/{task.ref}/code/mail", page=f"/my/tasks/{task.ref}/code")
    assert post(client, f"/my/tasks/{task.ref}/code", {"code": code_in_mail()}).location == f"/my/tasks/{task.ref}"
    assert client.get(f"/my/tasks/{task.ref}").status_code == 200
    assert db.session.get_one(PlanContact, given.contact_id).entered_at is not None


@pytest.mark.usefixtures("production")
def test_a_way_back_leads_nowhere_else(client: FlaskClient) -> None:
    plan = a_plan()
    page = f"/my/plans/{plan.ref}"
    come(client, main_contact(plan))
    post(client, f"{page}/code/mail", page=f"{page}/code")
    entered = post(client, f"{page}/code", {"code": code_in_mail(), "next": "//evil.example"})
    assert entered.location == page
