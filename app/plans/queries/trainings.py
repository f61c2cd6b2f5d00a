"""The trainings of a plan: their sessions, who takes part, where it is named, and whose calendars show them (I9)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, page_of
from app.plans import texts
from app.plans.models import (
    Plan,
    PlanContact,
    PlanSession,
    PlanState,
    PlanTask,
    PlanTraining,
    TaskState,
    TrainingPerson,
)
from app.plans.queries.entering import enters, readable
from app.playbooks.outline import Kind, Side
from app.trainings.models import Attendance, CalendarFeed, Participant, SessionState, TrainingSession


@dataclass
class SessionRow:
    """One session of a training, as this plan's people take part in it."""

    session: TrainingSession
    takes_part: list[PlanContact] = field(default_factory=list)
    missed: list[PlanContact] = field(default_factory=list)
    """It was held, and they were not there."""
    without_place: list[PlanContact] = field(default_factory=list)
    """Named for the training and on the list of no session of it: this one was full."""

    @property
    def is_over(self) -> bool:
        return self.session.state == SessionState.HELD or self.session.ends_at <= now()


@dataclass
class TrainingView:
    """A training of the plan, in the language spoken now."""

    training: PlanTraining
    title: str
    summary: str
    people: list[PlanContact] = field(default_factory=list)
    """Who was named for it."""
    sessions: list[SessionRow] = field(default_factory=list)
    """In the order of time; cancelled ones are left out."""
    task_ref: str = ""
    """The open or done task in which the customer names the people; "" when there is none."""

    @property
    def ref(self) -> str:
        return self.training.ref

    @property
    def is_held(self) -> bool:
        return any(row.session.state == SessionState.HELD for row in self.sessions)

    @property
    def next(self) -> SessionRow | None:
        return next((row for row in self.sessions if not row.is_over), None)


def of_plan(plan_id: int) -> list[TrainingView]:
    """The trainings of a plan in their order, in at most five queries however many there are."""
    plan = db.session.get_one(Plan, plan_id)
    outline = texts.outline_of(plan)
    found: dict[int, TrainingView] = {}
    rows: dict[tuple[int, int], SessionRow] = {}
    asked: Iterable[tuple[PlanTraining, TrainingSession | None]] = db.session.execute(
        sa.select(PlanTraining, TrainingSession)
        .outerjoin(PlanSession, PlanSession.training_id == PlanTraining.id)
        .outerjoin(
            TrainingSession,
            sa.and_(TrainingSession.id == PlanSession.session_id, TrainingSession.state != SessionState.CANCELLED),
        )
        .where(PlanTraining.plan_id == plan_id, PlanTraining.gone.is_(False))
        .order_by(PlanTraining.position, PlanTraining.id, TrainingSession.starts_at, TrainingSession.id)
        .options(joinedload(TrainingSession.trainer), joinedload(TrainingSession.recording))
    )
    for training, session in asked:
        view = found.get(training.id)
        if view is None:
            title, summary = texts.training_title(training, outline), texts.training_summary(training, outline)
            view = found[training.id] = TrainingView(training, title, summary)
        if session is not None and (training.id, session.id) not in rows:
            row = rows[training.id, session.id] = SessionRow(session)
            view.sessions.append(row)
    _name_people(plan_id, found, rows)
    _name_tasks(plan_id, found)
    return list(found.values())


def _name_people(plan_id: int, found: dict[int, TrainingView], rows: dict[tuple[int, int], SessionRow]) -> None:
    asked: Iterable[tuple[PlanContact, int, int, str | None]] = db.session.execute(
        sa.select(PlanContact, PlanTraining.id, PlanSession.session_id, Participant.attendance)
        .join(TrainingPerson, TrainingPerson.contact_id == PlanContact.id)
        .join(PlanTraining, PlanTraining.id == TrainingPerson.training_id)
        .outerjoin(PlanSession, PlanSession.training_id == PlanTraining.id)
        .outerjoin(
            Participant,
            sa.and_(Participant.session_id == PlanSession.session_id, Participant.email == PlanContact.email),
        )
        .where(PlanTraining.plan_id == plan_id, PlanContact.ended_at.is_(None))
        .order_by(PlanContact.id)
    )
    for contact, training_id, session_id, attendance in asked:
        view = found.get(training_id)
        if view is None:
            continue
        if contact not in view.people:
            view.people.append(contact)
        row = rows.get((training_id, session_id))
        if row is None:
            continue
        if attendance == Attendance.MISSED:
            row.missed.append(contact)
        elif attendance is not None and attendance != Attendance.WITHDRAWN:
            row.takes_part.append(contact)
        elif attendance is None and not row.is_over:
            row.without_place.append(contact)
    for view in found.values():
        placed = {contact.id for row in view.sessions for contact in row.takes_part}
        for row in view.sessions:
            row.without_place = [contact for contact in row.without_place if contact.id not in placed]


