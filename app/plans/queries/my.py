"""What the customer's page shows, in a constant number of queries."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.core.db import db
from app.people.models import Person
from app.plans.models import (
    UNFINISHED,
    Plan,
    PlanContact,
    PlanSession,
    PlanTask,
    PlanTraining,
    TaskBlocker,
    TaskComment,
    TaskHandover,
    TaskState,
    TrainingPerson,
)
from app.plans.queries.entering import enters, readable
from app.playbooks.outline import ContactRole, Side
from app.trainings.models import SessionState, TrainingSession


@dataclass(frozen=True)
class Of:
    """A task and whoever of the vendor's is named in it."""

    task: PlanTask | Any
    """Or a row of the columns that a line about it shows."""
    person: str
    before: tuple[int, ...] = ()
    """Ids of the tasks that come first."""


@dataclass(frozen=True)
class Manager:
    """The account manager."""

    name: str
    email: str
    phone: str | None


@dataclass(frozen=True)
class Around:
    """A plan's account manager, its people by id, and the other plans that the same person enters."""

    manager: Manager
    people: dict[int, PlanContact]
    other: list[Plan]


@dataclass
class TrainingRow:
    """A training of the plan with its sessions, the latest last, and who takes part."""

    training: PlanTraining
    sessions: list[TrainingSession] = field(default_factory=list)
    contacts: set[int] = field(default_factory=set)

    def add(self, session: TrainingSession | None) -> None:
        """One of its sessions, if there is any; each once."""
        if session is not None and session not in self.sessions:
            self.sessions.append(session)


def tasks_of(plan_id: int) -> list[Of]:
    """All tasks that there are, in the order of the page, with what comes before each: in one query."""
    before = (
        sa.select(sa.func.aggregate_strings(sa.cast(TaskBlocker.blocker_id, sa.String), ","))
        .where(TaskBlocker.task_id == PlanTask.id)
        .correlate(PlanTask)
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(PlanTask, Person.name, before)
        .outerjoin(Person, Person.id == PlanTask.person_id)
        .where(PlanTask.plan_id == plan_id, PlanTask.state != TaskState.GONE)
        .order_by(PlanTask.position, PlanTask.number)
    )
    return [Of(task, name or "", tuple(map(int, first.split(","))) if first else ()) for task, name, first in rows]


def task_in(plan_id: int, ref: str) -> PlanTask | None:
    return db.session.scalar(_TASK_IN, {"plan": plan_id, "ref": ref})


_TASK_IN = sa.select(PlanTask).where(
    PlanTask.plan_id == sa.bindparam("plan"), PlanTask.ref == sa.bindparam("ref"), PlanTask.state != TaskState.GONE
)


def before(task_id: int) -> list[Of]:
    """What this task waits for."""
    return _neighbours(TaskBlocker.blocker_id, TaskBlocker.task_id == task_id, UNFINISHED)


def _neighbours(other: Any, this: Any, states: Sequence[str]) -> list[Of]:
    rows = db.session.execute(
        sa.select(PlanTask, Person.name)
        .join(TaskBlocker, other == PlanTask.id)
        .outerjoin(Person, Person.id == PlanTask.person_id)
        .where(this, PlanTask.state.in_(states))
        .order_by(PlanTask.position, PlanTask.number)
    )
    return [Of(task, name or "") for task, name in rows]


def around(plan: Plan, contact: PlanContact) -> Around:
    """All of it in one query; the other plans only for one who enters."""
    mine = sa.and_(PlanContact.email == contact.email, enters(PlanContact), readable())
    rows = db.session.execute(
        sa.select(PlanContact, Person.name, Person.email, Person.phone)
        .join(PlanContact.plan)
        .join(Person, Person.id == Plan.manager_id)
        .where(sa.or_(PlanContact.plan_id == plan.id, mine))
        .order_by(PlanContact.id)
        .options(contains_eager(PlanContact.plan))
    ).all()
    here = [row for row in rows if row[0].plan_id == plan.id]
    other = [row[0].plan for row in rows if row[0].plan_id != plan.id] if contact.enters else []
    return Around(Manager(*here[0][1:]), {row[0].id: row[0] for row in here}, other)


