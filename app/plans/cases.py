"""Cases of a plan: which move is legal when, how a case is said, and the customer's status that follows (C4, C7)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from typing import Any

from app.core.i18n import _l
from app.plans.models import CaseState, Plan
from app.playbooks.outline import Case, Outline, Phase, said

ALL_COMPLETED = "*"
"""The stage of a plan whose cases are all completed, or that has none and is live on its starting date. No phase can be
called this."""


class Move(enum.StrEnum):
    ASSIGN = "assign"
    """To somebody, or to somebody else."""
    TAKE_BACK = "take_back"
    """The assignment was a mistake, and nobody had it before."""
    HAND_IN = "hand_in"
    GIVE_BACK = "give_back"
    COMPLETE = "complete"
    OVERRIDE = "override"
    """Completed although something required is open, with a reason."""


def after(state: str, move: Move, *, validated: bool) -> CaseState | None:
    """The state that the move leads to; the same one when it is there already; None when the move is not legal."""
    match move, state:
        case Move.ASSIGN, CaseState.OPEN | CaseState.ASSIGNED:
            return CaseState.ASSIGNED
        case Move.TAKE_BACK, CaseState.ASSIGNED:
            return CaseState.OPEN
        case Move.HAND_IN, CaseState.ASSIGNED | CaseState.HANDED_IN if validated:
            return CaseState.HANDED_IN
        case Move.GIVE_BACK, CaseState.HANDED_IN:
            return CaseState.ASSIGNED
        case Move.COMPLETE, CaseState.HANDED_IN:
            return CaseState.COMPLETED
        case Move.COMPLETE, CaseState.ASSIGNED if not validated:
            return CaseState.COMPLETED
        case Move.COMPLETE | Move.OVERRIDE, CaseState.COMPLETED:
            return CaseState.COMPLETED
        case Move.OVERRIDE, CaseState.ASSIGNED | CaseState.HANDED_IN:
            return CaseState.COMPLETED
    return None


CASE_STATES: dict[str, Any] = {
    CaseState.CLOSED: _l("Not open yet"),
    CaseState.OPEN: _l("Open, nobody is assigned"),
    CaseState.ASSIGNED: _l("Assigned"),
    CaseState.HANDED_IN: _l("Handed in, waits for validation"),
    CaseState.COMPLETED: _l("Completed"),
}
"""For staff."""


def case_of(outline: Outline, phase: str) -> Case | None:
    """What the playbook says about the case of a phase; None where it has none (any more)."""
    found = outline.phase.get(phase)
    return found.case if found is not None else None


def phases_of(outline: Outline) -> list[Phase]:
    """The phases that are cases."""
    return [phase for phase in outline.phases if phase.case is not None]


def stage_of(cases: Iterable[tuple[str, str]], outline: Outline, *, live: bool) -> str:
    """The phase of the first case that is not completed, of cases given as phase and state."""
    states = dict(cases)
    there = [phase.code for phase in phases_of(outline) if phase.code in states]
    if not there:
        return ALL_COMPLETED if outline.starting is not None and live else ""
    return next((code for code in there if states[code] != CaseState.COMPLETED), ALL_COMPLETED)


def status_of(plan: Plan, outline: Outline) -> str:
    """The customer's status in the reader's language, such as Training; "" for a plan without cases."""
    return status_in(plan.stage, outline)


def status_in(stage: str, outline: Outline) -> str:
    if stage == ALL_COMPLETED:
        return said(outline.starting.status) if outline.starting is not None else ""
    found = case_of(outline, stage)
    return said(found.status) if found is not None else ""


def explained(plan: Plan, outline: Outline) -> str:
    """What the status means, as the playbook says it of the phase; "" where it says nothing."""
    found = outline.phase.get(plan.stage)
    return said(found.summary) if found is not None else ""
