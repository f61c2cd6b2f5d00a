"""What answers to the playbook's questions will bring, before anything is saved (I2). Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail
from app.core.db import db
from app.plans import texts
from app.plans.models import Plan, PlanSession, PlanTask, PlanTraining, TaskState
from app.plans.service import billed
from app.plans.service.growing import tasks_of, wanted
from app.plans.service.starting import WrongFacts, cleaned_facts
from app.playbooks.conditions import holds
from app.playbooks.outline import Fact, Option, Outline, Task, Training
from app.trainings.models import SessionState, TrainingSession


@dataclass(frozen=True)
class Beginning:
    """What a plan that is started with some answers has."""

    tasks: list[Task]
    trainings: list[Training]
    fees: list[Option] = field(default_factory=list)
    """Answers that cost something, due on the starting date."""


def beginning(outline: Outline, facts: Mapping[str, Any]) -> Beginning:
    """Raises WrongFacts."""
    cleaned = cleaned_facts(outline, facts)
    needed = wanted(outline, cleaned)
    return Beginning(
        [task for task in outline.tasks if task.code in needed],
        [training for training in outline.trainings if holds(training.when, cleaned)],
        [option for _fact, option in billed.fees(outline, cleaned).values()],
    )


@dataclass(frozen=True)
class Change:
    """What other answers would do to a plan."""

    answers: list[tuple[Fact, Any, Any]] = field(default_factory=list)
    """Question, answer now, answer then."""
    appear: list[Task] = field(default_factory=list)
    """New ones, and those that come back."""
    go: list[tuple[PlanTask, Task]] = field(default_factory=list)
    stay: list[tuple[PlanTask, Task]] = field(default_factory=list)
    """No longer asked for, but something was done with them."""
    trainings_appear: list[Training] = field(default_factory=list)
    trainings_go: list[PlanTraining] = field(default_factory=list)
    fees_appear: list[Option] = field(default_factory=list)
    fees_go: list[BillingDetail] = field(default_factory=list)

    @property
    def moves_tasks(self) -> bool:
        return bool(self.appear or self.go or self.trainings_appear or self.trainings_go)


def change(plan: Plan, facts: Mapping[str, Any]) -> Change:
    """What `starting.change_facts` would do now.

    Raises:
        WrongFacts: also where an answer stays because what it costs was invoiced.
    """
    outline = texts.outline_of(plan)
    known = {fact.code for fact in outline.facts}
    kept = {code: value for code, value in plan.facts.items() if code in known}
    now_said, then = cleaned_facts(outline, kept), cleaned_facts(outline, {**kept, **facts})
    found = Change(
        [
            (fact, now_said.get(fact.code), then.get(fact.code))
            for fact in outline.facts
            if now_said.get(fact.code) != then.get(fact.code)
        ]
    )
    needed = wanted(outline, then)
    there = {task.code: task for task in tasks_of(plan) if task.code is not None}
    for task in outline.tasks:
        held = there.get(task.code)
        if task.code in needed and (held is None or held.state == TaskState.GONE):
            found.appear.append(task)
    for code, held in there.items():
        if code in needed or held.state == TaskState.GONE:
            continue
        asked = texts.of_task(held, outline)
        (found.go if held.state == TaskState.OPEN else found.stay).append((held, asked))
    _trainings(plan, outline, then, found)
    if billed.has_fees(outline):
        fees = billed.fees_if(plan, outline, then)
        if fees.stuck:
            raise WrongFacts({fact: billed.FeeInvoiced(fact, ref).message for fact, ref in fees.stuck.items()})
        found.fees_appear.extend(fees.appear)
        found.fees_go.extend(detail for _fact, detail in fees.go)
    return found


def _trainings(plan: Plan, outline: Outline, facts: dict[str, Any], found: Change) -> None:
    query = sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.code.is_not(None))
    there = {training.code: training for training in db.session.scalars(query)}
    held = set(
        db.session.scalars(
            sa.select(PlanSession.training_id)
            .join(TrainingSession)
            .join(PlanTraining, PlanTraining.id == PlanSession.training_id)
            .where(PlanTraining.plan_id == plan.id, TrainingSession.state == SessionState.HELD)
        )
    )
    for training in outline.trainings:
        kept, needed = there.get(training.code), holds(training.when, facts)
        if needed and (kept is None or kept.gone):
            found.trainings_appear.append(training)
        elif not needed and kept is not None and not kept.gone and kept.id not in held:
            found.trainings_go.append(kept)
