"""Days that staff agree with the customer, and pauses of the clock (I7)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.plans import texts
from app.plans.models import Plan, PlanPause, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import anchors, finishing, starting_date
from app.plans.service.changing import changing, put, record
from app.playbooks.outline import Anchor, Kind
from app.settings.models import vendor

OUTCOMES = ("schedule", "division_of_work", "communication", "details_needed")
"""What a kick-off settles (I7); a playbook's kick-off task asks for the same, or for its own."""


class ByItsTask(Conflict):
    """The kick-off, or going live, is a task of the plan with a form of its own."""

    def __init__(self, message: Any = None) -> None:
        super().__init__(message or _l("Record the kick-off in its task: what was agreed is asked there."))


@dataclass(frozen=True)
class AgreedDays:
    """None where nothing is agreed."""

    contract_on: date | None
    kickoff_on: date | None
    golive_on: date | None
    why: str = ""
    """Why the starting date may lie later than the playbook allows; asked of team leaders alone."""


def agree(plan_id: int, days: AgreedDays, by: Hand, *, expect: int | None = None, mark: str | None = None) -> Plan:
    """Other agreed days: deadlines and forecast follow. The day of a kick-off that was held stays. Where the day of
    going live is a starting date, billing follows it too, and the customer is told once. `mark` is that of the effect
    that was shown (`starting_date.effect`); without one nothing was.

    Raises:
        FieldError: the days contradict one another, or the playbook's rule.
        PlanMovedOn, PlanArchived, NotFound
        starting_date.PreviewMovedOn: it would move something else than was shown.
    """
    with changing(plan_id, by, expect=expect, account_too=starting_date.bills(plan_id)) as plan:
        kickoff_on = kickoff_of(plan, days)
        wanted = {"contract_on": days.contract_on, "kickoff_on": kickoff_on, "golive_on": days.golive_on}
        if all(getattr(plan, name) == day for name, day in wanted.items()):
            return plan  # pressed twice
        permitted = permitted_days(plan, days, by)
        shown = starting_date.effect(plan, days.contract_on, kickoff_on, days.golive_on)
        if mark is not None and mark != shown.mark:
            raise starting_date.PreviewMovedOn
        changes = put(plan, **wanted, **permitted)
        record(plan, "plan.days_agreed", by, changes, plan=plan)
        starting_date.follow(plan, shown, by)
    return plan


def permitted_days(plan: Plan, days: AgreedDays, by: Hand) -> dict[str, Any]:
    """Whether these days may be agreed; gives what is to be set beside them. Also for a page that shows first.

    Raises:
        FieldError
    """
    kickoff_on = kickoff_of(plan, days)
    if kickoff_on is not None and days.golive_on is not None and days.golive_on < kickoff_on:
        raise FieldError("golive_on", _l("This day lies before the kick-off."))
    starting = texts.outline_of(plan).starting
    return starting_date.checked(starting, days.contract_on, days.golive_on, days.why, by.person, before=plan)


def kickoff_of(plan: Plan, days: AgreedDays) -> date | None:
    """The day of a kick-off that was held stays."""
    return plan.kickoff_on if plan.kickoff_held else days.kickoff_on


def hold_kickoff(plan_id: int, on: date, agreed: Mapping[str, str], by: Hand) -> Plan:
    """The kick-off was held, and what it settled: for plans whose playbook has no task for it.

    Raises:
        FieldError: the day lies ahead.
        ByItsTask, PlanArchived, NotFound
    """
    _passed(on)
    with changing(plan_id, by) as plan:
        if task_of(plan, Anchor.KICKOFF) is not None:
            raise ByItsTask
        anchors.reached(plan, Anchor.KICKOFF, on, by, agreed)
    return plan


def went_live(plan_id: int, on: date, by: Hand) -> Plan:
    """It went live on that day; the task of going live is done by that. Said again, the day is corrected.

    Raises:
        FieldError: the day lies ahead, or before the kick-off.
        ByItsTask: the task asks for more than the day, and is open.
        finishing.CannotStartYet: it is a starting plan's task, and something before it is open.
        PlanArchived, NotFound
    """
    _passed(on)
    with changing(plan_id, by) as plan:
        if plan.kickoff_held and plan.kickoff_on is not None and on < plan.kickoff_on:
            raise FieldError("on", _l("This day lies before the kick-off."))
        task = task_of(plan, Anchor.GOLIVE)
        if task is not None and task.state == TaskState.OPEN and task.kind == Kind.FIELDS:
            raise ByItsTask(_l("Record going live in its task: more than the day is asked there."))
        if task is not None and task.state == TaskState.OPEN:
            finishing.finish(plan, task, by, "plan_task.done")
        anchors.reached(plan, Anchor.GOLIVE, on, by, {})
    return plan


