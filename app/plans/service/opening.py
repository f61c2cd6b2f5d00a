"""Which cases a plan has, by its tasks, and which of them open by themselves (C5)."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db
from app.plans.cases import case_of, phases_of
from app.plans.models import CaseState, Plan, PlanCase, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service.changing import record
from app.playbooks.outline import Outline

_UNTOUCHED = (CaseState.CLOSED, CaseState.OPEN)


def follow(plan: Plan, outline: Outline, by: Hand | None) -> None:
    """Brings the cases of a held plan in line with its tasks: one for each phase that is a case and has a task. One
    that is no longer asked for goes while nobody is assigned; whatever somebody worked on stays."""
    there = {case.phase: case for case in cases_of(plan)}
    asked = phases_of(outline)
    if not there and not asked:
        return
    query = sa.select(PlanTask.phase).where(PlanTask.plan_id == plan.id, PlanTask.state != TaskState.GONE)
    busy = set(db.session.scalars(query.distinct()))
    for place, phase in enumerate(outline.phases):
        held = there.get(phase.code)
        if held is not None:
            held.position = place
        elif phase in asked and phase.code in busy:
            db.session.add(PlanCase(plan_id=plan.id, phase=phase.code, position=place, moved_at=now()))
    wanted = {phase.code for phase in asked} & busy
    for code, held in there.items():
        if code not in wanted and held.state in _UNTOUCHED:
            record(plan, "case.gone", by, {"_case": (None, code)}, plan=plan)
            db.session.delete(held)
    db.session.flush()
    open_next(plan, outline)


def open_next(plan: Plan, outline: Outline) -> None:
    """Opens each case whose forerunners are completed. What is open stays open."""
    cases = cases_of(plan)
    standing = {case.phase for case in cases if case.state != CaseState.COMPLETED}
    for case in cases:
        spec = case_of(outline, case.phase)
        if case.state != CaseState.CLOSED or spec is None or standing.intersection(spec.after):
            continue
        case.state, case.opened_at, case.moved_at = CaseState.OPEN, now(), now()
        case.version += 1
        changes = {"_case": (None, case.phase), "case_state": (str(CaseState.CLOSED), str(CaseState.OPEN))}
        record(plan, "case.opened", None, changes, plan=plan)
    db.session.flush()  # whoever reads them again in this `write()` reads them as they are now


def cases_of(plan: Plan) -> list[PlanCase]:
    """All cases of a held plan as they are now."""
    return list(
        db.session.scalars(
            sa.select(PlanCase)
            .where(PlanCase.plan_id == plan.id)
            .order_by(PlanCase.position, PlanCase.id)
            .execution_options(populate_existing=True)
        )
    )
