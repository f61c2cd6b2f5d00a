"""Calls that nobody answered: noted with the day of the next attempt, and taken back (C4)."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db
from app.core.errors import FieldError, NotFound
from app.core.i18n import _l
from app.core.workdays import add_workdays
from app.plans import texts
from app.plans.models import PlanTask, TaskCall, TaskState
from app.plans.party import Hand
from app.plans.service.changing import changing, put_task, record, task_in
from app.plans.service.finishing import NotYours, TaskMovedOn
from app.settings.models import vendor

FURTHEST = 60
"""Days until the next attempt at most."""


def not_answered(
    plan_id: int, task_ref: str, by: Hand, *, next_on: date | None = None, note: str = "", known: int | None = None
) -> TaskCall:
    """Somebody called in vain; tried again on `next_on`, by default on the next working day of the customer's country.
    `known` is how many attempts the page knew of: pressed twice, it is one attempt.

    Raises:
        FieldError: the next attempt cannot be on that day.
        NotFound, NotYours
        TaskMovedOn: it is done, or no call at all.
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if by.person is None or not by.may_do(task):
            raise NotYours
        here = today(vendor().timezone)
        if not texts.of_task(task, texts.outline_of(plan)).call or task.state != TaskState.OPEN:
            raise TaskMovedOn
        before = _attempts(task)
        if known is not None and known < len(before):
            return before[-1]
        day = next_on or add_workdays(here, 1, plan.country)
        if not 0 <= (day - here).days <= FURTHEST:
            raise FieldError("next_on", _l("Choose a day within the next %(num)s days", num=FURTHEST))
        call = TaskCall(
            task_id=task.id,
            by_id=by.person.id,
            called_at=now(),
            next_on=day,
            before_on=task.call_on,
            note=note,
        )
        db.session.add(call)
        if not put_task(plan, task, "plan_task.not_reached", by, call_on=day):
            record(task, "plan_task.not_reached", by, plan=plan)  # a further attempt with the same next day
        db.session.flush()
        return call


def take_back(plan_id: int, call_ref: str, by: Hand) -> PlanTask:
    """The attempt was noted by mistake: the day of the next one is as it was before. Taken back twice is once.

    Raises:
        NotFound: there is no such attempt on this plan.
        TaskMovedOn: another one was noted since.
    """
    with changing(plan_id, by) as plan:
        found = db.session.execute(
            sa.select(TaskCall, PlanTask.ref)
            .join(PlanTask, PlanTask.id == TaskCall.task_id)
            .where(TaskCall.ref == call_ref, PlanTask.plan_id == plan.id)
        ).one_or_none()
        if found is None:
            raise NotFound
        call, ref = found
        task = task_in(plan, ref, by)
        if by.person is None or not by.may_do(task):
            raise NotYours
        if call.taken_back_at is not None:
            return task
        if _attempts(task)[-1].id != call.id or task.state != TaskState.OPEN:
            raise TaskMovedOn
        call.taken_back_at = now()
        if not put_task(plan, task, "plan_task.call_taken_back", by, call_on=call.before_on):
            record(task, "plan_task.call_taken_back", by, plan=plan)
        return task


def _attempts(task: PlanTask) -> list[TaskCall]:
    """Those that were not taken back, the oldest first."""
    query = sa.select(TaskCall).where(TaskCall.task_id == task.id, TaskCall.taken_back_at.is_(None))
    return list(db.session.scalars(query.order_by(TaskCall.id)))
