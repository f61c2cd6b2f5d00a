"""What waits on plans: stuck tasks, overdue ones of ours, what was handed in for approval, and what expired."""

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
from app.plans.models import Plan, PlanCase, PlanDocument, PlanState, PlanTask, TaskState
from app.plans.queries import cases
from app.plans.service import confirming
from app.playbooks.outline import Kind, Side
from app.settings.models import vendor

JUDGED_IN = 2
"""Working days in which handed-in work is looked at."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In five queries: the person's own plans, tasks and cases; a team leader or coordinator reads what is stuck
    anywhere, and a team leader what waits for validation."""
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
    expired = sa.and_(
        PlanTask.state == TaskState.OPEN,
        PlanTask.expires_on < day,
        sa.or_(managed, PlanTask.person_id == actor.id),
    )
    rows = db.session.scalars(
        sa.select(PlanTask)
        .join(PlanTask.plan)
        .where(Plan.state != PlanState.ARCHIVED, sa.or_(stuck, overdue, handed_in, expired))
        .order_by(PlanTask.due_on, PlanTask.id)
        .limit(limit)
        .options(joinedload(PlanTask.plan))
    )
    return [
        *_not_visible(actor, limit, zone),
        *_cases(actor, limit, zone),
        *_to_prepare(managed, limit, zone),
        *(_item(task, day, zone) for task in rows),
    ]


def _to_prepare(managed: sa.ColumnElement[bool], limit: int, zone: str) -> list[InboxItem]:
    """Documents that the customer could accept, if they were prepared."""
    made = sa.exists().where(PlanDocument.task_id == PlanTask.id)
    waiting = sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.ready, PlanTask.kind == Kind.DOCUMENT)
    rows = db.session.scalars(
        sa.select(PlanTask)
        .join(PlanTask.plan)
        .where(Plan.state == PlanState.RUNNING, managed, waiting, ~made)
        .order_by(PlanTask.due_on, PlanTask.id)
        .limit(limit)
        .options(joinedload(PlanTask.plan))
    )
    return [_unprepared(task, zone) for task in rows if confirming.asked_for(task.plan, task) is not None]


def _unprepared(task: PlanTask, zone: str) -> InboxItem:
    title = texts.title_of(task, texts.outline_of(task.plan))
    since = (task.ready_at or task.updated_at).astimezone(ZoneInfo(zone)).date()
    due = min(add_workdays(since, JUDGED_IN, vendor().country), task.due_on or date.max)
    return InboxItem(
        f"plan-document:{task.ref}",
        "doc",
        task.plan.name,
        _(
            "Task %(number)s waits for its document, which is yours to prepare: %(task)s",
            number=task.number,
            task=title,
        ),
        datetime.combine(due, time(17, 0), ZoneInfo(zone)),
        url_for("plans_desk.prepare_document", ref=task.plan.ref, task_ref=task.ref),
    )


def _cases(actor: Person, limit: int, zone: str) -> list[InboxItem]:
    """Cases that wait for this person's validation, and own ones that came back."""
    found = []
    if policy.allows(actor, P.CASES_LEAD):
        for case in cases.to_validate(actor, limit):
            sentence = _("Waits for your validation: %(case)s", case=_title(case))
            found.append(_of_case(case, "check", sentence, case.moved_at, zone))
    for case in cases.returned_to(actor, limit):
        sentence = _("Came back to you: %(case)s", case=_title(case))
        found.append(_of_case(case, "undo", sentence, case.moved_at, zone))
    return found


def _title(case: PlanCase) -> str:
    return texts.phase_title(case.phase, texts.outline_of(case.plan))


def _of_case(case: PlanCase, icon: str, sentence: str, since: datetime, zone: str) -> InboxItem:
    due = add_workdays(since.astimezone(ZoneInfo(zone)).date(), JUDGED_IN, vendor().country)
    return InboxItem(
        f"plan-case:{case.ref}",
        icon,
        case.plan.name,
        sentence,
        datetime.combine(due, time(17, 0), ZoneInfo(zone)),
        url_for("plans_desk.case", ref=case.plan.ref, case_ref=case.ref),
    )


def _not_visible(actor: Person, limit: int, zone: str) -> list[InboxItem]:
    """Starting dates that have come without anybody confirming that the customer can be seen: for the account manager
    and whoever started the plan, until it is confirmed or the date is moved."""
    plans = db.session.scalars(
        sa.select(Plan)
        .where(
            Plan.state == PlanState.RUNNING,
            Plan.live_on.is_(None),
            Plan.alerted_on == Plan.golive_on,
            sa.or_(Plan.manager_id == actor.id, Plan.created_by_id == actor.id),
        )
        .order_by(Plan.golive_on, Plan.id)
        .limit(limit)
    )
    return [
        InboxItem(
            f"plan-visible:{plan.ref}:{plan.golive_on}",
            "flag",
            plan.name,
            _("Nobody has confirmed that this customer can be seen since the starting date"),
            datetime.combine(plan.golive_on, time(17, 0), ZoneInfo(zone)),
            url_for("plans_desk.plan", ref=plan.ref),
        )
        for plan in plans
        if plan.golive_on is not None
    ]


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
    elif task.expires_on is not None and task.expires_on < day:
        sentence = _("Task %(number)s has expired: %(task)s", **values)
        due = task.expires_on
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
