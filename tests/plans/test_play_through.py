"""The shipped playbooks can be worked from the first task to the last, each by the side that owes it."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from PIL import Image

from app.core.clock import today
from app.core.db import db
from app.core.errors import DomainError
from app.core.files.received import PNG, Received
from app.people.models import Person
from app.plans import cases, details, texts
from app.plans.models import CaseState, Health, Plan, PlanCase, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import accepting, confirming, files, secrets, working
from app.plans.service import cases as case_work
from app.plans.service import details as going_through
from app.playbooks import shelf
from app.playbooks.outline import Field, Kind, Side, to_content
from tests.sentences import a_plan, a_playbook, a_service, a_staff_member, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")

VALUES: dict[str, Any] = {  # by kind of field, or by code
    "email": "elina@kuusiranta.example",
    "url": "https://kuusiranta.example",
    "number": "12",
    "yes_no": "yes",
    "date": "2026-03-09",
    "year_until": "2026-12-31",
}


def picture() -> Received:
    drawn = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(drawn, "PNG")
    return Received("picture.png", PNG, drawn.getvalue())


def value_of(field: Field) -> Any:
    if field.code in VALUES:
        return VALUES[field.code]
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
        case Kind.CONFIRM:
            confirm(plan, task, hand)
        case Kind.DOCUMENT:
            if confirming.asked_for(plan, task):
                confirming.prepare(plan.id, task.ref, confirming.proposal(plan, task), "fi", other, after=0)
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


def confirm(plan: Plan, task: PlanTask, hand: Hand) -> None:
    account = details.account_of(plan)
    assert account is not None
    right = frozenset(details.asked_of(plan, account, hand)) - {details.FORESEEN}
    gone = going_through.Gone(right=right, foreseen_on=plan.golive_on if hand.person else None)
    seen = going_through.SeenDetails(account.version, plan.golive_on)
    going_through.confirm(plan.id, task.ref, gone, seen, hand, whole=True)


def next_of(plan: Plan) -> PlanTask | None:
    """The first task that can be done now."""
    return db.session.scalar(
        db.select(PlanTask)
        .where(PlanTask.plan_id == plan.id, PlanTask.state == TaskState.OPEN, PlanTask.ready)
        .order_by(PlanTask.position)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def work_all(plan: Plan) -> None:
    vendor = Hand(person=db.session.get_one(Person, plan.manager_id))
    customer = Hand(contact=main_contact(plan))
    while task := next_of(plan):
        hands = (customer, vendor) if task.side == Side.CUSTOMER else (vendor, customer)
        work(plan, task, *hands)
    db.session.refresh(plan)


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
    work_all(plan)

    assert plan.state == PlanState.DONE
    assert plan.done_count == plan.task_count
    assert plan.live_on is not None
    if "finance" in plan.facts["modules"]:
        assert task_of(plan, "chart-choice").billing_detail_id is not None


def an_onboarding(starting: int | None = 13, **facts: Any) -> Plan:
    """Of a contract signed today, with the starting date so many days after it."""
    day = today("Europe/Amsterdam")
    golive_on = day + timedelta(days=starting) if starting is not None else None
    outline = shelf.shipped()["classic-onboarding"][0]
    return a_plan(of=a_playbook(to_content(outline)), facts=facts, contract_on=day, golive_on=golive_on)


def case_of(plan: Plan, phase: str) -> PlanCase:
    return db.session.scalars(
        db.select(PlanCase)
        .where(PlanCase.plan_id == plan.id, PlanCase.phase == phase)
        .execution_options(populate_existing=True)
    ).one()


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"wants_calls": True, "tier": "advanced"},
        {"onboarding": "classic", "classic_reason": "no_time", "tier": "global", "website": True},
    ],
    ids=["self", "self with calls", "classic"],
)
def test_an_onboarding_goes_through_both_cases_to_active(facts: dict[str, Any]) -> None:
    a_service("setup")
    plan = an_onboarding(**facts)
    outline = texts.outline_of(plan)
    leader, worker = a_staff_member("team_leader"), a_staff_member("account_manager")
    lead, hand = Hand(person=leader), Hand(person=worker)
    first, second = case_of(plan, "to_train"), case_of(plan, "enable_marketplace")
    assert (first.state, second.state) == (CaseState.OPEN, CaseState.CLOSED)
    assert cases.status_of(plan, outline) == "Training"
    case_work.assign(plan.id, first.ref, worker, lead)

    work_all(plan)  # publishing waits for no validation
    assert plan.state == PlanState.RUNNING, "its cases are open"
    assert plan.live_on is not None
    assert plan.public_url

    case_work.complete(plan.id, first.ref, hand)
    db.session.refresh(plan)
    assert cases.status_of(plan, outline) == "Check usage"
    assert case_of(plan, "enable_marketplace").state == CaseState.OPEN
    case_work.assign(plan.id, second.ref, worker, lead)
    case_work.hand_in(plan.id, second.ref, hand)
    with pytest.raises(DomainError):
        case_work.complete(plan.id, second.ref, hand)
    case_work.complete(plan.id, second.ref, lead)
    db.session.refresh(plan)
    assert cases.status_of(plan, outline) == "Active"
    assert plan.state == PlanState.DONE


@pytest.mark.parametrize("code", ["criteria", "till-criterion", "recap"])
def test_what_a_colleague_validates_cannot_be_left_out(code: str) -> None:
    plan = an_onboarding(tier="global")
    hand, ref = Hand(person=db.session.get_one(Person, plan.manager_id)), task_of(plan, code).ref
    with pytest.raises(working.OthersJudgeIt):
        working.not_applicable(plan.id, ref, "They do not use it.", hand)
    with pytest.raises((working.AnswerFirst, working.CriteriaNotMet)):
        working.tick(plan.id, ref, hand)
    assert task_of(plan, code).state == TaskState.OPEN


def test_who_starts_alone_is_not_late_with_a_kick_off_that_nobody_holds() -> None:
    with time_machine.travel("2026-03-02 09:00Z"):
        plan = an_onboarding(starting=None)
    with time_machine.travel("2026-03-10 09:00Z"):
        by_manager = Hand(person=db.session.get_one(Person, plan.manager_id))
        for code in ("contract", "starting-date", "own-details", "webinar-place"):
            working.not_applicable(plan.id, task_of(plan, code).ref, "not needed", by_manager)
        db.session.refresh(plan)
        assert plan.health == Health.ON_TRACK


@pytest.mark.parametrize(
    "facts",
    [
        {"legal_form": "association", "has_payroll": True},
        {"level": "transaction", "books": "change", "legal_form": "sole_trader", "direct_debit": False},
    ],
    ids=["total", "transaction"],
)
def test_the_total_service_is_started(facts: dict[str, Any]) -> None:
    outline = shelf.shipped()["total-service"][0]
    plan = a_plan(of=a_playbook(to_content(outline)), facts=facts)
    work_all(plan)
    assert plan.state == PlanState.DONE
    assert plan.kickoff_held
    assert task_of(plan, "trade-register").expires_on is not None
