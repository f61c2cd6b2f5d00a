"""One colleague's day: calls to make, cases by their next step, what was promised, what is stuck, what waits to be
looked at, which plans slip (I12, C4)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.core.db import db
from app.core.workdays import add_workdays
from app.people.models import Person
from app.plans import texts
from app.plans.models import (
    UNFINISHED,
    CaseState,
    Health,
    Plan,
    PlanCase,
    PlanContact,
    PlanSession,
    PlanState,
    PlanTask,
    PlanTraining,
    TaskCall,
    TaskState,
)
from app.playbooks.outline import ContactRole, Side, Task
from app.settings.models import vendor
from app.trainings.models import SessionState, TrainingSession

MOST = 200
"""Tasks on the board. Whoever has more sees the most urgent ones."""


@dataclass(frozen=True)
class Call:
    """A task that is done by telephone."""

    task: PlanTask
    attempts: list[TaskCall]
    """In vain, the oldest first."""
    after_session: bool
    """A webinar of the customer's is held today: these come first."""
    contact: PlanContact | None
    """Whom to ask for."""


@dataclass(frozen=True)
class Step:
    """What comes next in one or several cases."""

    task: PlanTask | None
    """One of those that are next, for its words; None where all is done and the case can be handed on."""
    state: str
    cases: list[tuple[PlanCase, PlanTask | None]] = field(default_factory=list)


@dataclass(frozen=True)
class Day:
    """The columns of the board. A task stands in the first that fits."""

    calls: list[Call] = field(default_factory=list)
    later_calls: list[Call] = field(default_factory=list)
    """Tried today in vain: their next attempt is on another day."""
    steps: list[Step] = field(default_factory=list)
    stuck: list[PlanTask] = field(default_factory=list)
    overdue: list[PlanTask] = field(default_factory=list)
    today: list[PlanTask] = field(default_factory=list)
    to_check: list[PlanTask] = field(default_factory=list)
    soon: list[PlanTask] = field(default_factory=list)
    undated: list[PlanTask] = field(default_factory=list)
    """Without a deadline, and one of these people does them by name."""
    customers: list[PlanTask] = field(default_factory=list)
    """Overdue tasks of customers."""
    sessions: list[TrainingSession] = field(default_factory=list)
    slipping: list[Plan] = field(default_factory=list)


def day_of(people: Collection[Person], day: date) -> Day:
    """What these people have on that day, in eight queries."""
    ids = [person.id for person in people]
    board = Day(sessions=_sessions(ids, day), slipping=_slipping(ids), steps=_steps(ids))
    tasks = _tasks(ids, day)
    calling = [task for task in tasks if _can_be_called(task)]
    today = _with_session(calling, day)
    calls = {task.id for task in calling if _is_due(task, day, today)}
    _put_calls(board, [task for task in tasks if task.id in calls], day, today)
    for task in tasks:
        if task.id not in calls:
            _column(board, task, day).append(task)
    return board


# --- calls and cases --------------------------------------------------------------------------------------------------


def _can_be_called(task: PlanTask) -> bool:
    """Of ours, by telephone, and nothing keeps us from it."""
    if task.state != TaskState.OPEN or task.side != Side.VENDOR or task.stuck_at is not None or not task.ready:
        return False
    return _asked(task).call


def _is_due(task: PlanTask, day: date, today: Collection[int]) -> bool:
    """By its deadline, or because somebody tried in vain and said when again. On the day of a session (the plans of
    `today`) a call that is due on the next working day can be made already (C4)."""
    if task.call_on is not None:
        return True
    until = add_workdays(day, 1, vendor().country) if task.plan_id in today else day
    return task.due_on is not None and task.due_on <= until


def _asked(task: PlanTask) -> Task:
    return texts.of_task(task, texts.outline_of(task.plan))


def _with_session(tasks: list[PlanTask], day: date) -> set[int]:
    """Ids of the plans of these tasks that have a session on that day."""
    if not tasks:
        return set()
    held = sa.select(PlanTraining.plan_id).join(PlanSession).join(TrainingSession)
    return set(
        db.session.scalars(
            held.where(
                PlanTraining.plan_id.in_({task.plan_id for task in tasks}),
                TrainingSession.state != SessionState.CANCELLED,
                _begins_on(day),
            )
        )
    )


def _begin(day: date) -> datetime:
    """The first moment of it."""
    return datetime.combine(day, time.min, ZoneInfo(vendor().timezone))


def _begins_on(day: date) -> sa.ColumnElement[bool]:
    """Whether a session does."""
    begins = _begin(day)
    return sa.and_(TrainingSession.starts_at >= begins, TrainingSession.starts_at < begins + timedelta(days=1))


