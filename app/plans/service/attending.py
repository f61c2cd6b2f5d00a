"""A session was held: what that does to the plans for which it was (I9, C3).

A training of a plan's own counts as held by that; one of a series only if somebody of the plan was there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack, contextmanager
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.people.models import Person
from app.plans import texts
from app.plans.models import Plan, PlanContact, PlanSession, PlanTask, PlanTraining, TaskState
from app.plans.party import Hand
from app.plans.service.changing import held, put_task, record
from app.plans.service.finishing import done_by, finish
from app.playbooks.outline import Kind
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.service import sessions


@contextmanager
def _around_holding(session_id: int, by: Person) -> Iterator[Callable[[TrainingSession], None]]:
    """The plans for which a session is held are held before it; then the task of holding the training is done."""
    hand = Hand(person=by)
    pairs = db.session.execute(
        sa.select(PlanTraining.plan_id, PlanTraining.code)
        .join(PlanSession, PlanSession.training_id == PlanTraining.id)
        .where(PlanSession.session_id == session_id)
    ).all()
    with ExitStack() as plans:
        ids = sorted({plan_id for plan_id, _code in pairs})
        locked = {id: plans.enter_context(held(id, hand, archived_too=True)) for id in ids}
        before = _attendance(session_id, ids)
        was_held = db.session.scalar(sa.select(TrainingSession.state).where(TrainingSession.id == session_id))

        def then(session: TrainingSession) -> None:
            after = _attendance(session_id, ids)
            for plan in locked.values():
                if plan.archived_at is not None:
                    continue
                codes = {code for plan_id, code in pairs if plan_id == plan.id and code}
                shared = {code for code in codes if texts.held_in_series(code, plan)}
                _do_meetings(plan, codes - shared, session, hand)
                if shared:
                    told = before.get(plan.id) if was_held == SessionState.HELD else None
                    _note(plan, shared, session, hand, told, after.get(plan.id))

        yield then


def _attendance(session_id: int, plan_ids: Collection[int]) -> dict[int, bool]:
    """By plan whether somebody of it was there; plans of which nobody stands on the list are left out."""
    rows = db.session.execute(
        sa.select(PlanContact.plan_id, Participant.attendance)
        .join(Participant, Participant.email == PlanContact.email)
        .where(
            Participant.session_id == session_id,
            Participant.attendance != Attendance.WITHDRAWN,
            PlanContact.plan_id.in_(plan_ids),
        )
    )
    found: dict[int, bool] = {}
    for plan_id, attendance in rows:
        found[plan_id] = found.get(plan_id, False) or attendance == Attendance.ATTENDED
    return found


def _note(
    plan: Plan, codes: set[str], session: TrainingSession, by: Hand, before: bool | None, after: bool | None
) -> None:
    """Whether a plan's people were at a session of a series; said again, it is corrected."""
    if after is None or after == before:
        return
    what = {"session": (None, session.ref)}
    if after:
        record(plan, "plan.training_attended", by, what, plan=plan)
        _do_meetings(plan, codes, session, by)
    else:
        record(plan, "plan.training_missed", by, what, plan=plan)
        if before:
            _open_meetings(plan, codes, session, by)


def _do_meetings(plan: Plan, codes: set[str], session: TrainingSession, by: Hand) -> None:
    for task in _meetings(plan, codes, TaskState.OPEN):
        finish(plan, task, by, "plan_task.done", answer={"on": _day(session), "minutes": ""})


def _open_meetings(plan: Plan, codes: set[str], session: TrainingSession, by: Hand) -> None:
    """Nobody was there after all: what this very session did is open again."""
    for task in _meetings(plan, codes, TaskState.DONE):
        if task.answer.get("on") == _day(session):
            put_task(plan, task, "plan_task.undone", by, state=TaskState.OPEN, **done_by(None))


def _meetings(plan: Plan, codes: set[str], state: TaskState) -> list[PlanTask]:
    outline = texts.outline_of(plan)
    tasks = db.session.scalars(
        sa.select(PlanTask)
        .where(PlanTask.plan_id == plan.id, PlanTask.kind == Kind.MEETING, PlanTask.state == state)
        .order_by(PlanTask.number)
        .execution_options(populate_existing=True)
    )
    return [task for task in tasks if texts.of_task(task, outline).training in codes]


def _day(session: TrainingSession) -> str:
    return session.starts_at.astimezone(ZoneInfo(session.timezone)).date().isoformat()


sessions.AROUND_HOLDING.append(_around_holding)
