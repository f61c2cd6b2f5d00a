"""One colleague's day: what was promised, what is stuck, what waits to be looked at, which plans slip (I12)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.workdays import add_workdays
from app.people.models import Person
from app.plans.models import Health, Plan, PlanState, PlanTask, TaskState
from app.playbooks.outline import Side
from app.settings.models import vendor
from app.trainings.models import SessionState, TrainingSession

MOST = 200
"""Tasks on the board. Whoever has more sees the most urgent ones."""


@dataclass(frozen=True)
class Day:
    """The columns of the board. A task stands in the first that fits."""

    stuck: list[PlanTask] = field(default_factory=list)
    overdue: list[PlanTask] = field(default_factory=list)
    today: list[PlanTask] = field(default_factory=list)
    to_check: list[PlanTask] = field(default_factory=list)
    soon: list[PlanTask] = field(default_factory=list)
    customers: list[PlanTask] = field(default_factory=list)
    """Overdue tasks of customers."""
    sessions: list[TrainingSession] = field(default_factory=list)
    slipping: list[Plan] = field(default_factory=list)


def day_of(people: Collection[Person], day: date) -> Day:
    """What these people have on that day, in three queries."""
    ids = [person.id for person in people]
    board = Day(sessions=_sessions(ids, day), slipping=_slipping(ids))
    for task in _tasks(ids, day):
        _column(board, task, day).append(task)
    return board


def _column(board: Day, task: PlanTask, day: date) -> list[PlanTask]:
    due = task.due_on or date.max
    match task:
        case PlanTask(state=TaskState.HANDED_IN):
            return board.to_check
        case _ if task.stuck_at is not None:
            return board.stuck
        case PlanTask(side=Side.CUSTOMER):
            return board.customers
        case _ if due < day:
            return board.overdue
        case _:
            return board.today if due == day else board.soon


def _tasks(ids: list[int], day: date) -> list[PlanTask]:
    horizon = add_workdays(day, 5, vendor().country)
    named = PlanTask.person_id.in_(ids)
    managed = Plan.manager_id.in_(ids)
    ours = sa.and_(
        PlanTask.side == Side.VENDOR,
        PlanTask.state == TaskState.OPEN,
        PlanTask.ready,
        PlanTask.due_on <= horizon,
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
        .order_by(PlanTask.due_on, PlanTask.id)
        .limit(MOST)
        .options(joinedload(PlanTask.plan))
    )
    return list(db.session.scalars(query))


def _sessions(ids: list[int], day: date) -> list[TrainingSession]:
    begins = datetime.combine(day, time.min, ZoneInfo(vendor().timezone))
    query = (
        sa.select(TrainingSession)
        .where(
            TrainingSession.trainer_id.in_(ids),
            TrainingSession.state == SessionState.PLANNED,
            TrainingSession.starts_at >= begins,
            TrainingSession.starts_at < begins + timedelta(days=1),
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
