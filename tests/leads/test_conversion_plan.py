"""A plan that is started with a conversion: in one transaction, and taken back with it unless work has begun (R12)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.core.db import db
from app.core.errors import NotFound
from app.leads.models import Conversion, Lead, LeadState
from app.leads.service import conversion
from app.leads.service.conversion import CannotReverse
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanState
from app.plans.party import Hand
from app.plans.service import starting, working
from app.settings import service as settings
from app.settings.processes import Process
from tests import sentences as s
from tests.leads.sentences import a_lead, again

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def manager(client: FlaskClient) -> Person:
    s.a_playbook()
    person = s.a_staff_member("account_manager")
    s.sign_in(client, person)
    return person


def press(client: FlaskClient, lead: Lead, **typed: Any) -> Any:
    form = {"version": again(lead).version, "into": "new", **typed}
    return s.post(client, f"/desk/leads/{lead.ref}/conversion", form, page="")


def plans() -> list[Plan]:
    db.session.rollback()
    return list(db.session.scalars(sa.select(Plan).order_by(Plan.id).execution_options(populate_existing=True)))


def test_the_plan_comes_with_the_account_and_nobody_is_mailed_for_it(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    page = client.get(f"/desk/leads/{lead.ref}/conversion").text
    assert "A small playbook" in page
    other = s.a_staff_member("account_manager", name="Nils Berg")

    assert press(client, lead, playbook="small", manager=other.ref).status_code == 303

    (plan,) = plans()
    made = db.session.scalars(sa.select(Conversion)).one()
    assert (made.plan_id, made.account_id, plan.manager_id) == (plan.id, plan.account_id, other.id)
    mailed = db.session.scalars(sa.select(MailRow.template)).all()
    assert "plan_invitation" not in mailed


def test_without_a_choice_no_plan_is_started(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    assert press(client, lead, playbook="", manager=manager.ref).status_code == 303
    assert plans() == []


def test_a_plan_that_cannot_be_started_leaves_the_lead_as_it_was(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    assert press(client, lead, playbook="nothing", manager=manager.ref).status_code == 422
    choice = conversion.Choice(again(lead).version, plan=conversion.FirstPlan("nothing", manager.id))
    with pytest.raises(NotFound):
        conversion.convert(lead.id, choice, manager)
    assert again(lead).state == LeadState.ACCEPTED
    assert plans() == []


def test_the_reversal_archives_the_plan(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    press(client, lead, playbook="small", manager=manager.ref)
    assert "is archived with it" in client.get(f"/desk/leads/{lead.ref}/reversal").text
    conversion.reverse(lead.id, again(lead).version, manager)
    (plan,) = plans()
    assert plan.state == PlanState.ARCHIVED
    assert again(lead).state == LeadState.ACCEPTED


def test_work_that_has_begun_stands_in_the_way(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    press(client, lead, playbook="small", manager=manager.ref)
    (plan,) = plans()
    working.tick(plan.id, s.task_of(plan, "kickoff").ref, Hand(person=manager))
    assert f"Work on the plan {plan.ref} has begun" in client.get(f"/desk/leads/{lead.ref}/reversal").text
    with pytest.raises(CannotReverse):
        conversion.reverse(lead.id, again(lead).version, manager)
    assert plans()[0].state == PlanState.RUNNING


def test_a_plan_started_since_stands_in_the_way_until_it_is_archived(client: FlaskClient, manager: Person) -> None:
    lead = a_lead(state="accepted")
    press(client, lead)
    account_id = again(lead).account_id
    plan = s.a_plan(manager=manager, account_id=account_id)
    with pytest.raises(CannotReverse, match=plan.ref):
        conversion.reverse(lead.id, again(lead).version, manager)
    starting.archive(plan.id, "By mistake", Hand(person=manager))
    conversion.reverse(lead.id, again(lead).version, manager)
    assert again(lead).state == LeadState.ACCEPTED


def test_where_implementation_is_off_nothing_is_offered(client: FlaskClient, manager: Person) -> None:
    settings.switch(Process.IMPLEMENTATION, False, settings.version(), s.a_staff_member("administrator"))
    lead = a_lead(state="accepted")
    assert "A small playbook" not in client.get(f"/desk/leads/{lead.ref}/conversion").text
    assert press(client, lead, playbook="small", manager=manager.ref).status_code == 303
    assert plans() == []