def trainings_of(plan_id: int) -> list[TrainingRow]:
    rows = db.session.execute(
        sa.select(PlanTraining, TrainingSession, TrainingPerson.contact_id)
        .outerjoin(PlanSession, PlanSession.training_id == PlanTraining.id)
        .outerjoin(
            TrainingSession,
            (TrainingSession.id == PlanSession.session_id) & (TrainingSession.state != SessionState.CANCELLED),
        )
        .outerjoin(TrainingPerson, TrainingPerson.training_id == PlanTraining.id)
        .where(PlanTraining.plan_id == plan_id, PlanTraining.gone.is_(False))
        .order_by(PlanTraining.position, PlanTraining.id, TrainingSession.starts_at)
    )
    found: dict[int, TrainingRow] = {}
    for training, session, contact_id in rows:
        row = found.setdefault(training.id, TrainingRow(training))
        row.add(session)
        if contact_id is not None:
            row.contacts.add(contact_id)
    return list(found.values())


def manager_of(plan: Plan) -> Manager:
    found = db.session.execute(
        sa.select(Person.name, Person.email, Person.phone).where(Person.id == plan.manager_id)
    ).one()
    return Manager(*found)


# --- one task ---------------------------------------------------------------------------------------------------------


def comments_of(task_id: int) -> list[TaskComment]:
    """What both sides read, the oldest first."""
    query = sa.select(TaskComment).where(TaskComment.task_id == task_id, TaskComment.internal.is_(False))
    return list(db.session.scalars(query.order_by(TaskComment.id)))


def handovers_of(task_id: int) -> list[TaskHandover]:
    """Links to the task that are open, with whose they are."""
    return list(
        db.session.scalars(
            sa.select(TaskHandover)
            .where(TaskHandover.task_id == task_id, TaskHandover.ended_at.is_(None))
            .order_by(TaskHandover.id)
            .options(joinedload(TaskHandover.contact))
        )
    )


# --- what a tick's answer shows: as many queries for a thousand tasks as for ten --------------------------------------


def people_of(plan_id: int) -> dict[int, PlanContact]:
    """The plan's people by id, also those who no longer take part: tasks may name them."""
    rows = db.session.scalars(sa.select(PlanContact).where(PlanContact.plan_id == plan_id).order_by(PlanContact.id))
    return {row.id: row for row in rows}


# Statements of a tick are made once, and ask tables rather than models: making a statement costs more than asking it,
# and an object more than a row.
_TASK, _CONTACT = cast(sa.Table, PlanTask.__table__), cast(sa.Table, PlanContact.__table__)
_PERSON, _PLAN = cast(sa.Table, Person.__table__), cast(sa.Table, Plan.__table__)
_BLOCKER = cast(sa.Table, TaskBlocker.__table__)
_LINE = (
    *(_TASK.c.id, _TASK.c.ref, _TASK.c.number, _TASK.c.code, _TASK.c.own, _TASK.c.kind, _TASK.c.side, _TASK.c.role),
    *(_TASK.c.module, _TASK.c.position, _TASK.c.state, _TASK.c.ready, _TASK.c.due_on, _TASK.c.forecast_on),
    *(_TASK.c.contact_id, _TASK.c.stuck_at, _TASK.c.waits_for),
)
"""What a line about a task is made of."""
_STATE = sa.select(_TASK.c.state).where(
    _TASK.c.plan_id == sa.bindparam("plan"), _TASK.c.ref == sa.bindparam("ref"), _TASK.c.state != TaskState.GONE
)


def state_in(plan_id: int, ref: str) -> str | None:
    """The state of the task of this reference; None when the plan has no such task."""
    return db.session.connection().execute(_STATE, {"plan": plan_id, "ref": ref}).scalar_one_or_none()


class Named(NamedTuple):
    """One of a plan's people, as far as a line about a task cares."""

    id: int
    ref: str
    name: str
    role: str
    ended_at: datetime | None


