"""The team leader's page, the page of a case and the cases on the pages of others (C4, C5, C7, I12)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access import links
from app.access.links import Purpose
from app.core.clock import today
from app.core.db import db, write
from app.customers.models import Account
from app.people.models import Person
from app.people.queries import by_id
from app.people.service import absences
from app.people.service.absences import AbsenceDetails
from app.plans import inbox
from app.plans.models import CaseState, Plan
from app.plans.queries import cases as queries
from app.plans.service import assigning, cases, starting, working
from app.settings.models import vendor
from tests.plans.casework import (
    ENABLE,
    TRAIN,
    a_plan_with_cases,
    a_team,
    assigned,
    case_of,
    do_tasks,
    hand,
    handed_in,
    trained,
)
from tests.queries import counting
from tests.sentences import a_plan, a_playbook, a_staff_member, csrf_of, main_contact, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")


def text_of(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.get_data(as_text=True)
    return answer.get_data(as_text=True)


def url(plan: Plan, phase: str = ENABLE, what: str = "") -> str:
    return f"/desk/plans/{plan.ref}/cases/{case_of(plan, phase).ref}{what}"


def send(client: FlaskClient, path: str, data: dict[str, Any], **headers: str) -> Any:
    """A form of one of the pages at the desk; `headers` as htmx sends them."""
    token = csrf_of(client, "/desk/plans" if path.startswith("/desk") else path)
    told = {"Origin": "http://localhost", **{name.replace("_", "-"): value for name, value in headers.items()}}
    return client.post(path, data={"csrf_token": token, **data}, headers=told)


def version(plan: Plan, phase: str = ENABLE) -> str:
    return str(case_of(plan, phase).version)


def box(plan: Plan, phase: str = TRAIN) -> str:
    return f"{case_of(plan, phase).ref}:{case_of(plan, phase).version}"


# --- who gets in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("role", "status"), [("team_leader", 200), ("administrator", 200), ("account_manager", 403)])
def test_the_teams_page_is_for_whoever_leads(client: FlaskClient, role: str, status: int) -> None:
    sign_in(client, a_staff_member(role))
    text_of(client, "/desk/plans/team", status)


def test_an_empty_team_page_says_what_will_stand_there(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("team_leader"))
    page = text_of(client, "/desk/plans/team")
    assert "Nothing waits for validation" in page
    assert "Every open case has somebody" in page


# --- assigning --------------------------------------------------------------------------------------------------------


def test_several_are_assigned_with_boxes_and_taken_back_from_the_receipt(client: FlaskClient) -> None:
    worker, leader = a_team()
    plans = [a_plan_with_cases() for _ in range(3)]
    sign_in(client, leader)
    answer = send(client, "/desk/plans/team", {"cases": [box(plan) for plan in plans[:2]], "worker": worker.ref})
    assert answer.status_code == 303
    page = text_of(client, "/desk/plans/team")
    assert "2 cases were assigned to Ilse Vermeer" in page
    assert [case_of(plan, TRAIN).state for plan in plans] == ["assigned", "assigned", "open"]
    undo = re.search(r'name="cases" value="([^"]+)"><button', page)
    assert undo is not None
    send(client, "/desk/plans/team/undo", {"cases": undo[1]})
    assert "The assignment of 2 cases was taken back" in text_of(client, "/desk/plans/team")
    assert [case_of(plan, TRAIN).state for plan in plans] == ["open", "open", "open"]


def test_what_somebody_else_assigned_meanwhile_is_told_by_name(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan, other = a_plan_with_cases(name="Kuusiranta Oy"), a_plan_with_cases()
    stale = [box(plan), box(other), "Z-NOBODY00:1", "nonsense"]
    assigned(plan, a_staff_member("account_manager"), leader, TRAIN)
    sign_in(client, leader)
    send(client, "/desk/plans/team", {"cases": stale, "worker": worker.ref})
    page = text_of(client, "/desk/plans/team")
    assert "1 case was assigned" in page
    assert "Left as they are" in page
    assert "Kuusiranta Oy" in page
    assert case_of(plan, TRAIN).worker_id != worker.id


@pytest.mark.parametrize(
    ("boxes", "worker", "said"),
    [
        ([], "known", "Choose at least one case."),
        (["Z-NOBODY00:1"], "", "Choose who works on it"),
        (["x"], "U-NOBODY00", "Choose"),
    ],
)
def test_a_form_without_cases_or_worker_comes_back(
    client: FlaskClient, boxes: list[str], worker: str, said: str
) -> None:
    someone, leader = a_team()
    a_plan_with_cases()
    sign_in(client, leader)
    answer = send(client, "/desk/plans/team", {"cases": boxes, "worker": someone.ref if worker == "known" else worker})
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)


def test_one_case_is_assigned_on_its_page(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    sign_in(client, leader)
    asked = {"worker": worker.ref, "version": version(plan, TRAIN)}
    assert send(client, url(plan, TRAIN, "/assignment"), asked).status_code == 303
    assert case_of(plan, TRAIN).worker_id == worker.id
    answer = send(client, url(plan, TRAIN, "/assignment"), {**asked, "worker": leader.ref})
    assert answer.status_code == 409, "a second tab"
    assert "somebody else changed this case" in answer.get_data(as_text=True).lower()
    assert case_of(plan, TRAIN).worker_id == worker.id


# --- validating -------------------------------------------------------------------------------------------------------


def test_a_validation_is_completed_on_the_teams_page_and_the_next_one_opens(client: FlaskClient) -> None:
    worker, leader = a_team()
    first, second = a_plan_with_cases(name="Alder Ltd"), a_plan_with_cases(name="Birch Ltd")
    for plan in (first, second):
        handed_in(plan, worker, leader)
    sign_in(client, leader)
    page = text_of(client, "/desk/plans/team")
    assert "Alder Ltd: Enable marketplace" in page
    assert "They like it." in page
    send(client, url(first, ENABLE, "/completion"), {"version": version(first), "from": "team"})
    page = text_of(client, "/desk/plans/team")
    assert "The case of Alder Ltd is completed" in page
    assert "Birch Ltd: Enable marketplace" in page
    assert case_of(first).state == CaseState.COMPLETED


def test_a_fragment_brings_the_next_validation_with_a_message(client: FlaskClient) -> None:
    worker, leader = a_team()
    first, second = a_plan_with_cases(name="Alder Ltd"), a_plan_with_cases(name="Birch Ltd")
    for plan in (first, second):
        handed_in(plan, worker, leader)
    cases.give_back(second.id, case_of(second).ref, "Once more.", hand(leader))
    cases.hand_in(second.id, case_of(second).ref, hand(worker))
    sign_in(client, leader)
    answer = send(
        client,
        url(first, ENABLE, "/return"),
        {"version": version(first), "from": "team", "why": "Look at the stock."},
        HX_Request="true",
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "<html" not in page
    assert "Birch Ltd: Enable marketplace" in page
    assert "The case of Alder Ltd was returned" in page
    assert f'name="version" value="{version(second)}"' in page
    assert "Look at the stock." not in page
    page = client.get(f"/desk/plans/team?case={case_of(second).ref}", headers={"HX-Request": "true"}).get_data(
        as_text=True
    )
    assert "<html" not in page


def test_what_changed_since_it_was_returned_is_marked_field_by_field(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    cases.give_back(plan.id, case_of(plan).ref, "The stock is kept.", hand(leader))
    working.hand_in(plan.id, task_of(plan, "recap").ref, {"stock": "yes", "feedback": "They like it."}, hand(worker))
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    sign_in(client, leader)
    for address in ("/desk/plans/team", url(plan)):
        page = text_of(client, address)
        assert "1 answer differs from the round that was returned" in page
        assert "<mark>Yes</mark>" in page
        assert "<mark>They like it.</mark>" not in page


def test_what_changed_after_it_was_handed_in_is_told(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    working.hand_in(plan.id, task_of(plan, "recap").ref, {"stock": "yes", "feedback": "They like it."}, hand(worker))
    sign_in(client, leader)
    page = text_of(client, url(plan))
    assert "Changed since it was handed in" in page
    assert "Is the stock kept?" in page


@pytest.mark.parametrize("role", ["team_leader", "administrator"])
def test_the_worker_sees_no_way_to_complete_it_and_finds_none(client: FlaskClient, role: str) -> None:
    worker, leader = a_staff_member(role), a_staff_member("team_leader")
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    sign_in(client, worker)
    page = text_of(client, url(plan))
    assert "You worked on this case yourself" in page
    assert "Complete the case" not in page
    assert "1 case on which you worked yourself waits" in text_of(client, "/desk/plans/team")
    for what, data in (("/completion", {}), ("/return", {"why": "x"}), ("/override", {"override": "x"})):
        answer = send(client, url(plan, ENABLE, what), {"version": version(plan), **data})
        assert answer.status_code == 403
    assert case_of(plan).state == CaseState.HANDED_IN


def test_an_account_manager_completes_nothing_that_is_somebody_elses(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    sign_in(client, a_staff_member("account_manager"))
    for what in ("/completion", "/hand-in"):
        assert send(client, url(plan, ENABLE, what), {"version": version(plan)}).status_code == 403
    for what in ("/return", "/override", "/assignment"):
        assert send(client, url(plan, ENABLE, what), {"version": version(plan)}).status_code == 403


def test_a_return_without_a_reason_and_one_of_an_older_round_come_back(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    sign_in(client, leader)
    seen = version(plan)
    for more in ({}, {"from": "team"}):
        answer = send(client, url(plan, ENABLE, "/return"), {"version": seen, "why": " ", **more})
        assert answer.status_code == 422
        assert "Enter what has to change" in answer.get_data(as_text=True)
    cases.give_back(plan.id, case_of(plan).ref, "Again.", hand(leader))
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    for what, data in (("/return", {"why": "Hm."}), ("/completion", {})):
        for more in ({}, {"from": "team"}):
            answer = send(client, url(plan, ENABLE, what), {"version": seen, **data, **more})
            assert answer.status_code == 409, (what, more)
            page = answer.get_data(as_text=True)
            assert f'name="version" value="{version(plan)}"' in page
            assert f'name="version" value="{seen}"' not in page
            assert ("Hm." in page) == (what == "/return"), "what was typed stays"
    assert case_of(plan).state == CaseState.HANDED_IN


def test_a_case_is_overridden_with_a_reason_that_its_page_keeps(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    sign_in(client, leader)
    assert "2 tasks must still be done" in text_of(client, url(plan))
    assert send(client, url(plan, ENABLE, "/override"), {"version": version(plan), "override": ""}).status_code == 422
    asked = {"version": version(plan), "override": "They closed for the season."}
    assert send(client, url(plan, ENABLE, "/override"), asked).status_code == 303
    assert "They closed for the season." in text_of(client, url(plan))
    assert "They closed for the season." in text_of(client, f"/desk/plans/{plan.ref}/history")


def test_a_case_is_handed_in_on_the_plans_page_or_says_what_is_open(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    sign_in(client, worker)
    page = text_of(client, f"/desk/plans/{plan.ref}")
    assert "Status of the customer: Check usage" in page
    assert "Hand in" in page
    answer = send(client, url(plan, ENABLE, "/hand-in"), {"version": version(plan)})
    assert answer.status_code == 422
    assert "Recap" in answer.get_data(as_text=True)
    do_tasks(plan, worker, "criteria", "recap")
    assert send(client, url(plan, ENABLE, "/hand-in"), {"version": version(plan)}).status_code == 303
    assert send(client, url(plan, ENABLE, "/hand-in"), {"version": version(plan)}).status_code == 303, "a double click"
    assert case_of(plan).state == CaseState.HANDED_IN


def test_a_case_of_another_plan_or_of_nobody_is_not_found(client: FlaskClient) -> None:
    _worker, leader = a_team()
    plan, other = a_plan_with_cases(), a_plan_with_cases()
    sign_in(client, leader)
    text_of(client, f"/desk/plans/{plan.ref}/cases/{case_of(other, TRAIN).ref}", 404)
    text_of(client, f"/desk/plans/{plan.ref}/cases/Z-NOBODY00", 404)


def test_nothing_is_offered_on_an_archived_plan(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    handed_in(plan, worker, leader)
    starting.archive(plan.id, "Over.", hand(leader))
    sign_in(client, leader)
    assert "Complete the case" not in text_of(client, url(plan))
    assert "Nothing waits for validation" in text_of(client, "/desk/plans/team")
    assert send(client, url(plan, ENABLE, "/completion"), {"version": version(plan)}).status_code == 409


# --- the team's load --------------------------------------------------------------------------------------------------


def test_the_week_counts_calls_and_tasks_by_day_and_who_is_away() -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    assigned(plan, worker, leader, TRAIN)
    day = today(vendor().timezone)
    days = queries.working_days(day)
    assigning.set_due(plan.id, task_of(plan, "call").ref, days[1], hand(leader))
    assigning.set_due(plan.id, task_of(plan, "photos").ref, days[1], hand(leader))
    assigning.set_due(plan.id, task_of(plan, "golive").ref, day - timedelta(days=1), hand(leader))
    absences.note(AbsenceDetails(worker, None, days[3], days[4]), leader)
    load = next(one for one in queries.loads([worker, leader], day) if one.person.id == worker.id)
    assert (load.plans, load.cases, load.handed_in, load.overdue) == (1, 1, 0, 1)
    assert [(one.calls, one.tasks) for one in load.week] == [(0, 0), (1, 1), (0, 0), (0, 0), (0, 0)]
    assert [one.away for one in load.week] == [False, False, False, True, True]


@pytest.mark.on("sqlite")
def test_the_page_asks_no_more_for_many_than_for_one(app: Flask, client: FlaskClient) -> None:
    worker, leader = a_team()
    sign_in(client, leader)
    addresses = ("/desk/plans/team", "/desk/plans?state=all")

    def asked() -> list[int]:
        found = []
        for address in addresses:
            text_of(client, address)
            with counting(app) as queries_made:
                text_of(client, address)
            found.append(queries_made.count)
        return found

    def more() -> None:
        a_plan_with_cases()
        handed_in(a_plan_with_cases(), worker, leader)
        a_staff_member("account_manager")

    more()
    once = asked()
    for _ in range(3):
        more()
    assert asked() == once
    assert once[0] <= 18
    without = a_plan(of=a_playbook()).ref
    with counting(app) as plain:
        text_of(client, f"/desk/plans/{without}")
    assert not [one for one in plain.statements if "plan_case" in one], "no case, no query"


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_the_inbox_tells_who_leads_what_waits_and_the_worker_what_came_back(app: Flask) -> None:
    worker, leader = a_team()
    second, plan = a_staff_member("administrator"), a_plan_with_cases()

    def keys(person: Person) -> list[str]:
        with app.test_request_context():
            items = inbox.items(by_id(person.id), 50)
        return [item.key for item in items if item.key.startswith("plan-case:")]

    handed_in(plan, second, leader)
    key = f"plan-case:{case_of(plan).ref}"
    assert keys(leader) == [key]
    assert keys(second) == [], "not its worker, whatever else they may do"
    assert keys(worker) == []
    cases.give_back(plan.id, case_of(plan).ref, "Look again.", hand(leader))
    assert keys(leader) == []
    assert keys(second) == [key]


def test_the_status_stands_in_the_portfolio_its_files_and_on_the_account(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan, other = a_plan_with_cases(name="Alder Ltd"), a_plan_with_cases(name="Birch Ltd")
    trained(plan, worker, leader)
    sign_in(client, leader)
    page = text_of(client, "/desk/plans")
    assert "Check usage" in page
    assert "Training" in page
    page = text_of(client, "/desk/plans?stage=enable")
    assert "Alder Ltd" in page
    assert "Birch Ltd" not in page
    assert "Check usage" in text_of(client, "/desk/plans/plans.csv?stage=enable")
    account = db.session.get_one(Account, other.account_id)
    assert "Status of the customer: Training" in text_of(client, f"/desk/accounts/{account.ref}")


def test_the_account_owner_is_named_on_the_plan(client: FlaskClient) -> None:
    worker, leader = a_team()
    plan = a_plan_with_cases()
    sign_in(client, leader)
    page = text_of(client, f"/desk/plans/{plan.ref}/edit")
    assert "Account owner" in page
    found = db.session.get_one(Plan, plan.id, populate_existing=True)
    manager = hand(worker).person
    assert manager is not None
    data = {"name": found.name, "manager": worker.ref, "owner": leader.ref, "locale": "en", "version": found.version}
    assert send(client, f"/desk/plans/{plan.ref}/edit", data).status_code == 303
    assert db.session.get_one(Plan, plan.id, populate_existing=True).owner_id == leader.id
    assert "Account owner" in text_of(client, f"/desk/plans/{plan.ref}/history")


def test_the_customer_reads_where_they_are_in_plain_words(client: FlaskClient) -> None:
    plan = a_plan_with_cases()
    with write():
        path = links.mint(Purpose.PLAN, main_contact(plan).id)[1]
    send(client, path, {})
    page = text_of(client, f"/my/plans/{plan.ref}?lang=en")
    assert "Where you are now: Training. We show you how everything works." in page
