"""The shipped implementation can be worked from the first task to the last, each by the side that owes it."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from app.core.clock import today
from app.core.db import db
from app.core.files.received import PNG, Received
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import accepting, files, secrets, working
from app.playbooks import shelf
from app.playbooks.outline import Field, Kind, Side, to_content
from tests.sentences import a_plan, a_playbook, a_service, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")

VALUES: dict[str, Any] = {
    "email": "elina@kuusiranta.example",
    "url": "https://kuusiranta.example",
    "number": "2",
    "yes_no": "yes",
    "date": "2026-03-09",
}


def picture() -> Received:
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(drawn, "PNG")
    return Received("picture.png", PNG, drawn.getvalue())


def value_of(field: Field) -> Any:
    codes = [option.code for option in field.options]
    if field.kind == "several":
        return codes[:1]
    return codes[0] if codes else VALUES.get(field.kind, "as agreed")


def work(plan: Plan, task: PlanTask, hand: Hand, other: Hand) -> None:
    """Does a task in the way of its kind, and has the other side approve it where it waits for that."""
    asked = texts.of_task(task, texts.outline_of(plan))
    fields = {field.code: value_of(field) for field in asked.fields}
    answers: dict[Kind, Callable[[], dict[str, Any]]] = {
        Kind.FIELDS: lambda: fields,
        Kind.CHOICE: lambda: {"chosen": [asked.options[-1].code]},
        Kind.LINKS: lambda: {"links": [{"url": "https://kuusiranta.example", "note": "ours"}]},
        Kind.PEOPLE: lambda: {
            "people": [{"contact": main_contact(plan).ref, "duties": [duty.code for duty in asked.duties]}]
        },
        Kind.MEETING: lambda: {"on": today("Europe/Helsinki").isoformat(), **fields},
        Kind.APPROVAL: lambda: {"verdict": "approved"},
    }
    match task.kind:
        case Kind.TICK:
            working.tick(plan.id, task.ref, hand)
        case Kind.SECRET:
            assert not secrets.keep(plan.id, task.ref, fields, hand).problems
        case Kind.DOCUMENT:
            words = accepting.words_of(plan, task, "fi")
            assert words is not None
            accepting.accept(plan.id, task.ref, "Elina Saarela", accepting.Seen("fi", words.sha256), hand)
        case Kind.FILES | Kind.FILES_APPROVED:
            files.add(plan.id, task.ref, [picture()], hand)
            working.hand_in(plan.id, task.ref, {}, hand)
            if task.kind == Kind.FILES_APPROVED:
                working.approve(plan.id, task.ref, other)
        case kind:
            working.hand_in(plan.id, task.ref, answers[Kind(kind)](), hand)


def next_of(plan: Plan) -> PlanTask | None:
    """The first task that can be done now."""
    return db.session.scalar(
        db.select(PlanTask)
        .where(PlanTask.plan_id == plan.id, PlanTask.state == TaskState.OPEN, PlanTask.ready)
        .order_by(PlanTask.position)
        .limit(1)
        .execution_options(populate_existing=True)
    )


@pytest.mark.parametrize("facts", [{}, None], ids=["usual", "everything"])
def test_from_the_first_task_to_the_last(facts: dict[str, Any] | None) -> None:
    outline = shelf.shipped()["saas-implementation"][0]
    if facts is None:
        facts = {
            fact.code: True if fact.kind == "yes_no" else [option.code for option in fact.options]
            for fact in outline.facts
        } | {"personal_chart": False}
    a_service("personal-chart-of-accounts")
    plan = a_plan(of=a_playbook(to_content(outline)), facts=facts)
    vendor = Hand(person=db.session.get_one(Person, plan.manager_id))
    customer = Hand(contact=main_contact(plan))
    while task := next_of(plan):
        hands = (customer, vendor) if task.side == Side.CUSTOMER else (vendor, customer)
        work(plan, task, *hands)

    db.session.refresh(plan)
    assert plan.state == PlanState.DONE
    assert plan.done_count == plan.task_count
    assert plan.live_on is not None
    if "finance" in plan.facts["modules"]:
        assert task_of(plan, "chart-choice").billing_detail_id is not None
