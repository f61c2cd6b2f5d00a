"""A playbook whose phases are cases, and plans of it, in sentences."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.people.models import Person
from app.people.queries import by_id
from app.plans.models import Plan, PlanCase
from app.plans.party import Hand
from app.plans.service import cases, working
from tests.sentences import a_plan, a_playbook, a_staff_member, task_of

CASES_PLAYBOOK: dict[str, Any] = {
    "code": "cases",
    "audience": "customer",
    "title": {"en": "Onboarding with cases"},
    "starting": {"within_days": 14, "status": {"en": "Active", "fi": "Aktiivinen"}},
    "facts": [
        {"code": "checked", "kind": "yes_no", "question": {"en": "Is the use checked?"}, "default": True},
        {"code": "till", "kind": "yes_no", "question": {"en": "Does a till belong to it?"}, "default": False},
    ],
    "phases": [
        {"code": "prepare", "title": {"en": "Prepare"}},
        {
            "code": "to_train",
            "title": {"en": "To train"},
            "summary": {"en": "We show you how everything works."},
            "case": {"status": {"en": "Training", "fi": "Koulutus"}},
        },
        {
            "code": "enable",
            "title": {"en": "Enable marketplace"},
            "summary": {"en": "We look whether everything is used."},
            "case": {"status": {"en": "Check usage"}, "after": ["to_train"], "validated": True},
        },
    ],
    "tasks": [
        {"code": "photos", "phase": "prepare", "kind": "tick", "side": "vendor", "title": {"en": "Put photos"}},
        {
            "code": "call",
            "phase": "to_train",
            "kind": "tick",
            "side": "vendor",
            "call": True,
            "title": {"en": "Call the customer"},
            "due": {"anchor": "start", "workdays": 2},
        },
        {
            "code": "golive",
            "phase": "to_train",
            "kind": "tick",
            "side": "vendor",
            "anchor": "golive",
            "title": {"en": "Publish"},
        },
        {
            "code": "notes",
            "phase": "to_train",
            "kind": "tick",
            "side": "vendor",
            "required": False,
            "title": {"en": "Write notes"},
        },
        {
            "code": "criteria",
            "phase": "enable",
            "kind": "fields",
            "side": "vendor",
            "when": "checked",
            "title": {"en": "Criteria"},
            "fields": [
                {"code": "appointments", "kind": "number", "label": {"en": "Appointments in the agenda"}},
                {"code": "agenda", "kind": "yes_no", "label": {"en": "Is the agenda used?"}},
            ],
        },
        {
            "code": "recap",
            "phase": "enable",
            "kind": "fields",
            "side": "vendor",
            "when": "checked",
            "title": {"en": "Recap"},
            "fields": [
                {"code": "stock", "kind": "yes_no", "label": {"en": "Is the stock kept?"}},
                {"code": "feedback", "kind": "text", "label": {"en": "Feedback"}, "required": False},
            ],
        },
        {
            "code": "till",
            "phase": "enable",
            "kind": "tick",
            "side": "vendor",
            "when": "till",
            "title": {"en": "See the till"},
        },
    ],
}
TRAIN, ENABLE = "to_train", "enable"
BY_TELEPHONE: dict[str, Any] = {
    "code": "calls",
    "audience": "customer",
    "title": {"en": "Onboarding by telephone"},
    "phases": [{"code": "train", "title": {"en": "To train"}, "case": {"status": {"en": "Training"}}}],
    "tasks": [
        {
            "code": "call",
            "phase": "train",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "First call"},
            "call": True,
            "due": {"anchor": "start", "workdays": 0},
        },
        {"code": "write", "phase": "train", "kind": "tick", "side": "vendor", "title": {"en": "Write the customer"}},
    ],
    "trainings": [{"code": "webinar", "phase": "train", "title": {"en": "Webinar"}}],
}
"""With a call of the first day."""

ANSWERS: dict[str, dict[str, Any]] = {
    "criteria": {"appointments": "12", "agenda": "yes"},
    "recap": {"stock": "no", "feedback": "They like it."},
}
"""As they are typed."""


def a_plan_with_cases(**values: Any) -> Plan:
    """Its first case is open, and nobody is assigned."""
    return a_plan(of=a_playbook(CASES_PLAYBOOK), **values)


def case_of(plan: Plan, phase: str = ENABLE) -> PlanCase:
    """As it is now."""
    return db.session.scalars(
        sa.select(PlanCase)
        .where(PlanCase.plan_id == plan.id, PlanCase.phase == phase)
        .execution_options(populate_existing=True)
    ).one()


def hand(person: Person) -> Hand:
    """With the roles as they are now."""
    return Hand(person=by_id(person.id))


def do_tasks(plan: Plan, by: Person, *codes: str) -> None:
    """Does these tasks of ours."""
    for code in codes:
        task = task_of(plan, code)
        if task.kind == "fields":
            working.hand_in(plan.id, task.ref, ANSWERS[code], hand(by))
        else:
            working.tick(plan.id, task.ref, hand(by))


def assigned(plan: Plan, worker: Person, by: Person, phase: str = ENABLE) -> None:
    cases.assign(plan.id, case_of(plan, phase).ref, worker, hand(by))


def trained(plan: Plan, worker: Person, leader: Person) -> None:
    """The first case is completed by its worker, so that the second one is open."""
    assigned(plan, worker, leader, TRAIN)
    do_tasks(plan, worker, "call", "golive")
    cases.complete(plan.id, case_of(plan, TRAIN).ref, hand(worker))


def handed_in(plan: Plan, worker: Person, leader: Person) -> PlanCase:
    """The second case waits for somebody else's word."""
    trained(plan, worker, leader)
    assigned(plan, worker, leader)
    do_tasks(plan, worker, "criteria", "recap")
    cases.hand_in(plan.id, case_of(plan).ref, hand(worker))
    return case_of(plan)


def a_team() -> tuple[Person, Person]:
    """An account manager and a team leader."""
    return a_staff_member("account_manager", name="Ilse Vermeer"), a_staff_member("team_leader", name="Marit Solberg")
