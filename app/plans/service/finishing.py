"""A task is done: what that sets, also for the rooms whose deed does a task (a document, a secret)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Conflict, Forbidden, MovedOn
from app.core.i18n import _l
from app.core.workdays import add_workdays
from app.plans import texts
from app.plans.models import Plan, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import anchors
from app.plans.service.changing import put_task
from app.plans.states import Move, after
from app.playbooks.outline import Anchor, Kind, Task
from app.settings.models import vendor


class NotYours(Forbidden):
    """The task is the other side's."""

    def __init__(self) -> None:
        super().__init__(_l("This task is done by the other side."))


class CannotStartYet(Conflict):
    """Something before it is still open."""

    def __init__(self) -> None:
        super().__init__(_l("This task cannot start yet: another task comes first."))


class TaskMovedOn(MovedOn):
    """Somebody else did something with it meanwhile that does not go together with this."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this task a moment ago. What you typed is still here."))


def finish(plan: Plan, task: PlanTask, by: Hand, verb: str, *, approved: bool = False, **values: Any) -> bool:
    """Takes an open task of a held plan to done, or to the other side's approval; `values` are set with it.
    `approved`: nobody has to approve it any more. False when it was there already.

    Raises:
        CannotStartYet: something before it is open; staff may do it all the same, unless it begins the customer's
            visibility.
        TaskMovedOn: it is neither open nor done.
    """
    state = after(task.state, Move.DO, task.kind)
    if state is None:
        raise TaskMovedOn
    if approved and task.state == TaskState.OPEN:
        state = TaskState.DONE
    if task.state == state:
        return False
    asked = texts.of_task(task, texts.outline_of(plan))
    if not task.ready and (by.person is None or publishes(plan, asked)):
        raise CannotStartYet
    changed = put_task(plan, task, verb, by, **{"state": state, **done_by(by), **UNHINDERED, **values})
    if state == TaskState.DONE:
        reach_anchor(plan, asked, task.answer, by)
        _call_after(plan, asked, task.answer, by)
    return changed


def publishes(plan: Plan, asked: Task) -> bool:
    """Whether doing this task makes a customer visible who is invoiced from a starting date on (C7)."""
    return asked.anchor == Anchor.GOLIVE and texts.outline_of(plan).starting is not None


def _call_after(plan: Plan, asked: Task, answer: Mapping[str, Any], by: Hand) -> None:
    """A call that waits for a training is made on its day or on the next working day (C4), whenever that was in the
    end. A day to come that somebody agreed on for the call stays."""
    if asked.kind != Kind.MEETING or not asked.training:
        return
    codes = [task.code for task in texts.outline_of(plan).tasks if task.call and asked.code in task.needs]
    if not codes:
        return
    day = today(vendor().timezone)
    until = add_workdays(date.fromisoformat(answer["on"]) if answer.get("on") else day, 1, plan.country)
    waiting = sa.select(PlanTask).where(
        PlanTask.plan_id == plan.id, PlanTask.code.in_(codes), PlanTask.state == TaskState.OPEN
    )
    for task in db.session.scalars(waiting.order_by(PlanTask.number).execution_options(populate_existing=True)):
        if not task.due_fixed or task.due_on is None or task.due_on < day:
            put_task(plan, task, "plan_task.due_set", by, due_on=until, due_fixed=True)


def done_by(by: Hand | None) -> dict[str, Any]:
    """The columns that say who did it; emptied for None."""
    return {
        "done_at": now() if by else None,
        "done_by": by.name if by else "",
        "done_by_id": by.person.id if by and by.person else None,
        "done_by_contact_id": by.contact.id if by and by.contact else None,
    }


UNHINDERED: Mapping[str, Any] = {
    "returned": "",
    "stuck_at": None,
    "stuck_why": "",
    "waits_for": "",
    "waits_since": None,
    "waits_until": None,
}
"""What no longer matters once it is done."""


def reach_anchor(plan: Plan, asked: Task, answer: Mapping[str, Any], by: Hand) -> None:
    """The kick-off was held or the customer went live, where doing this task is that. An answer that is corrected later
    leaves the day on which it went live."""
    if not asked.anchor:
        return
    day = today(vendor().timezone)
    on = date.fromisoformat(answer["on"]) if answer.get("on") else day
    public_url = None
    if asked.anchor == Anchor.GOLIVE:
        on = min(on, day) if answer.get("on") else plan.live_on or day
        addresses = [field.code for field in asked.fields if field.kind == "url"]
        public_url = str(answer.get(addresses[0], "")) if addresses and asked.kind == Kind.FIELDS else None
    agreed = {field.code: answer[field.code] for field in asked.fields if field.code in answer}
    anchors.reached(plan, asked.anchor, on, by, agreed, public_url=public_url)