def _put_calls(board: Day, tasks: list[PlanTask], day: date, today: Collection[int]) -> None:
    if not tasks:
        return
    begins = _begin(day)
    attempts: dict[int, list[TaskCall]] = defaultdict(list)
    made = sa.select(TaskCall).where(
        TaskCall.task_id.in_([task.id for task in tasks]), TaskCall.taken_back_at.is_(None)
    )
    for attempt in db.session.scalars(made.order_by(TaskCall.id)):
        attempts[attempt.task_id].append(attempt)
    asked_for = {
        contact.plan_id: contact
        for contact in db.session.scalars(
            sa.select(PlanContact)
            .where(PlanContact.plan_id.in_([task.plan_id for task in tasks]), PlanContact.ended_at.is_(None))
            .order_by(PlanContact.role == ContactRole.MAIN, PlanContact.id.desc())
        )
    }
    calls = [Call(task, attempts[task.id], task.plan_id in today, asked_for.get(task.plan_id)) for task in tasks]
    for call in sorted(calls, key=lambda each: (not each.after_session, each.task.call_on or each.task.due_on)):
        if call.task.call_on is None or call.task.call_on <= day:
            board.calls.append(call)
        elif call.attempts and call.attempts[-1].called_at >= begins:
            board.later_calls.append(call)


def _steps(ids: list[int]) -> list[Step]:
    """The cases that these people work, by what comes next in each: the first thing that can be done now, whoever owes
    it; then what can be handed on, and what waits for a colleague's word."""
    cases = list(
        db.session.scalars(
            sa.select(PlanCase)
            .join(PlanCase.plan)
            .where(
                PlanCase.worker_id.in_(ids),
                PlanCase.state.in_((CaseState.ASSIGNED, CaseState.HANDED_IN)),
                Plan.state != PlanState.ARCHIVED,
            )
            .order_by(PlanCase.moved_at, PlanCase.id)
            .limit(MOST)
            .options(contains_eager(PlanCase.plan))
        )
    )
    open_tasks: dict[tuple[int, str], list[PlanTask]] = defaultdict(list)
    wanted = sa.select(PlanTask).where(
        PlanTask.plan_id.in_([case.plan_id for case in cases]),
        PlanTask.state.in_(UNFINISHED),
        PlanTask.required,
    )
    for task in db.session.scalars(wanted.order_by(PlanTask.position)) if cases else ():
        open_tasks[task.plan_id, task.phase].append(task)
    steps: dict[tuple[str, str], Step] = {}
    for case in cases:
        rest = open_tasks[case.plan_id, case.phase]
        first = next((one for one in rest if one.ready or one.state == TaskState.HANDED_IN), rest[0] if rest else None)
        step = first if case.state == CaseState.ASSIGNED else None
        key = (case.state, f"{case.plan.playbook_version_id}:{step.code or step.id}" if step else "")
        steps.setdefault(key, Step(step, case.state)).cases.append((case, step))
    return sorted(steps.values(), key=lambda step: (step.state != CaseState.ASSIGNED, -len(step.cases)))


# --- columns ----------------------------------------------------------------------------------------------------------


def _column(board: Day, task: PlanTask, day: date) -> list[PlanTask]:
    match task:
        case PlanTask(state=TaskState.HANDED_IN):
            return board.to_check
        case _ if task.stuck_at is not None:
            return board.stuck
        case PlanTask(side=Side.CUSTOMER):
            return board.customers
        case PlanTask(due_on=None, call_on=None):
            return board.undated
        case PlanTask(due_on=due) if due is not None and due <= day:
            return board.today if due == day else board.overdue
        case _:
            return board.soon


def _tasks(ids: list[int], day: date) -> list[PlanTask]:
    horizon = add_workdays(day, 5, vendor().country)
    named = PlanTask.person_id.in_(ids)
    managed = Plan.manager_id.in_(ids)
    ours = sa.and_(
        PlanTask.side == Side.VENDOR,
        PlanTask.state == TaskState.OPEN,
        PlanTask.ready,
        sa.or_(PlanTask.due_on <= horizon, PlanTask.call_on.is_not(None), sa.and_(PlanTask.due_on.is_(None), named)),
        sa.or_(named, sa.and_(PlanTask.person_id.is_(None), managed)),
    )
    stuck = sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.stuck_at.is_not(None), sa.or_(named, managed))
    to_check = sa.and_(PlanTask.state == TaskState.HANDED_IN, PlanTask.side == Side.CUSTOMER, sa.or_(named, managed))
    late = sa.and_(
        PlanTask.side == Side.CUSTOMER,
        PlanTask.state == TaskState.OPEN,
        PlanTask.ready,
        PlanTask.due_on < day,
        managed,
    )
    query = (
        sa.select(PlanTask)
        .join(PlanTask.plan)
        .where(Plan.state != PlanState.ARCHIVED, sa.or_(ours, stuck, to_check, late))
        .order_by(PlanTask.due_on.nulls_last(), PlanTask.id)
        .limit(MOST)
        .options(joinedload(PlanTask.plan))
    )
    return list(db.session.scalars(query))


def _sessions(ids: list[int], day: date) -> list[TrainingSession]:
    query = (
        sa.select(TrainingSession)
        .where(
            TrainingSession.trainer_id.in_(ids),
            TrainingSession.state == SessionState.PLANNED,
            _begins_on(day),
        )
        .order_by(TrainingSession.starts_at, TrainingSession.id)
    )
    return list(db.session.scalars(query))


def _slipping(ids: list[int]) -> list[Plan]:
    query = (
        sa.select(Plan)
        .where(
            Plan.manager_id.in_(ids),
            Plan.state == PlanState.RUNNING,
            Plan.health.in_((Health.LATE, Health.AT_RISK)),
        )
        .order_by(Plan.health != Health.LATE, Plan.forecast_on, Plan.id)
        .limit(50)
    )
    return list(db.session.scalars(query))
