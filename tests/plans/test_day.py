"""A colleague's day, absences with deputies, and work that is handed over for good (I12)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import today
from app.core.db import db, write
from app.core.errors import FieldError
from app.people import queries as people
from app.people.models import Absence, Person
from app.people.service import absences
from app.people.service.absences import AbsenceDetails
from app.plans.models import Plan, PlanTask
from app.plans.party import Hand
from app.plans.service import assigning, working
from app.settings.models import vendor
from tests.queries import counting
from tests.sentences import a_plan, a_staff_member, main_contact, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def here() -> date:
    return today(vendor().timezone)


def a_task_due(plan: Plan, day: date) -> PlanTask:
    """A task of ours that can be done at once."""
    task = db.session.scalars(
        db.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.side == "vendor", PlanTask.ready)
    ).first()
    assert task is not None
    manager = db.session.get_one(Person, plan.manager_id)
    return assigning.set_due(plan.id, task.ref, day, Hand(person=manager))


def page_of(client: FlaskClient, address: str = "/desk/plans/day") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("days", "heading"), [(-1, "Overdue by us"), (0, "Promised today"), (1, "In the next five working days")]
)
def test_a_task_of_ours_stands_in_the_column_of_its_day(client: FlaskClient, days: int, heading: str) -> None:
    manager = a_staff_member("account_manager")
    plan = a_plan(manager=manager)
    a_task_due(plan, here() + timedelta(days=days))
    sign_in(client, manager)
    page = page_of(client)
    assert heading in page
    assert plan.name in page


def test_a_task_without_a_deadline_is_on_the_board_of_whoever_does_it_by_name(client: FlaskClient) -> None:
    manager, colleague = a_staff_member("account_manager"), a_staff_member("account_manager", name="Marit Vos")
    plan = a_plan(manager=manager)
    task = a_task_due(plan, here())
    with write():
        locked = db.session.get_one(PlanTask, task.id)
        locked.due_on, locked.person_id = None, colleague.id
    sign_in(client, colleague)
    page = page_of(client)
    assert page.index('<h2 id="undated">No deadline</h2>') < page.index(plan.name)
    sign_in(client, manager)
    assert "No deadline" not in page_of(client)


def test_what_is_far_away_or_somebody_elses_is_not_on_the_board(client: FlaskClient) -> None:
    manager = a_staff_member("account_manager")
    plan = a_plan(manager=manager)
    a_task_due(plan, here() + timedelta(days=60))
    sign_in(client, manager)
    assert "In the next five working days" not in page_of(client)
    sign_in(client, a_staff_member("account_manager", name="Marit Vos"))
    assert plan.name not in page_of(client)
    assert plan.name not in page_of(client, "/desk/plans/day?person=U-NOBODY00")


def test_a_stuck_task_of_the_customer_comes_first_with_its_reason(client: FlaskClient) -> None:
    manager = a_staff_member("account_manager")
    plan = a_plan(manager=manager)
    task = db.session.scalars(
        db.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.side == "customer", PlanTask.ready)
    ).first()
    assert task is not None
    working.stuck(plan.id, task.ref, "The bank does not answer", Hand(contact=main_contact(plan)))
    sign_in(client, manager)
    page = page_of(client)
    assert "Stuck" in page
    assert "The bank does not answer" in page


def test_who_stands_in_sees_the_colleagues_day_while_they_are_away(client: FlaskClient) -> None:
    away, deputy = a_staff_member("account_manager"), a_staff_member("account_manager", name="Marit Vos")
    plan = a_plan(manager=away)
    a_task_due(plan, here())
    sign_in(client, deputy)
    assert plan.name not in page_of(client)
    absence = absences.note(AbsenceDetails(away, deputy, here(), here() + timedelta(days=3)), away)
    page = page_of(client)
    assert plan.name in page
    assert f"Standing in for: {away.name}" in page
    assert people.deputies([away.id, deputy.id], here()) == {away.id: deputy.id}
    absences.take_back(absence.ref, deputy)
    assert plan.name not in page_of(client)
    assert people.deputies([away.id], here()) == {}


def test_days_that_cannot_be_are_said_beside_the_field(client: FlaskClient) -> None:
    person, other = a_staff_member("account_manager"), a_staff_member("designer", name="Marit Vos")
    day = here()
    with pytest.raises(FieldError, match="before the first"):
        absences.note(AbsenceDetails(person, None, day, day - timedelta(days=1)), person)
    with pytest.raises(FieldError, match="somebody else"):
        absences.note(AbsenceDetails(person, person, day, day), person)
    first = absences.note(AbsenceDetails(person, other, day, day + timedelta(days=5)), person)
    assert absences.note(AbsenceDetails(person, other, day, day + timedelta(days=5)), person).id == first.id
    with pytest.raises(FieldError, match="noted already"):
        absences.note(AbsenceDetails(person, None, day + timedelta(days=5), day + timedelta(days=9)), person)
    with pytest.raises(FieldError, match="away too"):
        absences.note(AbsenceDetails(other, person, day, day), other)
    sign_in(client, person)
    fields = {"person": person.ref, "from_on": "soon", "until_on": "", "deputy": ""}
    answer = post(client, "/desk/plans/absences", fields)
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Enter the last day away" in page
    assert 'value="soon"' in page


def test_an_absence_is_noted_and_taken_back_on_its_page(client: FlaskClient) -> None:
    person, other = a_staff_member("account_manager"), a_staff_member("designer", name="Marit Vos")
    sign_in(client, person)
    day = here() + timedelta(days=2)
    fields = {"person": person.ref, "from_on": day.isoformat(), "until_on": day.isoformat(), "deputy": other.ref}
    assert post(client, "/desk/plans/absences", fields).status_code == 303
    assert "Marit Vos" in page_of(client, "/desk/plans/absences")
    [absence] = db.session.query(Absence).all()
    removal = f"/desk/plans/absences/{absence.ref}/removal"
    assert post(client, removal, page="/desk/plans/absences").status_code == 303
    assert db.session.get_one(Absence, absence.id, populate_existing=True).ended_at is not None


def test_a_designer_notes_and_takes_back_own_absences_alone(client: FlaskClient) -> None:
    designer, manager = a_staff_member("designer"), a_staff_member("account_manager", name="Marit Vos")
    absence = absences.note(AbsenceDetails(manager, None, here(), here()), manager)
    sign_in(client, designer)
    page = "/desk/plans/absences"
    fields = {"person": manager.ref, "from_on": "2027-01-04", "until_on": "2027-01-05", "deputy": ""}
    assert post(client, page, fields).status_code == 422
    assert post(client, f"{page}/{absence.ref}/removal", page=page).status_code == 404
    assert client.get("/desk/plans/work").status_code == 403


def test_work_is_handed_over_after_seeing_how_much_it_is(client: FlaskClient) -> None:
    leader = a_staff_member("team_leader", name="Halina Wrona")
    giver, taker = a_staff_member("account_manager"), a_staff_member("account_manager", name="Marit Vos")
    plan = a_plan(manager=giver)
    sign_in(client, leader)
    fields = {"giver": giver.ref, "taker": taker.ref}
    first = post(client, "/desk/plans/work", {**fields, "do": "look"})
    assert "1 plan is touched" in first.get_data(as_text=True)
    assert db.session.get_one(Plan, plan.id, populate_existing=True).manager_id == giver.id
    assert post(client, "/desk/plans/work", {**fields, "do": "hand_over"}).status_code == 303
    assert db.session.get_one(Plan, plan.id, populate_existing=True).manager_id == taker.id
    same = post(client, "/desk/plans/work", {"giver": giver.ref, "taker": giver.ref, "do": "hand_over"})
    assert same.status_code == 422


def test_the_day_costs_the_same_however_much_there_is(app: Flask, client: FlaskClient) -> None:
    manager = a_staff_member("account_manager")
    sign_in(client, manager)
    a_task_due(a_plan(manager=manager), here())
    page_of(client)
    with counting(app) as one:
        page_of(client)
    for _ in range(6):
        a_task_due(a_plan(manager=manager), here())
    with counting(app) as seven:
        page_of(client)
    assert int(one) == int(seven) <= 8
