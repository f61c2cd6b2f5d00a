"""What waits on plans: tasks that are stuck, overdue tasks of ours, and work that was handed in for approval."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.clock import today
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanState, PlanTask, TaskState
from app.playbooks.outline import Side
from app.settings.models import vendor

JUDGED_IN = 2
"""Working days in which handed-in work is looked at."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In one query: the person's own plans and tasks; a team leader or coordinator reads what is stuck anywhere."""
    if not policy.allows(actor, P.PLANS_WORK):
        return []
    zone = vendor().timezone
    day = today(zone)
    mine = sa.or_(PlanTask.person_id == actor.id, sa.and_(PlanTask.person_id.is_(None), Plan.manager_id == actor.id))
    managed = Plan.manager_id == actor.id
    over_all = bool(actor.staff_roles & {StaffRole.TEAM_LEADER, StaffRole.COORDINATOR})
    stuck = sa.and_(
        PlanTask.state == TaskState.OPEN,
        PlanTask.stuck_at.is_not(None),
        sa.true() if over_all else sa.or_(mine, managed),
    )
    overdue = sa.and_(
        PlanTask.state == TaskState.OPEN,
        PlanTask.side == Side.VENDOR,
        PlanTask.ready,
        PlanTask.due_on < day,
        mine,
    )
    handed_in = sa.and_(
        PlanTask.state == TaskState.HANDED_IN,
        PlanTask.side == Side.CUSTOMER,
        sa.or_(managed, PlanTask.person_id == actor.id),
    )
    rows = db.session.scalars(
        sa.select(PlanTask)
        .join(PlanTask.plan)
        .where(Plan.state != PlanState.ARCHIVED, sa.or_(stuck, overdue, handed_in))
        .order_by(PlanTask.due_on, PlanTask.id)
        .limit(limit)
        .options(joinedload(PlanTask.plan))
    )
    return [_item(task, day, zone) for task in rows]


def _item(task: PlanTask, day: date, zone: str) -> InboxItem:
    title = texts.title_of(task, texts.outline_of(task.plan))
    values: dict[str, Any] = {"number": task.number, "task": title}
    if task.stuck_at is not None:
        sentence = _("Task %(number)s is stuck: %(task)s", **values)
        due = (task.stuck_at.astimezone(ZoneInfo(zone)) + timedelta(days=1)).date()
    elif task.state == TaskState.HANDED_IN:
        sentence = _("Task %(number)s waits for your approval: %(task)s", **values)
        since = (task.done_at or task.updated_at).astimezone(ZoneInfo(zone)).date()
        due = add_workdays(since, JUDGED_IN, vendor().country)
    else:
        sentence = _("Task %(number)s is overdue: %(task)s", **values)
        due = task.due_on or day
    return InboxItem(
        f"plan-task:{task.ref}",
        "flag" if task.stuck_at is not None else "plan",
        task.plan.name,
        sentence,
        datetime.combine(due, time(17, 0), ZoneInfo(zone)),
        url_for("plans_desk.task", ref=task.plan.ref, task_ref=task.ref),
    )
