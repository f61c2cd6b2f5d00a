"""Files that are valid for some time only: until when, and asking for newer ones in time (T6).

Such a task is asked for again a calendar month before its last day; what was handed in within that month, on the day
after its last day. It is open again then, as a renewal: the former files stay beside it, it is due on the last day, and
the plan does not wait for it: a plan that is done stays done, and nothing that needed the task is held up.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from dateutil.relativedelta import relativedelta

from app.core.clock import today
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import _l
from app.core.workdays import add_workdays
from app.history.models import HistoryEntry
from app.plans.models import FileUse, Plan, PlanState, PlanTask, TaskFile, TaskState
from app.plans.service.changing import changing, put_task, record
from app.plans.service.finishing import done_by
from app.playbooks.outline import Kind, Task
from app.settings.models import vendor

RENEWED_IN = 5
"""Working days in which newer files are due when the last day has passed already."""
LATEST = timedelta(days=366 * 50)
_A_DAY = timedelta(days=1)
_A_MONTH = relativedelta(months=1)
"""To the last of a month that has no such day."""


def last_day(spec: Task) -> date | None:
    """Until when what is approved today is valid; None where it does not expire."""
    if spec.kind != Kind.FILES_APPROVED or spec.valid_months is None:
        return None
    return today(vendor().timezone) + relativedelta(months=spec.valid_months)


def validity(spec: Task, until: date | None = None) -> dict[str, Any]:
    """What approving sets on the task. `until` is another last day, said by whoever approves.

    Raises:
        FieldError: that day has passed, or lies too far away.
    """
    usual = last_day(spec)
    if usual is None:
        return {}
    day = today(vendor().timezone)
    if until is not None and until < day:
        raise FieldError("until", _l("This day has passed. Give back what is no longer valid."))
    if until is not None and until > day + LATEST:
        raise FieldError("until", _l("This day lies too far away. Check the year."))
    return {"expires_on": until or usual}


def asks_on(expires_on: date, handed_in_on: date) -> date:
    """The day on which newer files are asked for."""
    before = expires_on - _A_MONTH
    return before if handed_in_on < before else expires_on + _A_DAY


# --- the passing of time ----------------------------------------------------------------------------------------------


def renew(moment: datetime) -> int:
    """Asks again for what expires soon, and notes what has expired; each task in a write of its own, and only what was
    not done yet, so that a run may be repeated. Returns how many were asked for."""
    zone = ZoneInfo(vendor().timezone)
    day = moment.astimezone(zone).date()
    asked = 0
    rows = db.session.execute(
        sa.select(PlanTask.plan_id, PlanTask.ref, PlanTask.state, PlanTask.expires_on, PlanTask.done_at)
        .join(Plan, Plan.id == PlanTask.plan_id)
        .where(
            Plan.state != PlanState.ARCHIVED,
            sa.or_(
                sa.and_(PlanTask.state == TaskState.DONE, PlanTask.expires_on <= day + _A_MONTH + 3 * _A_DAY),
                sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.expires_on < day),
            ),
        )
        .order_by(PlanTask.plan_id, PlanTask.number)
    ).all()
    for row in rows:
        if row.state == TaskState.DONE and not _is_due(row.expires_on, row.done_at, day, zone):
            continue
        try:
            asked += _renew_one(row.plan_id, row.ref, day, zone)
        except Exception:  # one plan's trouble must not keep the others from theirs
            db.session.rollback()
            structlog.get_logger("plans").exception("renewal failed", plan=row.plan_id, task=row.ref)
        db.session.expunge_all()
    return asked


def _is_due(expires_on: date, done_at: datetime | None, day: date, zone: ZoneInfo) -> bool:
    handed_in = done_at.astimezone(zone).date() if done_at else day
    return asks_on(expires_on, handed_in) <= day


def _renew_one(plan_id: int, task_ref: str, day: date, zone: ZoneInfo) -> bool:
    with changing(plan_id, None, archived_too=True) as plan:
        task = db.session.scalar(
            sa.select(PlanTask)
            .where(PlanTask.plan_id == plan.id, PlanTask.ref == task_ref)
            .execution_options(populate_existing=True)
        )
        if task is None or task.expires_on is None or plan.state == PlanState.ARCHIVED:
            return False
        if task.state == TaskState.OPEN:
            if task.expires_on < day and not _was_noted(task, zone):
                record(task, "plan_task.expired", None, {"expires_on": (None, task.expires_on.isoformat())}, plan=plan)
            return False
        if task.state != TaskState.DONE or not _is_due(task.expires_on, task.done_at, day, zone):
            return False
        _ask_again(plan, task, day)
        return True


def _ask_again(plan: Plan, task: PlanTask, day: date) -> None:
    assert task.expires_on is not None
    passed = task.expires_on < day
    db.session.execute(
        sa.update(TaskFile)
        .where(TaskFile.task_id == task.id, TaskFile.use == FileUse.GIVEN, TaskFile.removed_at.is_(None))
        .values(use=FileUse.FORMER)
        .execution_options(synchronize_session=False)
    )
    due = add_workdays(day, RENEWED_IN, plan.country) if passed else task.expires_on
    verb = "plan_task.expired" if passed else "plan_task.asked_again"
    put_task(
        plan,
        task,
        verb,
        None,
        **{"state": TaskState.OPEN, "due_on": due, "due_fixed": True, "file_count": 0, "returned": "", **done_by(None)},
    )


def _was_noted(task: PlanTask, zone: ZoneInfo) -> bool:
    """Whether the history says already that this last day has passed."""
    assert task.expires_on is not None
    since = datetime.combine(task.expires_on + _A_DAY, datetime.min.time(), zone)
    said = sa.select(HistoryEntry.id).where(
        HistoryEntry.record_type == "plan_task",
        HistoryEntry.record_id == task.id,
        HistoryEntry.verb == "plan_task.expired",
        HistoryEntry.at >= since,
    )
    return db.session.scalar(said.limit(1)) is not None
