"""Which tasks and trainings a plan has: by the playbook's version and the facts; they appear, go and come back (I2)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db
from app.plans.models import Plan, PlanSession, PlanTask, PlanTraining, TaskBlocker, TaskState
from app.plans.party import Hand
from app.plans.service import opening
from app.plans.service.changing import put_task, record
from app.plans.service.trainings import follow
from app.playbooks.conditions import holds
from app.playbooks.outline import Outline, Task
from app.trainings.models import SessionState, TrainingSession

STEP = 100
"""Between the positions of two tasks of the playbook: room for those that are added to one plan."""


def wanted(outline: Outline, facts: dict[str, Any]) -> set[str]:
    """Codes of the tasks whose conditions hold."""
    return {task.code for task in outline.tasks if holds(task.when, facts)}


def grow(plan: Plan, outline: Outline, by: Hand | None) -> None:
    """Brings tasks, trainings and cases of a held plan in line with its facts. Whatever was done stays as it is; what
    is open and no longer wanted is `gone`, and back when it is wanted again."""
    there = {task.code: task for task in tasks_of(plan) if task.code is not None}
    needed = wanted(outline, plan.facts)
    number = db.session.scalar(sa.select(sa.func.max(PlanTask.number)).where(PlanTask.plan_id == plan.id)) or 0
    made: list[PlanTask] = []
    for place, task in enumerate(outline.tasks):
        held = there.get(task.code)
        if held is None and task.code in needed:
            number += 1
            made.append(new_task(plan, task, number, (place + 1) * STEP))
        elif held is not None and held.state == TaskState.GONE and task.code in needed:
            put_task(plan, held, "plan_task.came_back", by, state=TaskState.OPEN)
    for code, held in there.items():
        if held.state == TaskState.OPEN and code not in needed:
            put_task(plan, held, "plan_task.gone", by, state=TaskState.GONE)
    db.session.add_all(made)
    db.session.flush()
    for new in made:
        record(new, "plan_task.added", by, plan=plan)
    tie(plan, outline, {**there, **{new.code: new for new in made if new.code}})
    _trainings(plan, outline, by)
    opening.follow(plan, outline, by)


def new_task(plan: Plan, task: Task, number: int, position: int, *, code: str | None = "") -> PlanTask:
    """A task as the outline says it, not yet added. Its code is the outline's unless another (or none) is given."""
    moment = now()
    return PlanTask(
        plan_id=plan.id,
        number=number,
        code=task.code if code == "" else code,
        position=position,
        created_at=moment,
        updated_at=moment,
        **shape(task),
    )


def shape(task: Task) -> dict[str, Any]:
    """The columns that an outline's task fills."""
    return {
        "kind": str(task.kind),
        "side": str(task.side),
        "role": task.role,
        "phase": task.phase,
        "module": task.module,
        "required": task.required,
        "workdays": task.workdays,
    }


def tie(plan: Plan, outline: Outline, tasks: dict[str, PlanTask]) -> None:
    """What waits for what among the tasks of the playbook; ties of tasks that were added to the plan stay."""
    owns = {task.id for task in tasks.values()}
    kept = {
        (row.task_id, row.blocker_id)
        for row in db.session.execute(
            sa.select(TaskBlocker.task_id, TaskBlocker.blocker_id).where(TaskBlocker.plan_id == plan.id)
        )
        if row.task_id in owns and row.blocker_id in owns
    }
    meant = {
        (tasks[task.code].id, tasks[need].id)
        for task in outline.tasks
        if task.code in tasks
        for need in task.needs
        if need in tasks
    }
    _untie(kept - meant)
    fresh = [{"task_id": task, "blocker_id": blocker, "plan_id": plan.id} for task, blocker in sorted(meant - kept)]
    if fresh:
        db.session.execute(sa.insert(TaskBlocker), fresh)


def _untie(pairs: Iterable[tuple[int, int]]) -> None:
    for task, blocker in pairs:
        db.session.execute(sa.delete(TaskBlocker).where(TaskBlocker.task_id == task, TaskBlocker.blocker_id == blocker))


def _trainings(plan: Plan, outline: Outline, by: Hand | None) -> None:
    there = {
        training.code: training
        for training in db.session.scalars(
            sa.select(PlanTraining)
            .where(PlanTraining.plan_id == plan.id, PlanTraining.code.is_not(None))
            .execution_options(populate_existing=True)
        )
    }
    held = set(
        db.session.scalars(
            sa.select(PlanSession.training_id)
            .join(TrainingSession)
            .where(
                PlanSession.training_id.in_([training.id for training in there.values()]),
                TrainingSession.state == SessionState.HELD,
            )
        )
    )
    changes: dict[str, tuple[Any, Any]] = {}
    for place, training in enumerate(outline.trainings):
        is_wanted, kept = holds(training.when, plan.facts), there.pop(training.code, None)
        if kept is None and is_wanted:
            db.session.add(
                PlanTraining(
                    plan_id=plan.id,
                    code=training.code,
                    module=training.module,
                    minutes=training.minutes,
                    position=(place + 1) * STEP,
                    created_at=now(),
                )
            )
            changes[f"training_{training.code}"] = (None, True)
        elif kept is not None and kept.gone == is_wanted and (is_wanted or kept.id not in held):
            kept.gone = not is_wanted
            changes[f"training_{training.code}"] = (not is_wanted, is_wanted)
    for code, kept in there.items():
        if not kept.gone and kept.id not in held:
            kept.gone = True
            changes[f"training_{code}"] = (True, False)
    if changes:
        db.session.flush()
        record(plan, "plan.trainings_changed", by, changes, plan=plan)
        follow(plan, by)


def tasks_of(plan: Plan) -> list[PlanTask]:
    """All tasks of a held plan as they are now, in the order of their numbers."""
    return list(
        db.session.scalars(
            sa.select(PlanTask)
            .where(PlanTask.plan_id == plan.id)
            .order_by(PlanTask.number)
            .execution_options(populate_existing=True)
        )
    )
