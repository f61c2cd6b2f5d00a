"""The starting date at the desk: on the start form, at conversion, shown before it is moved, billing, and its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import BillingDetail
from app.billing.service.details import DetailTerms
from app.billing.service.handing_over import hand_over
from app.core.db import db
from app.core.errors import FieldError
from app.customers.models import AccountState
from app.leads.models import LeadState
from app.leads.service import conversion
from app.leads.service.conversion import CannotReverse, FirstPlan
from app.people.models import Person
from app.plans.models import Plan
from app.plans.service import billed, scheduling, working
from app.settings import service as settings
from app.settings.processes import Process
from tests.leads.sentences import a_lead, again, an_account
from tests.leads.test_conversion import everything
from tests.plans.coming import come
from tests.plans.starting_dates import (
    STARTING_PLAYBOOK,
    a_detail,
    a_starting_plan,
    a_starting_playbook,
    a_team_leader,
    account_of,
    days,
    details_of,
)
from tests.plans.test_desk_plan import hidden_of, text_of
from tests.plans.test_standing import at, staff_of
from tests.queries import counting
from tests.sentences import a_service, a_staff_member, main_contact, post, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture(autouse=True)
def _service(context: Any) -> Iterator[None]:
    with at("2026-03-02"):
        a_service("setup", en="Set-up")
        yield


@pytest.fixture
def manager(client: FlaskClient) -> Person:
    person = a_staff_member("account_manager", name="Marit Solberg")
    sign_in(client, person)
    return person


def signed_in(client: FlaskClient, *roles: str) -> Person:
    person = a_staff_member(*roles)
    sign_in(client, person)
    return person


def fresh(plan: Plan) -> Plan:
    db.session.rollback()
    return db.session.get_one(Plan, plan.id, populate_existing=True)


# --- starting ---------------------------------------------------------------------------------------------------------


def typed(page: str, manager: Person, **values: Any) -> dict[str, Any]:
    return {
        "playbook": "onboarding",
        "asked": "onboarding",
        "do": "start",
        "key": hidden_of(page, "key"),
        "manager": manager.ref,
        "locale": "en",
        "contract_on": "2026-03-02",
        "golive_on": "2026-03-12",
        "name": "",
        "fact_way": "classic",
        "contacts-0-name": "Hanna Wilk",
        "contacts-0-email": "hanna@quillmark.example",
        "contacts-0-role": "main",
        "contacts-0-enters": "y",
    } | values


def test_the_start_form_asks_for_the_starting_date_and_links_billing(client: FlaskClient, manager: Person) -> None:
    a_starting_playbook()
    with at("2026-03-02"):
        account = an_account()
        detail = a_detail(account, date(2026, 3, 20))
        path = f"/desk/plans/new?account={account.ref}"
        page = text_of(client, path)
        assert "Starting date" in page
        assert detail.ref in page
        assert "149" in page  # what the answer costs is said before
        assert "Reason for a later starting date" not in page
        assert page.count('name="contract_on"') == 1

        late = post(client, path, typed(page, manager, golive_on="2026-03-17"), page="")
        assert late.status_code == 422
        assert "16 March 2026" in late.text
        assert 'value="2026-03-17"' in late.text

        answer = post(client, path, typed(page, manager, billing=[detail.ref]), page="")
        assert answer.status_code == 303, answer.text
    plan = db.session.scalars(sa.select(Plan)).one()
    assert plan.golive_on == date(2026, 3, 12)
    assert [(one.months, one.starts_on) for one in details_of(plan)] == [(1, date(2026, 3, 12)), (0, date(2026, 3, 12))]


def test_other_playbooks_ask_for_no_starting_date(client: FlaskClient, manager: Person) -> None:
    from tests.sentences import a_playbook

    a_playbook()
    page = text_of(client, f"/desk/plans/new?account={an_account().ref}")
    assert "Starting date" not in page
    assert page.count('name="contract_on"') == 1


def test_a_team_leader_starts_with_a_later_date_and_its_reason(client: FlaskClient) -> None:
    leader = signed_in(client, "team_leader")
    a_starting_playbook()
    with at("2026-03-02"):
        path = f"/desk/plans/new?account={an_account().ref}"
        page = text_of(client, path)
        late = {"golive_on": "2026-03-20"}
        answer = post(client, path, typed(page, leader, **late), page="")
        assert answer.status_code == 422
        assert "Enter the reason for a later one" in answer.text
        answer = post(client, path, typed(page, leader, **late, starting_why="Moving house"), page="")
        assert answer.status_code == 303, answer.text
        plan = db.session.scalars(sa.select(Plan)).one()
        shown = text_of(client, f"/desk/plans/{plan.ref}/schedule")
        assert "Moving house" in shown
        assert leader.name in shown


# --- moving it --------------------------------------------------------------------------------------------------------


def test_what_moves_is_shown_then_saved(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        path = f"/desk/plans/{plan.ref}/schedule/days"
        page = text_of(client, path)
        assert "Starting date" in page
        assert "kick-off" not in page
        form = {"contract_on": "2026-03-02", "golive_on": "2026-03-16", "version": hidden_of(page, "version")}
        shown = post(client, path, {**form, "do": "show"})
        assert shown.status_code == 200
        assert fresh(plan).golive_on == date(2026, 3, 12)
        for words in ("5 March 2026", "9 March 2026", "Send us your photos", "Set up the profile", "Set-up"):
            assert words in shown.text
        assert "Call the customer" not in shown.text
        moves = client.post(
            path,
            data={**form, "csrf_token": hidden_of(page, "csrf_token")},
            headers={"HX-Request": "true", "Origin": "http://localhost"},
        )
        assert moves.text.lstrip().startswith('<div id="moves"')
        pressed = {**form, "mark": hidden_of(shown.text, "mark"), "do": "save"}
        assert [post(client, path, pressed).status_code for _twice in range(2)] == [303, 303]
        assert fresh(plan).golive_on == date(2026, 3, 16)
        text_of(client, f"/desk/plans/{plan.ref}/history")


def test_a_stale_preview_is_409_with_both_and_a_second_press_saves(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        path = f"/desk/plans/{plan.ref}/schedule/days"
        form = {"contract_on": "2026-03-02", "golive_on": "2026-03-16", "version": "1", "do": "show"}
        mark = hidden_of(post(client, path, form).text, "mark")
        scheduling.agree(plan.id, days(date(2026, 3, 10)), staff_of(plan))
        answer = post(client, path, {**form, "mark": mark, "do": "save"})
        assert answer.status_code == 409
        assert "10 March 2026" in answer.text
        assert 'value="2026-03-16"' in answer.text
        assert fresh(plan).golive_on == date(2026, 3, 10)
        again = post(client, path, {**form, "mark": hidden_of(answer.text, "mark"), "do": "save"})
        assert again.status_code == 303
        assert fresh(plan).golive_on == date(2026, 3, 16)


def test_saving_without_having_looked_shows_it_first(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        path = f"/desk/plans/{plan.ref}/schedule/days"
        answer = post(client, path, {"contract_on": "2026-03-02", "golive_on": "2026-03-16", "do": "save"})
        assert answer.status_code == 409
        assert "What would move" in answer.text
    assert fresh(plan).golive_on == date(2026, 3, 12)


@pytest.mark.parametrize("golive_on", ["2026-03-17", "2026-03-01", "", "31-31-2026", "<b>"])
def test_a_date_that_cannot_be_is_refused_beside_the_field(
    client: FlaskClient, manager: Person, golive_on: str
) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        path = f"/desk/plans/{plan.ref}/schedule/days"
        for do in ("show", "save"):
            answer = post(client, path, {"contract_on": "2026-03-02", "golive_on": golive_on, "do": do})
            assert answer.status_code == 422
            assert 'id="golive_on-error"' in answer.text
    assert fresh(plan).golive_on == date(2026, 3, 12)


@pytest.mark.parametrize("role", ["sales", "content_editor", "designer", "finance"])
def test_only_who_manages_plans_moves_it(client: FlaskClient, role: str) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        signed_in(client, role)
        answer = post(client, f"/desk/plans/{plan.ref}/schedule/days", {"golive_on": "2026-03-16"}, page="")
        assert answer.status_code == 403


def test_an_account_manager_cannot_send_a_reason_of_their_own(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        form = {"contract_on": "2026-03-02", "golive_on": "2026-03-20", "starting_why": "I say so", "do": "show"}
        assert post(client, f"/desk/plans/{plan.ref}/schedule/days", form).status_code == 422


# --- billing ----------------------------------------------------------------------------------------------------------


def test_billing_is_linked_begun_and_parted_on_the_plan(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        detail = a_detail(account_of(plan), date(2026, 4, 1))
        path = f"/desk/plans/{plan.ref}/billing"
        assert detail.ref in text_of(client, path)
        assert post(client, path, {"billing": [detail.ref]}).status_code == 303
        assert post(client, path, {"billing": []}).status_code == 422
        assert post(client, path, {"billing": ["B-UNKNOWN"]}).status_code == 422
        service = a_service("till", en="Till")
        new = text_of(client, f"{path}/new?service=till")
        form = {
            "service": service.code,
            "months": "1",
            "net": "30.00",
            "currency": "EUR",
            "vat_rate": "",
            "text": "",
            "key": hidden_of(new, "key"),
        }
        assert [post(client, f"{path}/new", form).status_code for _twice in range(2)] == [303, 303]
        assert post(client, f"{path}/new", {**form, "net": "a lot"}).status_code == 422
        assert [one.starts_on for one in details_of(plan)] == [date(2026, 3, 12)] * 2
        page = text_of(client, f"/desk/plans/{plan.ref}")
        assert "Billing begins on the starting date: 12 March 2026." in page
        assert "Till" in page
        assert post(client, f"{path}/{detail.ref}/parting", page=path).status_code == 303
        assert [one.detail.service.name for one in billed.of_plan(plan)] == ["Till"]


@pytest.mark.parametrize(("role", "reads", "changes"), [("coordinator", 200, 403), ("designer", 403, 403)])
def test_who_reads_and_who_changes_billing_of_a_plan(client: FlaskClient, role: str, reads: int, changes: int) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        signed_in(client, role)
        path = f"/desk/plans/{plan.ref}/billing"
        assert client.get(path).status_code == reads
        assert client.get(f"{path}/new").status_code == changes
        assert post(client, path, {"billing": []}, page="").status_code == changes


def test_billing_needs_a_starting_date_and_its_process(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(golive_on=None, facts={"way": "classic"})
        path = f"/desk/plans/{plan.ref}/billing"
        assert "made once the starting date is agreed" in text_of(client, path)
        assert client.get(f"{path}/new").status_code == 409
        assert "not agreed yet" in text_of(client, f"/desk/plans/{plan.ref}")
        settings.switch(Process.BILLING, False, 0, a_staff_member("administrator"))
        assert client.get(path).status_code == 404
        text_of(client, f"/desk/plans/{plan.ref}")


def test_other_plans_have_no_such_page(client: FlaskClient, manager: Person) -> None:
    from tests.sentences import a_plan, a_playbook

    plan = a_plan(of=a_playbook())
    assert client.get(f"/desk/plans/{plan.ref}/billing").status_code == 404
    assert "Starting date" not in text_of(client, f"/desk/plans/{plan.ref}")
    assert "Starting date" not in text_of(client, f"/desk/plans/{plan.ref}/schedule")


def test_what_an_answer_costs_is_said_before_and_an_invoiced_one_stays(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan()
        path = f"/desk/plans/{plan.ref}/facts"
        page = text_of(client, path)
        form = {"fact_way": "classic", "version": hidden_of(page, "version")}
        shown = post(client, path, {**form, "do": "show"})
        assert "due once on 12 March 2026" in shown.text
        assert post(client, path, {**form, "do": "save"}).status_code == 303
        (fee,) = details_of(plan)
        form = {"fact_way": "self", "version": str(fresh(plan).version)}
        assert f"The billing detail {fee.ref}" in post(client, path, {**form, "do": "show"}).text
        hand_over(date(2026, 3, 31), "key", a_staff_member("finance"))
        refused = post(client, path, {**form, "do": "save"})
        assert refused.status_code == 422
        assert "was handed over or invoiced already" in refused.text


# --- publishing, and words --------------------------------------------------------------------------------------------


def test_the_address_is_shown_as_a_link_with_how_far_it_lies_apart(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-05"):
        plan = a_starting_plan()
        for code in ("first_call", "second_call"):
            working.tick(plan.id, task_of(plan, code).ref, staff_of(plan))
        ref = task_of(plan, "publish").ref
        sign_in(client, manager)
        assert client.get(f"/desk/plans/{plan.ref}/schedule/live").location.endswith(f"/tasks/{ref}")
        working.hand_in(plan.id, ref, {"address": "quillmark.example"}, staff_of(plan))
        page = text_of(client, f"/desk/plans/{plan.ref}/schedule")
        assert re.search(r'href="https://quillmark\.example/?" rel="noopener noreferrer"', page)
        assert "7 days before the starting date." in page
        assert text_of(client, f"/desk/plans/{plan.ref}/schedule/live")
        assert 'href="https://quillmark.example' in come(client, main_contact(plan)).text


def test_pages_say_starting_date_to_both_sides(client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"}, locale="en")
        for path in ("", "/schedule", "/print", "/history"):
            page = text_of(client, f"/desk/plans/{plan.ref}{path}")
            assert not re.search(r"going live|gone live|go-live", page, re.IGNORECASE), path
        paper = text_of(client, f"/desk/plans/{plan.ref}/print")
        assert "Starting date" in paper
        assert "149.00" in paper
        page = come(client, main_contact(plan)).text
        assert "Starting date" in page
        assert not re.search(r"going live|gone live|go-live", page, re.IGNORECASE)


def test_the_pages_ask_a_constant_number_of_queries(app: Flask, client: FlaskClient, manager: Person) -> None:
    with at("2026-03-02"):
        plan = a_starting_plan(facts={"way": "classic"})
        paths = [f"/desk/plans/{plan.ref}/billing", f"/desk/plans/{plan.ref}"]

        def asked() -> list[int]:
            found = []
            for path in paths:
                text_of(client, path)
                with counting(app) as queries:
                    text_of(client, path)
                found.append(queries.count)
            return found

        billed.link(plan.id, [a_detail(account_of(plan)).ref], staff_of(plan))
        a_detail(account_of(plan))
        few = asked()
        billed.link(plan.id, [a_detail(account_of(plan)).ref for _one in range(5)], staff_of(plan))
        for _one in range(5):
            a_detail(account_of(plan))
        assert asked() == few


# --- conversion -------------------------------------------------------------------------------------------------------


def choice(lead: Any, **values: Any) -> conversion.Choice:
    manager = a_staff_member("account_manager")
    plan = FirstPlan("onboarding", manager.id, date(2026, 3, 2), date(2026, 3, 12))
    return replace(everything(lead), plan=replace(plan, **values))


CLASSIC = [{**STARTING_PLAYBOOK["facts"][0], "default": "classic"}]


def test_a_lead_is_converted_with_a_starting_date_and_reversed(app: Flask) -> None:
    with at("2026-03-02"):
        a_starting_playbook(facts=CLASSIC)
        service = a_service(en="Appointments")
        lead, staff = a_lead(state="accepted", services=[service]), a_staff_member("sales")
        with pytest.raises(FieldError) as refused:
            conversion.convert(lead.id, choice(lead, golive_on=date(2026, 3, 17)), staff)
        assert refused.value.field == "golive_on"
        terms = DetailTerms(service.id, Decimal(25), "EUR", 1, date(2026, 3, 2))
        wanted = replace(choice(lead), details=(terms,), from_start=frozenset({service.id}))
        conversion.convert(lead.id, wanted, staff)
        plan = db.session.scalars(sa.select(Plan)).one()
        assert plan.golive_on == date(2026, 3, 12)
        assert {(one.months, one.starts_on) for one in details_of(plan)} == {
            (1, date(2026, 3, 12)),
            (0, date(2026, 3, 12)),
        }
        # What is begun on the plan later goes with it too.
        billed.begin(plan.id, DetailTerms(service.id, Decimal(5), "EUR", 1, date(2026, 3, 2)), staff_of(plan))
        conversion.reverse(lead.id, again(lead).version, staff)
        db.session.rollback()
        assert db.session.scalars(sa.select(BillingDetail)).all() == []
        assert again(lead).state == LeadState.ACCEPTED
        assert account_of(plan).state == AccountState.ARCHIVED


def test_a_conversion_whose_fee_was_handed_over_is_not_reversed(app: Flask) -> None:
    with at("2026-03-02"):
        a_starting_playbook(facts=CLASSIC)
        lead, staff = a_lead(state="accepted"), a_staff_member("sales")
        conversion.convert(lead.id, choice(lead, golive_on=None), staff)
        plan = db.session.scalars(sa.select(Plan)).one()
        assert details_of(plan) == []
        scheduling.agree(plan.id, days(date(2026, 3, 12)), staff_of(plan))
        hand_over(date(2026, 3, 31), "key", a_staff_member("finance"))
        with pytest.raises(CannotReverse):
            conversion.reverse(lead.id, again(lead).version, staff)


def test_a_detail_from_the_starting_date_needs_one(app: Flask) -> None:
    with at("2026-03-02"):
        a_starting_playbook()
        service = a_service(en="Appointments")
        lead = a_lead(state="accepted", services=[service])
        terms = DetailTerms(service.id, Decimal(25), "EUR", 1, date(2026, 3, 2))
        wanted = replace(choice(lead, golive_on=None), details=(terms,), from_start=frozenset({service.id}))
        with pytest.raises(conversion.WrongTerms) as refused:
            conversion.convert(lead.id, wanted, a_staff_member("sales"))
        assert refused.value.field == "from_start"


def test_the_preview_of_a_conversion_asks_for_the_starting_date(client: FlaskClient) -> None:
    sales = signed_in(client, "sales")
    with at("2026-03-02"):
        a_starting_playbook()
        service = a_service(en="Appointments")
        lead = a_lead(state="accepted", services=[service])
        path = f"/desk/leads/{lead.ref}/conversion"
        page = text_of(client, path)
        assert 'name="golive_on"' in page
        assert "Billing begins on the starting date" in page
        block = f"detail_{service.id}-"
        form = {
            "version": str(again(lead).version),
            "into": "new",
            "services": [str(service.id)],
            f"{block}make": "y",
            f"{block}net": "25.00",
            f"{block}currency": "EUR",
            f"{block}months": "1",
            f"{block}vat_rate": "",
            f"{block}from_start": "y",
            f"{block}starts_on": "",
            "playbook": "onboarding",
            "manager": a_team_leader().ref,
            "contract_on": "2026-03-02",
            "golive_on": "2026-03-30",
        }
        late = post(client, path, form, page="")
        assert late.status_code == 422
        assert 'id="golive_on-error"' in late.text
        answer = post(client, path, {**form, "golive_on": "2026-03-12"}, page="")
        assert answer.status_code == 303, answer.text
    plan = db.session.scalars(sa.select(Plan)).one()
    assert plan.created_by_id == sales.id
    assert [one.starts_on for one in details_of(plan)] == [date(2026, 3, 12)]
