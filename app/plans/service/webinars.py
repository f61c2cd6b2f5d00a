"""A plan's people are registered for a session of a series, or for another one (C3).

The plan is held first, then the sessions in the order of their ids: places are counted under the session's lock, so
nobody is ever registered above its capacity.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanSession, PlanTask, PlanTraining, TaskState, TrainingPerson
from app.plans.party import Hand
from app.plans.queries import webinars as queries
from app.plans.service import attending as _attending  # noqa: F401 - notes who was there when a session is held
from app.plans.service.changing import changing, record
from app.plans.service.finishing import finish
from app.plans.service.trainings import bring_in_line, is_of_series, tie, training_in
from app.playbooks.outline import ContactRole, Kind
from app.trainings import proposing
from app.trainings.models import TrainingSession
from app.trainings.queries import series
from app.trainings.service import sessions


class NoPlaceLeft(Conflict):
    """Others were quicker, or more people come than there are places."""

    def __init__(self) -> None:
        super().__init__(_l("There are not enough places left in this session. Choose another one."))


class SessionGone(Conflict):
    """It has begun, or it was cancelled."""

    def __init__(self) -> None:
        super().__init__(_l("This session has begun or was cancelled. Choose another one."))


class DoesNotFit(Conflict):
    """It lies too close to the starting date, or after it."""

    def __init__(self) -> None:
        super().__init__(_l("This session does not fit the starting date. Choose another one."))


class NobodyToRegister(Conflict):
    """The plan has no people yet."""

    def __init__(self) -> None:
        super().__init__(_l("Nobody takes part in this plan yet. Add people on its page first."))


def register(plan_id: int, training_ref: str, session_ref: str, by: Hand, *, why: str = "") -> PlanTraining:
    """The people of the training, the main contact where nobody is named, take part in that session and are invited;
    they leave another one of a series that is still to come. Done twice it is done once. With a reason, somebody who
    leads cases may choose any session to come.

    Raises:
        NotFound: the plan has no such training of a series, or there is no such session.
        DoesNotFit, SessionGone, NoPlaceLeft, NobodyToRegister, PlanArchived
        FieldError: the session does not fit, and somebody who may allow it gave no reason.
    """
    with changing(plan_id, by) as plan:
        return register_on(plan, training_ref, session_ref, by, why=why)


def register_on(plan: Plan, training_ref: str, session_ref: str, by: Hand, *, why: str = "") -> PlanTraining:
    """What `register` does on a held plan."""
    training = training_in(plan, training_ref)
    if not is_of_series(plan, training):
        raise NotFound
    people, named = _people(plan, training)
    session, others = _held(plan, training, session_ref)
    allowed = _allowed(plan, training, session, len(people), by, why)
    if not named:
        db.session.add_all(TrainingPerson(training_id=training.id, contact_id=one.id) for one in people)
        names = ", ".join(one.name for one in people)
        record(plan, "plan.training_people", by, {f"training_{training.ref}": (None, names)}, plan=plan)
    for tied, other in others:
        db.session.delete(tied)
        db.session.flush()
        record(plan, "plan.session_let_go", by, {"session": (other.ref, None)}, plan=plan)
        bring_in_line(plan, other, by)
    tie(plan, training, session, by)
    bring_in_line(plan, session, by)  # also when it was tied before, and somebody was taken off its list
    on_list = {one.email for one in sessions.taking_part(session)}
    if not {one.email for one in people} <= on_list:
        raise NoPlaceLeft
    _keep(plan, training, session, by, allowed)
    _do_tasks(plan, training, people, by)
    return training


def _people(plan: Plan, training: PlanTraining) -> tuple[list[PlanContact], bool]:
    """Who is named for the training, and whether anybody is: else the main contact, or the first who enters."""
    here = sa.select(PlanContact).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
    named = list(
        db.session.scalars(
            here.join(TrainingPerson, TrainingPerson.contact_id == PlanContact.id)
            .where(TrainingPerson.training_id == training.id)
            .order_by(PlanContact.id)
        )
    )
    if named:
        return named, True
    main = sa.case((PlanContact.role == ContactRole.MAIN, 0), (PlanContact.enters, 1), else_=2)
    first = db.session.scalar(here.order_by(main, PlanContact.id).limit(1))
    if first is None:
        raise NobodyToRegister
    return [first], False


_Tied = tuple[PlanSession, TrainingSession]


def _held(plan: Plan, training: PlanTraining, session_ref: str) -> tuple[TrainingSession, list[_Tied]]:
    """The session that was chosen, and those to come that it takes the place of, all held in the order of their ids."""
    chosen = db.session.scalar(
        sa.select(TrainingSession.id).where(TrainingSession.ref == session_ref, TrainingSession.series_id.is_not(None))
    )
    if chosen is None:
        raise NotFound
    tied = {
        one.session_id: one
        for one in db.session.scalars(
            sa.select(PlanSession)
            .join(TrainingSession, TrainingSession.id == PlanSession.session_id)
            .where(
                PlanSession.training_id == training.id,
                PlanSession.session_id != chosen,
                TrainingSession.series_id.is_not(None),
                TrainingSession.is_coming,
            )
        )
    }
    held = {id: sessions.locked(id) for id in sorted({chosen, *tied})}
    if not held[chosen].is_coming:
        raise SessionGone
    others = [(tied[id], session) for id, session in held.items() if id != chosen and session.is_coming]
    return held[chosen], others


def _allowed(
    plan: Plan, training: PlanTraining, session: TrainingSession, places: int, by: Hand, why: str
) -> dict[str, Any]:
    """Nothing where the session fits the starting date; else who lets it pass, and why."""
    day = plan.golive_on or plan.live_on
    if day is None:
        return {"allowed_why": "", "allowed_by_id": None}
    missed = queries.of_plan(plan)[training.ref].missed_one
    wish = queries.wish_of(plan, texts.outline_of(plan), training, day, places, missed)
    if proposing.fits(session.id, series.offered(), wish):
        return {"allowed_why": "", "allowed_by_id": None}
    if by.person is None or not policy.allows(by.person, P.CASES_LEAD):
        raise DoesNotFit
    if not why:
        raise FieldError("why", _l("Enter the reason"))
    return {"allowed_why": why[:1000], "allowed_by_id": by.person.id}


def _keep(plan: Plan, training: PlanTraining, session: TrainingSession, by: Hand, allowed: dict[str, Any]) -> None:
    tied = db.session.scalars(
        sa.select(PlanSession).where(PlanSession.training_id == training.id, PlanSession.session_id == session.id)
    ).one()
    if (tied.allowed_why, tied.allowed_by_id) == (allowed["allowed_why"], allowed["allowed_by_id"]):
        return
    for name, value in allowed.items():
        setattr(tied, name, value)
    db.session.flush()
    if allowed["allowed_why"]:
        told = {"session": (None, session.ref), "reason": (None, allowed["allowed_why"])}
        record(plan, "plan.session_allowed", by, told, plan=plan)


def _do_tasks(plan: Plan, training: PlanTraining, people: Sequence[PlanContact], by: Hand) -> None:
    """The tasks in which people are named for it are done by this, of whichever side they are."""
    outline = texts.outline_of(plan)
    answer = {"people": [{"contact": one.ref, "duties": []} for one in people]}
    for task in db.session.scalars(
        sa.select(PlanTask)
        .where(
            PlanTask.plan_id == plan.id,
            PlanTask.kind == Kind.PEOPLE,
            PlanTask.state == TaskState.OPEN,
            PlanTask.ready,
        )
        .order_by(PlanTask.number)
        .execution_options(populate_existing=True)
    ):
        if texts.of_task(task, outline).training == training.code:
            finish(plan, task, by, "plan_task.done", answer=answer)