def task_of(plan: Plan, anchor: Anchor) -> PlanTask | None:
    """The task of the plan whose doing is this anchor, unless it does not apply."""
    outline = texts.outline_of(plan)
    codes = [task.code for task in outline.tasks if task.anchor == anchor]
    return db.session.scalar(
        sa.select(PlanTask)
        .where(
            PlanTask.plan_id == plan.id,
            PlanTask.code.in_(codes),
            PlanTask.state.not_in((TaskState.GONE, TaskState.NOT_APPLICABLE)),
        )
        .order_by(PlanTask.number)
        .limit(1)
        .execution_options(populate_existing=True)
    )


def _passed(on: date) -> None:
    if on > today(vendor().timezone):
        raise FieldError("on", _l("This day lies ahead."))


# --- pauses -----------------------------------------------------------------------------------------------------------


def pause(plan_id: int, from_on: date, until_on: date | None, reason: str, by: Hand) -> PlanPause:
    """The clock stands from that day until the other, on which it runs again; None while nobody knows. Days that have
    passed may be paused too. The same pause sent twice is one.

    Raises:
        FieldError: no reason, or the days contradict one another or an earlier pause.
        PlanArchived, NotFound
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    if until_on is not None and until_on <= from_on:
        raise FieldError("until_on", _l("The clock must run again on a later day."))
    with changing(plan_id, by) as plan:
        for other in pauses_of(plan):
            if (other.from_on, other.until_on, other.reason) == (from_on, until_on, reason):
                return other
            if _overlap(other, from_on, until_on):
                raise FieldError("from_on", _l("The plan is paused on some of these days already."))
        made = PlanPause(
            plan_id=plan.id,
            from_on=from_on,
            until_on=until_on,
            reason=reason,
            by_id=by.person.id if by.person else None,
            created_at=now(),
        )
        db.session.add(made)
        record(plan, "plan.paused", by, _told(made), plan=plan)
    return made


def resume(plan_id: int, pause_id: int, on: date, by: Hand) -> PlanPause:
    """The clock runs again from that day on, earlier or later than was said.

    Raises:
        FieldError: the day is not after the pause began, or a later pause has begun by then.
        NotFound, PlanArchived
    """
    with changing(plan_id, by) as plan:
        held = _pause_of(plan, pause_id)
        if on <= held.from_on:
            raise FieldError("on", _l("The clock must run again on a later day than the pause began."))
        if any(other.id != held.id and _overlap(other, held.from_on, on) for other in pauses_of(plan)):
            raise FieldError("on", _l("The plan is paused on some of these days already."))
        changes = put(held, until_on=on)
        if changes:
            record(plan, "plan.resumed", by, {"_until": changes["until_on"]}, plan=plan)
    return held


def drop_pause(plan_id: int, pause_id: int, by: Hand) -> Plan:
    """It was no pause after all: its days count again. Twice is once.

    Raises:
        PlanArchived, NotFound: no such plan.
    """
    with changing(plan_id, by) as plan:
        held = db.session.get(PlanPause, pause_id, populate_existing=True)
        if held is not None and held.plan_id == plan.id:
            told = {name: (new, None) for name, (_old, new) in _told(held).items()}
            db.session.delete(held)
            record(plan, "plan.pause_dropped", by, told, plan=plan)
    return plan


def pauses_of(plan: Plan) -> list[PlanPause]:
    """Of a held plan, as they are now."""
    return list(
        db.session.scalars(
            sa.select(PlanPause)
            .where(PlanPause.plan_id == plan.id)
            .order_by(PlanPause.from_on, PlanPause.id)
            .execution_options(populate_existing=True)
        )
    )


def _pause_of(plan: Plan, pause_id: int) -> PlanPause:
    held = db.session.get(PlanPause, pause_id, populate_existing=True)
    if held is None or held.plan_id != plan.id:
        raise NotFound
    return held


def _overlap(other: PlanPause, from_on: date, until_on: date | None) -> bool:
    ends = until_on or date.max - timedelta(days=1)
    return other.from_on < ends and from_on < (other.until_on or date.max)


def _told(held: PlanPause) -> dict[str, tuple[Any, Any]]:
    until = held.until_on.isoformat() if held.until_on else None
    return {"_from": (None, held.from_on.isoformat()), "_until": (None, until), "_reason": (None, held.reason)}
