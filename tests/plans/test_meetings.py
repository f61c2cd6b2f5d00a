"""A meeting is held on a day; the kick-off keeps what was agreed with it (I7)."""

from __future__ import annotations

import pytest

from app.core.clock import today
from app.core.db import db
from app.people.models import Person
from app.plans import answers
from app.plans.party import Hand
from app.plans.service import working
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests.sentences import a_plan, a_playbook, task_of

pytestmark = pytest.mark.usefixtures("context")

AGREED = {
    "schedule": "Live in week 12",
    "division_of_work": "Texts by the customer",
    "communication": "Mail, and phone when urgent",
    "details_needed": "Company name, first users",
}


def test_the_kick_off_is_held_with_its_four_outcomes() -> None:
    plan = a_plan(of=a_playbook(to_content(shelf.shipped()["saas-implementation"][0])))
    manager = Hand(person=db.session.get_one(Person, plan.manager_id))
    kickoff = task_of(plan, "kickoff")
    with pytest.raises(answers.NotAnswered) as refused:
        working.hand_in(plan.id, kickoff.ref, {"on": today("Europe/Amsterdam")}, manager)
    assert refused.value.problems.keys() == AGREED.keys()

    held = working.hand_in(plan.id, kickoff.ref, {"on": today("Europe/Amsterdam"), **AGREED}, manager)
    assert held.plan.agreed == AGREED
    assert held.plan.kickoff_held
    assert held.task.answer["schedule"] == AGREED["schedule"]
