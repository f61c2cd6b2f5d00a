"""Working on a plan's tasks: every verb, idempotent, by both sides (I4, I5)."""

from __future__ import annotations

import pytest

from app.plans.party import Hand
from app.plans.service import working
from tests.sentences import a_plan, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")


def test_a_tick_is_kept_with_who_and_when_and_twice_is_once() -> None:
    plan = a_plan()
    contact = main_contact(plan)
    first = working.tick(plan.id, task_of(plan, "domain").ref, Hand(contact=contact))
    again = working.tick(plan.id, task_of(plan, "domain").ref, Hand(contact=contact))
    assert (first.changed, again.changed) == (True, False)
    assert again.task.done_by == contact.name
    assert again.task.done_at is not None
    assert (again.plan.done_count, again.plan.task_count) == (1, 8)
