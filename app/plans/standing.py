"""What is derived of a plan, kept with every change: which tasks are ready, and how many of what."""

from __future__ import annotations

from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app.core.clock import now
from app.core.db import db
from app.plans.models import Plan, PlanState, PlanTask, TaskBlocker, TaskState
from app.playbooks.outline import Side

_TASK, _BLOCKER = cast(sa.Table, PlanTask.__table__), cast(sa.Table, TaskBlocker.__table__)
_COUNTED = (TaskState.OPEN, TaskState.HANDED_IN, TaskState.DONE)
_STANDING = (TaskState.OPEN, TaskState.HANDED_IN)
"""Whatever waits for such a task cannot start yet."""


def keep(plan: Plan) -> None:
    """Brings what is derived up to date: of a held plan, inside its `write()`, after a flush."""
    connection = db.session.connection()
    tasks = connection.execute(
        sa.select(
            _TASK.c.id,
            _TASK.c.state,
            _TASK.c.side,
            _TASK.c.ready,
            _TASK.c.required,
            _TASK.c.stuck_at,
            _TASK.c.due_on,
        ).where(_TASK.c.plan_id == plan.id)
    ).all()
    standing = {task.id for task in tasks if task.state in _STANDING}
    blocked = {
        row.task_id
        for row in connection.execute(
            sa.select(_BLOCKER.c.task_id, _BLOCKER.c.blocker_id).where(_BLOCKER.c.plan_id == plan.id)
        )
        if row.blocker_id in standing
    }
    moment = now()
    for task in tasks:
        ready = task.state == TaskState.OPEN and task.id not in blocked
        if ready != task.ready:
            _write(task.id, ready=ready, ready_at=moment if ready else None)
    counted = [task for task in tasks if task.state in _COUNTED]
    opened = [task for task in tasks if task.state == TaskState.OPEN]
    could = [task for task in opened if task.id not in blocked]
    judged = [task for task in tasks if task.state == TaskState.HANDED_IN]
    plan.task_count = len(counted)
    plan.done_count = sum(task.state == TaskState.DONE for task in counted)
    plan.open_customer = sum(task.side == Side.CUSTOMER for task in could) + sum(
        task.side == Side.VENDOR for task in judged
    )
    plan.open_vendor = sum(task.side == Side.VENDOR for task in could) + sum(
        task.side == Side.CUSTOMER for task in judged
    )
    plan.stuck_count = sum(task.stuck_at is not None for task in opened)
    plan.next_due_on = min((task.due_on for task in opened if task.due_on), default=None)
    if plan.state != PlanState.ARCHIVED:
        done = plan.live_on is not None and not any(task.required for task in (*opened, *judged))
        state = PlanState.DONE if done else PlanState.RUNNING
        if plan.state != state:
            plan.state = state
            plan.finished_at = moment if done else None


def _write(task_id: int, **values: Any) -> None:
    """Writes what is derived of a task without touching its version, also on the object that somebody holds."""
    db.session.connection().execute(sa.update(_TASK).where(_TASK.c.id == task_id).values(**values))
    loaded = db.session().identity_map.get(sa.orm.util.identity_key(PlanTask, task_id))
    if loaded is not None:
        for name, value in values.items():
            set_committed_value(loaded, name, value)
