"""Cases given to colleagues, one or many at a time, and taken back where that was a mistake."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import DomainError, NotFound
from app.core.i18n import _l
from app.people.models import Person
from app.plans import cases, texts
from app.plans.cases import Move
from app.plans.models import CaseState, Plan, PlanCase
from app.plans.party import Hand
from app.plans.service import opening
from app.plans.service.cases.letters import Letters
from app.plans.service.cases.rules import (
    CaseMovedOn,
    case_in,
    entries_of,
    leader_of,
    move,
    refuse_unless_of_the_team,
)
from app.plans.service.changing import changing, held
from app.playbooks.outline import Outline

MOST = 100
"""Cases that are assigned at once."""


def assign(plan_id: int, case_ref: str, worker: Person, by: Hand, *, expect: int | None = None) -> PlanCase:
    """Gives an open case to somebody, or an assigned one to somebody else. Whoever works on the case that gives the
    customer its status is the plan's account manager.

    Raises:
        CaseMovedOn: it is not open, or no longer of version `expect`.
        NotLeading, NotOfTheTeam, NotFound, PlanArchived
    """
    leader = leader_of(by)
    refuse_unless_of_the_team(worker)
    letters = Letters()
    with changing(plan_id, by) as plan:
        case = case_in(plan, case_ref, expect)
        _assign(plan, case, worker, by, letters)
        letters.post(leader)
    return case


@dataclass(frozen=True)
class Wanted:
    """A case as the page showed it."""

    ref: str
    version: int


@dataclass
class Assigned:
    """What became of several."""

    done: list[PlanCase] = field(default_factory=list)
    refused: dict[str, DomainError] = field(default_factory=dict)
    """By the plan's name, or by the case's reference where there is no such case."""


def assign_all(wanted: Sequence[Wanted], worker: Person, by: Hand) -> Assigned:
    """Several to one person in one go: those that somebody else changed meanwhile are left out and told. One mail.

    Raises: NotLeading, NotOfTheTeam
    """
    leader = leader_of(by)
    refuse_unless_of_the_team(worker)
    return _each(wanted, leader, by, lambda plan, case, letters: _assign(plan, case, worker, by, letters))


def take_back(wanted: Sequence[Wanted], by: Hand) -> Assigned:
    """The assignments were a mistake: each case is again whose it was before, and so is the plan. Cases with which
    something was done since are left as they are, and told.

    Raises: NotLeading
    """
    return _each(wanted, leader_of(by), by, lambda plan, case, letters: _take_back(plan, case, by, letters))


def _each(
    wanted: Sequence[Wanted], leader: Person, by: Hand, move: Callable[[Plan, PlanCase, Letters], None]
) -> Assigned:
    """Moves the cases one by one, each on its held plan, and posts what is told of all of them."""
    found, letters = Assigned(), Letters()
    with write():
        for one, plan_id, name in _plans_of(wanted[:MOST]):
            try:
                if plan_id is None:
                    raise NotFound(_l("This case no longer exists."))
                with held(plan_id, by) as plan:
                    case = case_in(plan, one.ref, one.version)
                    move(plan, case, letters)
                    found.done.append(case)
            except DomainError as refusal:  # each is refused before anything of it is written
                found.refused[name] = refusal
        letters.post(leader)
    return found


def _plans_of(wanted: Sequence[Wanted]) -> list[tuple[Wanted, int | None, str]]:
    """Each with the id and name of its plan, in the order of the ids: everybody holds several plans in this order."""
    query = sa.select(PlanCase.ref, Plan.id, Plan.name).join(PlanCase.plan)
    rows = db.session.execute(query.where(PlanCase.ref.in_({one.ref for one in wanted})))
    known = {row.ref: (row.id, row.name) for row in rows}
    found = [(one, *known.get(one.ref, (None, one.ref))) for one in dict.fromkeys(wanted)]
    return sorted(found, key=lambda row: row[1] or 0)


def _assign(plan: Plan, case: PlanCase, worker: Person, by: Hand, letters: Letters) -> None:
    outline = texts.outline_of(plan)
    state = cases.after(case.state, Move.ASSIGN, validated=False)
    if state is None:
        raise CaseMovedOn
    if case.worker_id == worker.id and case.state == state:
        return
    before = case.worker_id
    values = {"state": state, "worker_id": worker.id, "assigned_by_id": leader_of(by).id, "assigned_at": now()}
    of_plan = {"manager_id": worker.id} if _gives_status(plan, case, outline) else {}
    move(plan, case, "case.assigned", by, values, of_plan)
    letters.given(worker.id, plan, case)
    if before is not None:
        letters.taken(before, plan, case)


def _gives_status(plan: Plan, case: PlanCase, outline: Outline) -> bool:
    there = [(one.phase, one.state) for one in opening.cases_of(plan)]
    return cases.stage_of(there, outline, live=plan.live_on is not None) == case.phase


def _take_back(plan: Plan, case: PlanCase, by: Hand, letters: Letters) -> None:
    entry = next(iter(reversed(entries_of(plan, case))), None)
    if entry is None or entry.verb != "case.assigned":
        raise CaseMovedOn
    told = {value.field: value for value in entry.values}
    before = told["case_worker_id"].old if "case_worker_id" in told else None
    mistaken = case.worker_id
    state = case.state if before is not None else cases.after(case.state, Move.TAKE_BACK, validated=False)
    if state is None:
        raise CaseMovedOn
    again: dict[str, Any] = {"worker_id": before, "state": state}
    if before is None:
        again |= {"assigned_by_id": None, "assigned_at": None}
    manager = told.get("manager_id")
    kept = manager is not None and manager.old is not None and plan.manager_id == manager.new
    move(plan, case, "case.taken_back", by, again, {"manager_id": manager.old} if manager is not None and kept else {})
    if mistaken is not None:
        letters.taken(mistaken, plan, case)
    if before is not None:
        letters.given(before, plan, case)


def hand_over(plan: Plan, from_id: int, to: Person, by: Hand) -> int:
    """All cases of one colleague in a held plan to another, handed in ones too; how many."""
    mine = sa.select(PlanCase).where(
        PlanCase.plan_id == plan.id, PlanCase.worker_id == from_id, PlanCase.state != CaseState.COMPLETED
    )
    moved = 0
    for case in db.session.scalars(mine.execution_options(populate_existing=True)).all():
        moved += move(plan, case, "case.assigned", by, {"worker_id": to.id, "assigned_at": now()})
    return moved
