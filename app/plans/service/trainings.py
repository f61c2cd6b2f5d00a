"""Trainings of a plan: who is named for them, the sessions held for them, extra ones (I9).

The plan is held first and a session after it, in the order of their ids; whoever holds a session for several plans
holds all of them first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l, in_locale
from app.core.identifiers import Invalid
from app.people.models import Person
from app.plans import texts
from app.plans.models import (
    Plan,
    PlanContact,
    PlanSession,
    PlanTraining,
    TrainingPerson,
)
from app.plans.party import Hand
from app.plans.service.changing import changing, held, record
from app.playbooks.outline import Kind, Task
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession
from app.trainings.service import sessions
from app.trainings.service.sessions import Newcomer


class OfASeries(Conflict):
    """Its sessions are chosen by their own rule, see `webinars.py`."""

    def __init__(self) -> None:
        super().__init__(
            _l("This training is held in a series. Choose its session on the page of the plan's trainings.")
        )


class TrainingHeld(Conflict):
    """A session of it was held, or is planned."""

    def __init__(self) -> None:
        super().__init__(_l("A session of this training is planned or was held. It stays in the plan."))


@dataclass(frozen=True)
class ExtraTraining:
    """A training that is added to one plan: an extra or a deepening one, also after going live."""

    title: str
    minutes: int = 60
    module: str = ""


def add(plan_id: int, details: ExtraTraining, by: Hand) -> PlanTraining:
    """One more training of this plan alone.

    Raises:
        FieldError: no title.
    """
    try:
        title = identifiers.clean_line(details.title)[:200]
    except Invalid as error:
        raise FieldError("title", error.message) from error
    if not title:
        raise FieldError("title", _l("Enter the title"))
    with changing(plan_id, by) as plan:
        last = db.session.scalar(sa.select(sa.func.max(PlanTraining.position)).where(PlanTraining.plan_id == plan.id))
        training = PlanTraining(
            plan_id=plan.id,
            code=None,
            title=title,
            module=details.module if details.module in texts.outline_of(plan).module else "",
            minutes=details.minutes,
            position=(last or 0) + 100,
            created_at=now(),
        )
        db.session.add(training)
        db.session.flush()
        record(plan, "plan.training_added", by, {"training": (None, title)}, plan=plan)
    return training


def remove(plan_id: int, training_ref: str, by: Hand) -> None:
    """A training that was added by hand, and of which no session is planned or was held, goes.

    Raises:
        NotFound: it comes from the playbook, or there is none.
        TrainingHeld
    """
    with changing(plan_id, by) as plan:
        training = training_in(plan, training_ref)
        if training.code is not None:
            raise NotFound
        live = (
            sa.select(PlanSession.id)
            .join(TrainingSession)
            .where(PlanSession.training_id == training.id, TrainingSession.state != SessionState.CANCELLED)
        )
        if db.session.scalar(live.limit(1)) is not None:
            raise TrainingHeld
        training.gone = True
        record(plan, "plan.training_removed", by, {"training": (training.title, None)}, plan=plan)


# --- who takes part ---------------------------------------------------------------------------------------------------


def name_people(plan_id: int, training_ref: str, contact_refs: Collection[str], by: Hand) -> PlanTraining:
    """These people of the customer's take part: invitations follow.

    Raises:
        NotFound
    """
    with changing(plan_id, by) as plan:
        training = training_in(plan, training_ref)
        _name(plan, [training], contact_refs, by)
    return training


def named(plan: Plan, asked: Task, answer: Mapping[str, Any], by: Hand) -> None:
    """The task in which participants are named was handed in, on a held plan: training and invitations follow it."""
    if asked.kind != Kind.PEOPLE or not asked.training:
        return
    training = db.session.scalar(
        sa.select(PlanTraining).where(PlanTraining.plan_id == plan.id, PlanTraining.code == asked.training)
    )
    if training is not None:
        _name(plan, [training], {str(row["contact"]) for row in answer.get("people", ())}, by)


def _name(plan: Plan, trainings: Iterable[PlanTraining], contact_refs: Collection[str], by: Hand) -> None:
    wanted = {
        contact.id: contact
        for contact in db.session.scalars(
            sa.select(PlanContact).where(
                PlanContact.plan_id == plan.id, PlanContact.ref.in_(contact_refs), PlanContact.ended_at.is_(None)
            )
        )
    }
    fresh: set[int] = set()
    for training in trainings:
        there = set(
            db.session.scalars(sa.select(TrainingPerson.contact_id).where(TrainingPerson.training_id == training.id))
        )
        if there == set(wanted):
            continue
        fresh |= set(wanted) - there
        db.session.execute(
            sa.delete(TrainingPerson).where(
                TrainingPerson.training_id == training.id, TrainingPerson.contact_id.in_(there - set(wanted))
            )
        )
        db.session.add_all(TrainingPerson(training_id=training.id, contact_id=id) for id in sorted(set(wanted) - there))
        db.session.flush()
        names = ", ".join(contact.name for contact in wanted.values())
        record(plan, "plan.training_people", by, {f"training_{training.ref}": (None, names)}, plan=plan)
    follow(plan, by, fresh)


def follow(plan: Plan, by: Hand | None, fresh: Collection[int] = ()) -> None:
    """Brings the sessions to come of a held plan in line with who is named: whoever is missing is invited while there
    are places, whoever is named no longer is taken off the list. Whom staff took off one session stays off it, unless
    they are among the contacts who are named anew (`fresh`)."""
    upcoming = db.session.scalars(
        sa.select(PlanSession.session_id)
        .join(PlanTraining, PlanTraining.id == PlanSession.training_id)
        .join(TrainingSession, TrainingSession.id == PlanSession.session_id)
        .where(PlanTraining.plan_id == plan.id, TrainingSession.is_coming)
        .distinct()
    )
    for session_id in sorted(upcoming):
        session = sessions.locked(session_id)
        if session.state == SessionState.PLANNED:
            bring_in_line(plan, session, by, fresh)


def bring_in_line(plan: Plan, session: TrainingSession, by: Hand | None, fresh: Collection[int] | None = None) -> None:
    """What `follow` does for one held session. `fresh` None invites everybody who is named, also whoever was taken off
    its list before."""
    named = _named_for(session)
    wanted = {contact.email: contact for contact, party in named if party == _party(plan)}
    who = by.by if by else None
    gone = db.session.scalars(
        sa.select(Participant).where(
            Participant.session_id == session.id,
            Participant.account_id == plan.account_id
            if plan.account_id is not None
            else Participant.organisation_id == plan.organisation_id,
            Participant.attendance == Attendance.INVITED,
            Participant.email.not_in({contact.email for contact, _party_of_theirs in named}),
        )
    )
    sessions.take_out(session, list(gone), who)
    off = set(
        db.session.scalars(
            sa.select(Participant.email).where(
                Participant.session_id == session.id, Participant.attendance == Attendance.WITHDRAWN
            )
        )
    )
    people = [
        Newcomer(contact.name, contact.email, contact.locale, plan.account_id, plan.organisation_id)
        for contact in wanted.values()
        if fresh is None or contact.id in fresh or contact.email not in off
    ]
    sessions.put_in(session, people, who)


_Party = tuple[int | None, int | None]


def _party(plan: Plan) -> _Party:
    return plan.account_id, plan.organisation_id


def _named_for(session: TrainingSession) -> list[tuple[PlanContact, _Party]]:
    """Everybody who is named for a training for which the session is held, in any plan, with whose plan it is."""
    rows = db.session.execute(
        sa.select(PlanContact, Plan.account_id, Plan.organisation_id)
        .join(TrainingPerson, TrainingPerson.contact_id == PlanContact.id)
        .join(PlanTraining, PlanTraining.id == TrainingPerson.training_id)
        .join(PlanSession, PlanSession.training_id == PlanTraining.id)
        .join(Plan, Plan.id == PlanTraining.plan_id)
        .where(
            PlanSession.session_id == session.id,
            PlanTraining.gone.is_(False),
            PlanContact.ended_at.is_(None),
        )
        .order_by(PlanContact.id)
    )
    return [(contact, (account_id, organisation_id)) for contact, account_id, organisation_id in rows]


# --- sessions ---------------------------------------------------------------------------------------------------------


def take_up(plan_id: int, training_ref: str, session_id: int, by: Hand) -> PlanTraining:
    """A session that is planned already is held for this training too: its people are invited.

    Raises:
        OfASeries: both are, so the session has to fit the starting date.
        NotFound, sessions.SessionOver
    """
    with changing(plan_id, by) as plan:
        training = training_in(plan, training_ref)
        session = sessions.open_session(session_id)
        if session.series_id is not None and is_of_series(plan, training):
            raise OfASeries
        tie(plan, training, session, by)
    return training


def is_of_series(plan: Plan, training: PlanTraining) -> bool:
    """Whether the playbook asks for one of the sessions that are held for everybody (C3)."""
    return texts.held_in_series(training.code or "", plan)


def tie(plan: Plan, training: PlanTraining, session: TrainingSession, by: Hand) -> None:
    """What `take_up` does with a held plan and a held or new session."""
    there = sa.select(PlanSession.id).where(
        PlanSession.training_id == training.id, PlanSession.session_id == session.id
    )
    if db.session.scalar(there) is not None:
        return
    db.session.add(PlanSession(training_id=training.id, session_id=session.id))
    db.session.flush()
    record(plan, "plan.session_planned", by, {"session": (None, session.ref)}, plan=plan)
    bring_in_line(plan, session, by)


def let_go(plan_id: int, training_ref: str, session_ref: str, by: Hand) -> PlanTraining:
    """The session is no longer held for this training: its people are told, the session itself stays.

    Raises:
        NotFound, sessions.SessionOver
    """
    with changing(plan_id, by) as plan:
        training = training_in(plan, training_ref)
        tied = db.session.scalar(
            sa.select(PlanSession)
            .join(TrainingSession)
            .where(PlanSession.training_id == training.id, TrainingSession.ref == session_ref)
        )
        if tied is None:
            raise NotFound
        session = sessions.open_session(tied.session_id)
        db.session.delete(tied)
        db.session.flush()
        record(plan, "plan.session_let_go", by, {"session": (session.ref, None)}, plan=plan)
        bring_in_line(plan, session, by)
    return training


def tie_new(plan_id: int, training_ref: str, session: TrainingSession, by: Person) -> None:
    """A session that is planned in this very `write()` is held for the training."""
    hand = Hand(person=by)
    with held(plan_id, hand) as plan:
        tie(plan, training_in(plan, training_ref), session, hand)


def words_for(plan: Plan, training: PlanTraining) -> tuple[str, str]:
    """Title and summary of a training in the plan's language."""
    outline = texts.outline_of(plan)
    with in_locale(plan.locale):
        return texts.training_title(training, outline), texts.training_summary(training, outline)


def training_in(plan: Plan, ref: str) -> PlanTraining:
    """A training of a held plan. Raises NotFound."""
    found = db.session.scalar(
        sa.select(PlanTraining)
        .where(PlanTraining.plan_id == plan.id, PlanTraining.ref == ref, PlanTraining.gone.is_(False))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
