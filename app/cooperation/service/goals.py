"""Goals: a number for a period that both sides set beforehand, and that is counted by itself (S9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from app.cooperation.models import Goal, Measure
from app.cooperation.service.holding import held
from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import FieldError, NotFound
from app.core.i18n import _l
from app.history.service import record
from app.integrations.models import SoftwarePartner
from app.integrations.service import steps
from app.people.models import Person


@dataclass(frozen=True)
class GoalDetails:
    """What is counted, how many, and from when to when."""

    measure: Measure
    target: int
    from_on: date
    until_on: date
    notes: str = ""


def set_goal(partner_id: int, details: GoalDetails, by: Person) -> Goal:
    """One more goal. The same again is the same.

    Raises:
        FieldError: the period ends before it begins, or has a goal of this kind already.
        CooperationEnded
    """
    if details.until_on < details.from_on:
        raise FieldError("until_on", _l("This day lies before the first one. Check both."))
    with write():
        partner = held(partner_id)
        known = _like(partner.id, details.measure, details.from_on, details.until_on)
        if known is not None:
            if (known.target, known.notes) == (details.target, details.notes):
                return known
            raise FieldError(
                "measure",
                _l("There is a goal of this kind for exactly these days. Withdraw it before you set another."),
            )
        goal = Goal(
            partner_id=partner.id,
            measure=str(details.measure),
            target=details.target,
            from_on=details.from_on,
            until_on=details.until_on,
            notes=details.notes,
            set_by_id=by.id,
            created_at=now(),
        )
        db.session.add(goal)
        db.session.flush()
        told = {
            "measure": (None, goal.measure),
            "target": (None, goal.target),
            "from_on": (None, goal.from_on.isoformat()),
            "until_on": (None, goal.until_on.isoformat()),
        }
        record(goal, "goal.set", by, told)
        steps.done(partner, "goals_set", by)
    return goal


def withdraw(goal_id: int, by: Person) -> Goal:
    """It counts no more. Twice is once. Raises CooperationEnded."""
    with write():
        _partner, goal = _held(goal_id)
        if goal.withdrawn_at is not None:
            return goal
        goal.withdrawn_at = now()
        goal.version += 1
        record(goal, "goal.withdrawn", by)
    return goal


def restore(goal_id: int, by: Person) -> Goal:
    """A withdrawn one counts again.

    Raises:
        FieldError: there is another one for these days by now.
        CooperationEnded
    """
    with write():
        partner, goal = _held(goal_id)
        if goal.withdrawn_at is None:
            return goal
        if _like(partner.id, Measure(goal.measure), goal.from_on, goal.until_on) is not None:
            raise FieldError("measure", _l("There is another goal of this kind for these days by now."))
        goal.withdrawn_at = None
        goal.version += 1
        record(goal, "goal.restored", by)
    return goal


def _like(partner_id: int, measure: Measure, from_on: date, until_on: date) -> Goal | None:
    return db.session.scalar(
        sa.select(Goal).where(
            Goal.partner_id == partner_id,
            Goal.measure == measure,
            Goal.from_on == from_on,
            Goal.until_on == until_on,
            Goal.withdrawn_at.is_(None),
        )
    )


def _held(goal_id: int) -> tuple[SoftwarePartner, Goal]:
    known = db.session.get(Goal, goal_id)
    if known is None:
        raise NotFound
    return held(known.partner_id), lock(Goal, goal_id)