Somebody = TypeVar("Somebody", bound=PlanContact | Named)


def main_of(people: Iterable[Somebody]) -> Somebody | None:
    """Who does what is named to nobody: the main contact, else the first of those who take part."""
    here = [one for one in people if one.ended_at is None]
    return next((one for one in here if one.role == ContactRole.MAIN), here[0] if here else None)


_NAMED = (
    sa.select(*(_CONTACT.c[name] for name in Named._fields), _PERSON.c.name.label("manager"))
    .join_from(_CONTACT, _PLAN, _PLAN.c.id == _CONTACT.c.plan_id)
    .join(_PERSON, _PERSON.c.id == _PLAN.c.manager_id)
    .where(_CONTACT.c.plan_id == sa.bindparam("plan"))
    .order_by(_CONTACT.c.id)
)


def named_in(plan_id: int) -> tuple[str, dict[int, Named]]:
    """The account manager's name, and the plan's people by id, also those who no longer take part."""
    rows = db.session.connection().execute(_NAMED, {"plan": plan_id}).all()
    return rows[0].manager, {row.id: Named(*row[:-1]) for row in rows}


_OPENED = (
    sa.select(*_LINE, _PERSON.c.name.label("person"))
    .join_from(_TASK, _BLOCKER, _BLOCKER.c.task_id == _TASK.c.id)
    .outerjoin(_PERSON, _PERSON.c.id == _TASK.c.person_id)
    .where(_BLOCKER.c.blocker_id == sa.bindparam("task"), _TASK.c.state == TaskState.OPEN, _TASK.c.ready)
    .order_by(_TASK.c.position, _TASK.c.number)
    .limit(sa.bindparam("most"))
)


def opened_by(task_id: int, most: int) -> list[Of]:
    """The first tasks that can be done now and had to wait for this one."""
    rows = db.session.connection().execute(_OPENED, {"task": task_id, "most": most}).all()
    return [Of(row, row.person or "") for row in rows]


_TODO = sa.and_(
    _TASK.c.side == Side.CUSTOMER,
    _TASK.c.state == TaskState.OPEN,
    _TASK.c.ready,
    _TASK.c.stuck_at.is_(None),
    _TASK.c.waits_for == "",
)
_JUDGE = sa.and_(_TASK.c.side == Side.VENDOR, _TASK.c.state == TaskState.HANDED_IN)
_OWN = sa.or_(
    _TASK.c.contact_id == sa.bindparam("contact"),
    _JUDGE,
    sa.and_(_TASK.c.contact_id.is_(None), sa.bindparam("main", type_=sa.Boolean())),
)
_NEXT = (
    sa.select(*_LINE)
    .where(_TASK.c.plan_id == sa.bindparam("plan"), sa.or_(_TODO, _JUDGE))
    .order_by(
        sa.case((_OWN, 0), else_=1),
        sa.case((_TASK.c.due_on.is_(None), 1), else_=0),
        _TASK.c.due_on,
        _TASK.c.position,
        _TASK.c.number,
    )
    .limit(1)
)


def next_task(plan_id: int, contact_id: int, main: bool) -> Of | None:
    """What somebody of the customer's does next: their own first, then a colleague's; the earliest due day first."""
    asked = {"plan": plan_id, "contact": contact_id, "main": main}
    found = db.session.connection().execute(_NEXT, asked).first()
    return Of(found, "") if found else None


_PHASE = sa.select(
    sa.func.count().label("every"),
    sa.func.coalesce(sa.func.sum(sa.case((_TASK.c.state == TaskState.DONE, 1), else_=0)), 0).label("done"),
).where(
    _TASK.c.plan_id == sa.bindparam("plan"),
    _TASK.c.phase == sa.bindparam("phase"),
    _TASK.c.state.in_((*UNFINISHED, TaskState.DONE)),
)


def phase_count(plan_id: int, phase: str) -> tuple[int, int]:
    """How many tasks of a phase are done, and how many there are."""
    row = db.session.connection().execute(_PHASE, {"plan": plan_id, "phase": phase}).one()
    return int(row.done), int(row.every)
