"""A newer version of its playbook for a running plan: shown first, then applied; no done task changes (I1)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import Conflict, DomainError, NotFound
from app.core.i18n import _l
from app.plans import texts
from app.plans.models import Plan, PlanTask, PlanTraining, TaskState
from app.plans.party import Hand
from app.plans.service.changing import changing, put, put_task, record
from app.plans.service.growing import STEP, grow, shape, tasks_of, wanted
from app.plans.service.starting import cleaned_facts
from app.playbooks.conditions import holds
from app.playbooks.models import PlaybookVersion
from app.playbooks.outline import Fact, Outline, Task, Training

_OPEN = (TaskState.OPEN, TaskState.GONE)
"""Tasks in these states follow the playbook; all others stay as they were when somebody worked on them."""


class NoNewerVersion(Conflict):
    """The version is not published, is of another playbook, or is not newer than the plan's."""

    def __init__(self) -> None:
        super().__init__(_l("This plan follows this version of the playbook already, or a newer one."))


@dataclass(frozen=True)
class Changed:
    """A task that is worded or shaped differently: by which parts."""

    task: PlanTask
    before: Task
    after: Task

    @property
    def parts(self) -> list[str]:
        return [name for name in vars(self.before) if getattr(self.before, name) != getattr(self.after, name)]


@dataclass(frozen=True)
class Difference:
    """What a newer version would do to a plan."""

    version: PlaybookVersion
    appear: list[Task] = field(default_factory=list)
    go: list[tuple[PlanTask, Task]] = field(default_factory=list)
    """Open tasks that are no longer needed, with their words."""
    change: list[Changed] = field(default_factory=list)
    stay: list[Changed] = field(default_factory=list)
    """Done or handed in: the newer playbook words them differently, and they stay as they were."""
    trainings_appear: list[Training] = field(default_factory=list)
    trainings_go: list[PlanTraining] = field(default_factory=list)
    questions: list[Fact] = field(default_factory=list)
    """New ones; answered as the playbook presumes until somebody says otherwise."""

    @property
    def is_empty(self) -> bool:
        return not (
            self.appear or self.go or self.change or self.trainings_appear or self.trainings_go or self.questions
        )


def difference(plan: Plan, version_id: int) -> Difference:
    """What `apply` would do now. Changes nothing.

    Raises:
        NoNewerVersion, NotFound
    """
    version = _newer(plan, version_id)
    old, new = texts.outline_of(plan), texts.outline_of(version)
    facts = _facts(plan, old, new)
    needed = wanted(new, facts)
    tasks = {task.code: task for task in tasks_of(plan) if task.code is not None}
    found = Difference(
        version, questions=[fact for fact in new.facts if fact.code not in {one.code for one in old.facts}]
    )
    for task in new.tasks:
        if task.code in needed and (task.code not in tasks or tasks[task.code].state == TaskState.GONE):
            found.appear.append(task)
    for code, held in tasks.items():
        before, after = texts.of_task(held, old), new.task.get(code)
        if held.state == TaskState.OPEN and code not in needed:
            found.go.append((held, before))
        elif held.state == TaskState.OPEN and after is not None and before != after:
            found.change.append(Changed(held, before, after))
        elif held.state not in _OPEN and after is not None and before != after:
            found.stay.append(Changed(held, before, after))
    _trainings(plan, new, facts, found)
    return found


def _trainings(plan: Plan, new: Outline, facts: dict[str, object], found: Difference) -> None:
    query = sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.code.is_not(None))
    there = {training.code: training for training in db.session.scalars(query)}
    needed = {training.code for training in new.trainings if holds(training.when, facts)}
    for training in new.trainings:
        if training.code in needed and (training.code not in there or there[training.code].gone):
            found.trainings_appear.append(training)
    found.trainings_go.extend(kept for code, kept in there.items() if not kept.gone and code not in needed)


def apply(plan_id: int, version_id: int, by: Hand, *, expect: int | None = None) -> Plan:
    """The plan follows a newer version from now on: open tasks are worded and shaped anew, appear and go; whatever was
    done, handed in or set aside stays as it was, with the words it had. All of it or nothing.

    Raises:
        NoNewerVersion, NotFound, PlanMovedOn, PlanArchived
    """
    with changing(plan_id, by, expect=expect) as plan:
        version = _newer(plan, version_id)
        old, new = texts.outline_of(plan), texts.outline_of(version)
        places = {task.code: (place + 1) * STEP for place, task in enumerate(new.tasks)}
        facts = _facts(plan, old, new)
        for task in tasks_of(plan):
            if task.code is not None:
                _follow(plan, task, old, new, places, by)
        changes = put(plan, playbook_version_id=version.id, facts=facts)
        record(plan, "plan.upgraded", by, {**changes, "_version": (None, version.number)}, plan=plan)
        grow(plan, new, by)
    return plan


def _follow(plan: Plan, task: PlanTask, old: Outline, new: Outline, places: dict[str, int], by: Hand) -> None:
    assert task.code is not None
    after = new.task.get(task.code)
    if task.state not in _OPEN or after is None:
        if not task.own and old.task[task.code] != after:
            # Only where its words stand changes: neither they nor anything else of it.
            keep = sa.update(PlanTask).where(PlanTask.id == task.id).values(own=texts.to_own(old.task[task.code]))
            db.session.execute(keep.execution_options(synchronize_session=False))
            db.session.expire(task, ["own"])
        return
    values = {**shape(after), "own": {}, "position": places[task.code]}
    if after.kind != task.kind:
        values["answer"] = {}
    if task.own or texts.of_task(task, old) != after:
        put_task(plan, task, "plan_task.upgraded", by, **values)
    elif task.position != places[task.code]:
        task.position = places[task.code]


def _newer(plan: Plan, version_id: int) -> PlaybookVersion:
    version = db.session.get(PlaybookVersion, version_id)
    now_followed = db.session.get_one(PlaybookVersion, plan.playbook_version_id)
    if version is None:
        raise NotFound
    if (
        version.published_at is None
        or version.playbook_id != now_followed.playbook_id
        or version.number <= now_followed.number
    ):
        raise NoNewerVersion
    return version


def _facts(plan: Plan, old: Outline, new: Outline) -> dict[str, object]:
    """The answers that the newer version still asks for; an answer that it no longer allows is as it presumes."""
    facts = {fact.code: fact for fact in new.facts}
    kept: dict[str, object] = {}
    for code, value in plan.facts.items():
        if code not in facts:
            continue
        try:
            kept |= cleaned_facts(Outline(new.code, new.audience, new.title, facts=(facts[code],)), {code: value})
        except DomainError:
            continue
    return cleaned_facts(new, kept)


@dataclass(frozen=True)
class Applied:
    """What became of many plans."""

    done: list[int]
    refused: dict[int, DomainError]


def apply_to(plan_ids: Iterable[int], version_id: int, by: Hand) -> Applied:
    """Many plans, one after the other, each in a write of its own: an interruption leaves each either before or after,
    and doing it again goes on with the rest."""
    done: list[int] = []
    refused: dict[int, DomainError] = {}
    for plan_id in plan_ids:
        try:
            apply(plan_id, version_id, by)
        except DomainError as refusal:
            refused[plan_id] = refusal
        else:
            done.append(plan_id)
        db.session.expunge_all()
    return Applied(done, refused)
