"""A case handed in, returned or completed, and the plan with its owner after the last one (C5, C7)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import _l
from app.core.identifiers import Invalid
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Person
from app.plans import cases, texts
from app.plans.cases import Move
from app.plans.emails_cases import PlanWithOwner
from app.plans.models import CaseRound, CaseState, Plan, PlanCase, Verdict
from app.plans.party import Hand
from app.plans.service import opening
from app.plans.service.cases.letters import tell_worker
from app.plans.service.cases.rules import (
    CaseMovedOn,
    answers_of,
    case_in,
    has_passed,
    is_validated,
    leader_of,
    move,
    refuse_its_worker,
    refuse_while_open,
    worker_by,
)
from app.plans.service.changing import changing, put, record

_WHY = 2_000
_OVERRIDE = 1_000


def hand_in(plan_id: int, case_ref: str, by: Hand, *, expect: int | None = None) -> bool:
    """Its worker asks for validation: what the tasks of the phase hold is kept as a round. False when it waits already.

    Raises:
        StillOpen: a required task of the phase is not done.
        CaseMovedOn: it is not assigned, or nobody has to validate it.
        NotItsWorker, NotFound, PlanArchived
    """
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        person = worker_by(case, by)
        if case.state == CaseState.HANDED_IN:
            return False
        state = cases.after(case.state, Move.HAND_IN, validated=is_validated(case, outline))
        if state is None or has_passed(case, expect):
            raise CaseMovedOn
        refuse_while_open(plan, case, outline)
        number = db.session.scalar(sa.select(sa.func.count()).where(CaseRound.case_id == case.id)) or 0
        db.session.add(
            CaseRound(
                case_id=case.id,
                number=number + 1,
                answers=answers_of(plan, case),
                handed_in_by_id=person.id,
                handed_in_at=now(),
            )
        )
        return move(plan, case, "case.handed_in", by, {"state": state})


def give_back(plan_id: int, case_ref: str, why: str, by: Hand, *, expect: int | None = None) -> bool:
    """Returns it to its worker with the reason, which is mailed.

    Raises:
        FieldError: no reason.
        CaseMovedOn: it does not wait for validation (any more), or is another round.
        NotLeading, OwnWork, NotFound, PlanArchived
    """
    leader = leader_of(by)
    reason = _reason("why", why, _WHY, _l("Enter what has to change"))
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        state = cases.after(case.state, Move.GIVE_BACK, validated=is_validated(case, outline))
        if state is None or has_passed(case, expect):
            raise CaseMovedOn
        refuse_its_worker(plan, case, leader)
        _judge(case, Verdict.RETURNED, leader, reason)
        moved = move(plan, case, "case.returned", by, {"state": state}, told={"_why": reason})
        tell_worker(case.worker_id, leader, plan, case, reason)
    return moved


def complete(plan_id: int, case_ref: str, by: Hand, *, override: str = "", expect: int | None = None) -> bool:
    """Completes it: a validated one that was handed in by somebody else who leads, another one by its worker. With a
    reason (`override`), whoever leads completes it although something required is open. What follows opens by itself;
    after the last case the plan goes to its account owner. False when it is completed already.

    Raises:
        StillOpen: a required task of the phase is not done, and no reason is given.
        OwnWork: it is validated, and the person worked on it or handed it in; whatever else they may do.
        CaseMovedOn, NotItsWorker, NotLeading, FieldError, NotFound, PlanArchived
    """
    reason = _reason("override", override, _OVERRIDE, None)
    with changing(plan_id, by) as plan:
        case, outline = case_in(plan, case_ref), texts.outline_of(plan)
        validated = is_validated(case, outline)
        person = leader_of(by) if validated or reason else worker_by(case, by, or_leads=True)
        if validated:
            refuse_its_worker(plan, case, person)
        if case.state == CaseState.COMPLETED:
            return False
        state = cases.after(case.state, Move.OVERRIDE if reason else Move.COMPLETE, validated=validated)
        if state is None or has_passed(case, expect):
            raise CaseMovedOn
        if not reason:
            refuse_while_open(plan, case, outline)
        if case.state == CaseState.HANDED_IN:
            _judge(case, Verdict.COMPLETED, person, reason)
        values = {"state": state, "completed_by_id": person.id, "completed_at": now(), "override": reason}
        moved = move(plan, case, "case.completed", by, values, told={"_override": reason} if reason else {})
        opening.open_next(plan, outline)
        tell_worker(case.worker_id, person, plan, case, reason)
        _to_owner(plan, by)
    return moved


def _judge(case: PlanCase, verdict: Verdict, by: Person, why: str) -> None:
    """The round that waits."""
    found = db.session.scalar(
        sa.select(CaseRound)
        .where(CaseRound.case_id == case.id, CaseRound.verdict.is_(None))
        .execution_options(populate_existing=True)
    )
    if found is not None:
        found.verdict, found.why, found.judged_by_id, found.judged_at = verdict, why, by.id, now()


def _to_owner(plan: Plan, by: Hand) -> None:
    """Once all cases are completed."""
    if any(one.state != CaseState.COMPLETED for one in opening.cases_of(plan)):
        return
    owner = people.by_id(plan.owner_id) if plan.owner_id is not None else None
    if owner is None or owner.id == plan.manager_id or not policy.allows(owner, P.PLANS_READ):
        return
    before = people.by_id(plan.manager_id)
    record(plan, "plan.manager_set", by, put(plan, manager_id=owner.id), plan=plan)
    for person, yours in ((owner, True), (before, False)):
        if person.is_active:
            mail = PlanWithOwner(plan.ref, plan.name, owner.name, before.name, yours)
            post(mail, Recipient.of(person), conversation=f"plan:{plan.ref}")


def _reason(name: str, typed: str, limit: int, missing: Any) -> str:
    """Cleaned words; `missing` is said where there have to be some."""
    try:
        text = identifiers.clean_text(typed)
    except Invalid as error:
        raise FieldError(name, error.message) from error
    if len(text) > limit:
        raise FieldError(name, _l("This text is too long."))
    if not text and missing is not None:
        raise FieldError(name, missing)
    return text
