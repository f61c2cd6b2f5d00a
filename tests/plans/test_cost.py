"""What a tick asks of the database: as much for a thousand tasks as for ten."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.plans.models import Plan, PlanContact
from app.plans.party import Hand
from app.plans.service import working
from tests.plans import replaying
from tests.queries import counting
from tests.sentences import a_plan, a_playbook, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def of(count: int) -> Plan:
    """A plan of so many tasks; every third waits for the one three before it."""
    tasks: list[dict[str, Any]] = [
        {
            "code": f"task{number}",
            "phase": "begin",
            "kind": "tick",
            "side": "vendor" if number % 2 else "customer",
            "title": {"en": f"Task {number}"},
            "due": {"anchor": "kickoff", "workdays": number % 20},
            "needs": [f"task{number - 3}"] if number % 3 == 0 and number > 3 else [],
        }
        for number in range(count)
    ]
    version = a_playbook(code=f"of{count}", tasks=tasks, trainings=[], documents=[], facts=[])
    return a_plan(of=version, kickoff_on=date(2026, 11, 16))


@pytest.mark.on("sqlite")
def test_ticking_and_undoing_ask_as_often_among_a_thousand_tasks_as_among_ten(app: Flask) -> None:
    asked = []
    for count in (10, 1000):
        plan = of(count)
        ref, contact, plan_id = task_of(plan, "task4").ref, main_contact(plan).id, plan.id
        for verb in (working.tick, working.untick):
            db.session.rollback()
            db.session.expunge_all()
            hand = Hand(contact=db.session.get_one(PlanContact, contact))
            with counting(app) as queries:
                verb(plan_id, ref, hand)
            asked.append(int(queries))
        replaying.check(plan_id)
    assert asked[:2] == asked[2:], asked
    assert max(asked) <= 16