def _name_tasks(plan_id: int, found: dict[int, TrainingView]) -> None:
    by_code = {view.training.code: view for view in found.values() if view.training.code}
    if not by_code:
        return
    plan = db.session.get_one(Plan, plan_id)
    outline = texts.outline_of(plan)
    for task in db.session.scalars(
        sa.select(PlanTask)
        .where(
            PlanTask.plan_id == plan_id,
            PlanTask.kind == Kind.PEOPLE,
            PlanTask.side == Side.CUSTOMER,
            PlanTask.state.not_in((TaskState.GONE, TaskState.NOT_APPLICABLE)),
        )
        .order_by(PlanTask.number)
    ):
        view = by_code.get(texts.of_task(task, outline).training)
        if view is not None and not view.task_ref:
            view.task_ref = task.ref


def by_ref(plan: Plan, ref: str) -> PlanTraining:
    """A training of the plan. Raises NotFound."""
    found = db.session.scalar(sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.ref == ref))
    if found is None:
        raise NotFound
    return found


def session_of(plan: Plan, ref: str) -> TrainingSession:
    """A session of a training of the plan, with its recording. Raises NotFound."""
    found = db.session.scalar(
        sa.select(TrainingSession)
        .join(PlanSession, PlanSession.session_id == TrainingSession.id)
        .join(PlanTraining, PlanTraining.id == PlanSession.training_id)
        .where(PlanTraining.plan_id == plan.id, PlanTraining.gone.is_(False), TrainingSession.ref == ref)
        .options(joinedload(TrainingSession.recording), joinedload(TrainingSession.trainer))
        .limit(1)
    )
    if found is None:
        raise NotFound
    return found


def to_join(training: PlanTraining, cursor: str | None, *, own_only: bool = False) -> Page[TrainingSession]:
    """Sessions to come that the training could share, the next one first; with `own_only` none of a series."""
    taken = sa.select(PlanSession.session_id).where(PlanSession.training_id == training.id)
    listing: Page[TrainingSession] = page_of(
        sa.select(TrainingSession)
        .where(
            TrainingSession.is_coming,
            TrainingSession.id.not_in(taken),
            *([TrainingSession.series_id.is_(None)] if own_only else []),
        )
        .options(joinedload(TrainingSession.trainer)),
        TrainingSession.starts_at,
        TrainingSession.id,
        descending=False,
        cursor=cursor,
    )
    return listing


def named(training: PlanTraining) -> set[int]:
    """The ids of the contacts who were named for it."""
    return set(
        db.session.scalars(sa.select(TrainingPerson.contact_id).where(TrainingPerson.training_id == training.id))
    )


def people_of(plan: Plan) -> list[PlanContact]:
    """Everybody on the customer's side who takes part in the plan."""
    return list(
        db.session.scalars(
            sa.select(PlanContact)
            .where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
            .order_by(PlanContact.id)
        )
    )


def plans_of(session_id: int) -> list[PlanTraining]:
    """The trainings, with their plans, for which a session is held."""
    return list(
        db.session.scalars(
            sa.select(PlanTraining)
            .join(PlanSession, PlanSession.training_id == PlanTraining.id)
            .join(PlanTraining.plan)
            .where(PlanSession.session_id == session_id)
            .order_by(Plan.name_sort, Plan.id, PlanTraining.id)
            .options(contains_eager(PlanTraining.plan))
        )
    )


def sessions_for(feed: CalendarFeed) -> sa.Select[int] | None:
    """Ids of the sessions that somebody at a customer may see; None when they enter no plan there any more."""
    party = (
        Plan.account_id == feed.account_id
        if feed.account_id is not None
        else sa.and_(Plan.organisation_id == feed.organisation_id, Plan.organisation_id.is_not(None))
    )
    plans = list(
        db.session.scalars(
            sa.select(Plan.id)
            .join(PlanContact, PlanContact.plan_id == Plan.id)
            .where(
                PlanContact.email == feed.email,
                enters(PlanContact),
                party,
                readable(),
            )
        )
    )
    if not plans:
        return None
    return (
        sa.select(PlanSession.session_id)
        .join(PlanTraining, PlanTraining.id == PlanSession.training_id)
        .where(PlanTraining.plan_id.in_(plans), PlanTraining.gone.is_(False))
    )


@dataclass(frozen=True)
class DueTask:
    """A task of one of the staff with its deadline."""

    task: PlanTask
    plan: Plan
    changed_at: datetime


def due_tasks(person_id: int, limit: int = 500) -> list[DueTask]:
    """What one of the staff has to do and until when, in running plans, the earliest first."""
    rows = db.session.execute(
        sa.select(PlanTask, Plan)
        .join(Plan, Plan.id == PlanTask.plan_id)
        .where(
            PlanTask.person_id == person_id,
            PlanTask.state == TaskState.OPEN,
            PlanTask.due_on.is_not(None),
            Plan.state == PlanState.RUNNING,
        )
        .order_by(PlanTask.due_on, PlanTask.id)
        .limit(limit)
    )
    return [DueTask(task, plan, task.updated_at) for task, plan in rows]
