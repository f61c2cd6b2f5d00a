"""What staff enter in a task whose answers are theirs alone never reaches the customer: not the page, not the paper."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from app.plans.party import Hand
from app.plans.service import working
from app.playbooks import schema
from tests.plans.coming import come
from tests.sentences import a_plan, a_playbook, a_staff_member, main_contact, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")

PLAYBOOK: dict[str, Any] = {
    "code": "recap",
    "audience": "customer",
    "title": {"en": "Onboarding"},
    "phases": [{"code": "use", "title": {"en": "Use"}}],
    "tasks": [
        {
            "code": "recap",
            "phase": "use",
            "kind": "fields",
            "side": "vendor",
            "internal": True,
            "title": {"en": "Fill in the recap"},
            "fields": [
                {"code": "feedback", "kind": "text", "label": {"en": "General feedback"}},
                {"code": "count", "kind": "number", "at_least": 10, "label": {"en": "Appointments in the agenda"}},
            ],
        },
        {"code": "mine", "phase": "use", "kind": "tick", "side": "customer", "title": {"en": "Try it"}},
    ],
}
WORDS = ("Hard to please", "General feedback", "Appointments in the agenda")


@pytest.mark.parametrize("done", [False, True])
def test_staff_read_it_and_the_customer_never(client: FlaskClient, app: Any, done: bool) -> None:
    plan = a_plan(of=a_playbook(PLAYBOOK))
    manager = a_staff_member("account_manager")
    if done:
        given = {"feedback": "Hard to please", "count": "12"}
        working.hand_in(plan.id, task_of(plan, "recap").ref, given, Hand(person=manager))
    come(client, main_contact(plan))
    mine = f"/my/plans/{plan.ref}"
    for address in (mine, f"{mine}/tasks/{task_of(plan, 'recap').ref}", f"{mine}/print"):
        page = client.get(address).get_data(as_text=True)
        assert "Fill in the recap" in page
        assert not [word for word in WORDS if word in page], address
    desk = sign_in(app.test_client(), manager)
    page = desk.get(f"/desk/plans/{plan.ref}/tasks/{task_of(plan, 'recap').ref}").get_data(as_text=True)
    assert "General feedback" in page
    assert ("Hard to please" in page) is done
    assert "Hard to please" not in desk.get(f"/desk/plans/{plan.ref}/print").get_data(as_text=True)


def test_a_customers_task_hides_nothing() -> None:
    wrong = {**PLAYBOOK, "tasks": [{**PLAYBOOK["tasks"][0], "side": "customer"}]}
    assert any(fault.path[-1:] == ("internal",) for fault in schema.faults_in(wrong))
