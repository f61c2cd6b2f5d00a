"""Replaying a plan from its history: what the entries say, applied in order, is how it stands (X3)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.core.db import db
from app.history.models import HistoryEntry
from app.plans.models import FileUse, Plan, PlanTask, TaskComment, TaskFile, TaskState
from app.plans.service.changing import plain

TASK_COLUMNS = (
    "state",
    "answer",
    "reason",
    "returned",
    "stuck_at",
    "stuck_why",
    "waits_for",
    "waits_since",
    "waits_until",
    "done_at",
    "done_by",
    "done_by_id",
    "done_by_contact_id",
    "person_id",
    "contact_id",
    "due_fixed",
    "billing_detail_id",
)
PLAN_COLUMNS = (
    "playbook_version_id",
    "facts",
    "name",
    "manager_id",
    "started_on",
    "contract_on",
    "kickoff_on",
    "golive_on",
    "live_on",
    "archived_at",
    "archive_reason",
)
FALSY: list[Any] = ["", None, False, {}, []]


def replayed(record_type: str, record_id: int, columns: tuple[str, ...]) -> tuple[dict[str, Any], list[str]]:
    """The values of these columns that the entries lead to, and the verbs in order. Each entry goes on from where the
    one before it ended."""
    entries = db.session.scalars(
        sa.select(HistoryEntry)
        .where(HistoryEntry.record_type == record_type, HistoryEntry.record_id == record_id)
        .order_by(HistoryEntry.number)
        .options(selectinload(HistoryEntry.values))
        .execution_options(populate_existing=True)
    ).all()
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    values: dict[str, Any] = {"state": "open"} if record_type == "plan_task" else {}
    for entry in entries:
        for value in entry.values:
            if value.field not in columns:
                continue
            if value.field in values:
                assert values[value.field] == value.old, (entry.verb, value.field, values[value.field], value.old)
            values[value.field] = value.new
    return values, [entry.verb for entry in entries]


def check(plan_id: int) -> int:
    """Asserts that plan and tasks stand exactly as their histories say; gives the number of entries."""
    db.session.rollback()
    plan = db.session.get_one(Plan, plan_id, populate_existing=True)
    count = _compare(plan, "plan", PLAN_COLUMNS)
    tasks = db.session.scalars(
        sa.select(PlanTask).where(PlanTask.plan_id == plan_id).execution_options(populate_existing=True)
    ).all()
    for task in tasks:
        count += _compare(task, "plan_task", TASK_COLUMNS)
        _compare_counts(task)
    counted = [task for task in tasks if task.state not in (TaskState.NOT_APPLICABLE, TaskState.GONE)]
    assert plan.task_count == len(counted)
    assert plan.done_count == sum(task.state == TaskState.DONE for task in counted)
    assert plan.stuck_count == sum(task.stuck_at is not None for task in counted)
    return count


def _compare(row: Any, record_type: str, columns: tuple[str, ...]) -> int:
    values, verbs = replayed(record_type, row.id, columns)
    assert verbs, f"{record_type} {row.id} has no history"
    for name in columns:
        stands, told = plain(getattr(row, name)), values.get(name)
        if stands in FALSY and told in FALSY:
            continue
        assert stands == told, (record_type, row.ref, name, stands, told)
    return len(verbs)


def _compare_counts(task: PlanTask) -> None:
    verbs = replayed("plan_task", task.id, ())[1]
    of_task = TaskComment.task_id == task.id
    comments = db.session.scalar(sa.select(sa.func.count()).where(of_task, TaskComment.internal.is_(False)))
    assert task.comment_count == comments == verbs.count("plan_task.commented")
    files = db.session.scalar(
        sa.select(sa.func.count()).where(
            TaskFile.task_id == task.id, TaskFile.removed_at.is_(None), TaskFile.use == FileUse.GIVEN
        )
    )
    assert task.file_count == files
