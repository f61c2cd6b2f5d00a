"""The states of a task: which move is legal when, and how a state is said to each side."""

from __future__ import annotations

import enum
from typing import Any

from app.core.clock import today
from app.core.i18n import _, _l, format_date
from app.plans.models import UNFINISHED, PlanTask, TaskState
from app.playbooks.outline import Kind, Side
from app.settings.models import vendor


class Move(enum.StrEnum):
    DO = "do"
    """Ticked, answered, handed in."""
    APPROVE = "approve"
    GIVE_BACK = "give_back"
    UNDO = "undo"
    """Opened again."""
    SKIP = "skip"
    """Not applicable."""
    UNSKIP = "unskip"
    GO = "go"
    """The condition no longer holds."""
    COME_BACK = "come_back"


def after(state: str, move: Move, kind: str) -> TaskState | None:
    """The state that the move leads to; the same one when it is there already; None when the move is not legal."""
    match move, state:
        case Move.DO, TaskState.OPEN:
            return TaskState.HANDED_IN if kind == Kind.FILES_APPROVED else TaskState.DONE
        case Move.DO, TaskState.HANDED_IN | TaskState.DONE:
            return TaskState(state)
        case Move.APPROVE, TaskState.HANDED_IN | TaskState.DONE:
            return TaskState.DONE
        case Move.GIVE_BACK, TaskState.HANDED_IN | TaskState.OPEN:
            return TaskState.OPEN
        case Move.UNDO, TaskState.DONE | TaskState.HANDED_IN | TaskState.OPEN:
            return TaskState.OPEN
        case Move.SKIP, TaskState.OPEN | TaskState.NOT_APPLICABLE:
            return TaskState.NOT_APPLICABLE
        case Move.UNSKIP, TaskState.NOT_APPLICABLE | TaskState.OPEN:
            return TaskState.OPEN
        case Move.GO, TaskState.OPEN | TaskState.GONE:
            return TaskState.GONE
        case Move.COME_BACK, TaskState.GONE | TaskState.OPEN:
            return TaskState.OPEN
    return None


TASK_STATES: dict[str, Any] = {
    TaskState.OPEN: _l("To do"),
    TaskState.HANDED_IN: _l("Handed in"),
    TaskState.DONE: _l("Done"),
    TaskState.NOT_APPLICABLE: _l("Not applicable"),
    TaskState.GONE: _l("No longer needed"),
}
"""For filters, lists and the history."""


def sentence(task: PlanTask, reader: Side) -> str:
    """How it stands with the task, as this side reads it."""
    mine, by_customer = task.side == reader, reader == Side.CUSTOMER
    match task.state:
        case TaskState.OPEN:
            return _said_of_open(task, mine, by_customer)
        case TaskState.HANDED_IN if not mine:
            return _("Handed in: please approve it or give it back")
        case TaskState.HANDED_IN:
            return _("Handed in: we are looking at it") if by_customer else _("Handed in: waits for the customer")
    return str(TASK_STATES[task.state])


def validity(task: PlanTask) -> str:
    """Until when what was approved is valid, or since when it is not; "" where that does not count."""
    if task.expires_on is None or task.state not in (*UNFINISHED, TaskState.DONE):
        return ""
    day = format_date(task.expires_on)
    if task.expires_on < today(vendor().timezone):
        return _("Expired on %(date)s", date=day)
    if task.state == TaskState.DONE:
        return _("Valid until %(date)s", date=day)
    return _("Asked for again, valid until %(date)s", date=day)


def _said_of_open(task: PlanTask, mine: bool, by_customer: bool) -> str:
    if task.stuck_at is not None:
        return _("Stuck")
    if not task.ready:
        return _("Cannot start yet")
    if task.waits_for:
        return _("Waiting for %(who)s", who=task.waits_for)
    if task.returned:
        return _("Given back") if mine else _("Given back, waiting for a new version")
    if mine:
        return _("To do")
    return _("With us") if by_customer else _("With the customer")
