"""Working on one task: done, undone, not applicable, stuck, waiting, handed in, approved, given back (I4, I5).

Each verb is idempotent: what is so already changes nothing, and `Worked.changed` says it, so that the page can name
whoever did it first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from app.core.clock import now, today
from app.core.db import db
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.plans import answers, cases, texts
from app.plans.models import Plan, PlanContact, PlanTask, TaskAcceptance, TaskBlocker, TaskState
from app.plans.party import Hand
from app.plans.service import anchors, confirming, expiring, options, telling, trainings
from app.plans.service.changing import changing, put_task, task_in
from app.plans.service.evidence import sealed
from app.plans.service.finishing import (
    UNHINDERED,
    CannotStartYet,
    NotYours,
    TaskMovedOn,
    done_by,
    finish,
    publishes,
    reach_anchor,
)
from app.plans.states import Move, after
from app.playbooks.outline import Kind, Side
from app.settings.models import vendor

BY_ANSWER = frozenset({Kind.FIELDS, Kind.CHOICE, Kind.LINKS, Kind.PEOPLE, Kind.MEETING, Kind.APPROVAL})
"""Kinds that are done by handing in an answer."""


@dataclass(frozen=True)
class Worked:
    """The plan and its task as they stand now, and whether anything changed."""

    plan: Plan
    task: PlanTask
    changed: bool


class AnswerFirst(Conflict):
    """It is not done by a tick alone."""

    def __init__(self) -> None:
        super().__init__(_l("This task is done by its form, not by a tick."))


class CriteriaNotMet(Conflict):
    """What was answered so far is not enough for it to be done."""

    def __init__(self) -> None:
        super().__init__(_l("The criteria of this task are not met yet: its form says which."))


class OthersJudgeIt(Conflict):
    """What a colleague validates is answered, not left out (C5, C6)."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "A colleague validates what is answered here, so it cannot be left out. A team leader can complete the "
                "case all the same, with a reason."
            )
        )


# --- done and undone --------------------------------------------------------------------------------------------------


def tick(plan_id: int, task_ref: str, by: Hand) -> Worked:
    """It is done. Staff may tick a task of any kind but a document to accept and details to confirm, as when they were
    told by phone; the customer's people those that ask for a tick alone.

    Raises:
        NotFound, NotYours, CannotStartYet, AnswerFirst, CriteriaNotMet, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if task.state == TaskState.DONE:
            return Worked(plan, task, False)
        if task.kind in (Kind.DOCUMENT, Kind.CONFIRM) or (by.person is None and task.kind != Kind.TICK):
            raise AnswerFirst
        if answers.unmet(texts.of_task(task, texts.outline_of(plan)), task.answer):
            raise CriteriaNotMet
        if task.kind == Kind.FIELDS and publishes(plan, texts.of_task(task, texts.outline_of(plan))):
            raise AnswerFirst  # where the customer can be seen is said in its form
        if _is_judged(plan, task) and not task.answer:
            raise AnswerFirst
        approved = task.side == Side.CUSTOMER  # by the staff who tick it
        values = expiring.validity(texts.of_task(task, texts.outline_of(plan))) if approved else {}
        return Worked(plan, task, finish(plan, task, by, "plan_task.done", approved=approved, **values))


def hand_in(plan_id: int, task_ref: str, given: Mapping[str, Any], by: Hand, *, expect: int | None = None) -> Worked:
    """The answer to a task that asks for one; done by that. Handed in again with other words, the answer is changed.
    For kind `files_approved` nothing is given: its files stand there, and now wait for approval. `expect` is the
    task's version as the form knew it.

    Raises:
        answers.NotAnswered: something is missing or wrong.
        options.OptionInvoiced: a priced option that was taken before is invoiced.
        NotFound, NotYours, CannotStartYet, TaskMovedOn
    """
    with changing(plan_id, by, account_too=True) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if task.kind not in BY_ANSWER and task.kind not in (Kind.FILES, Kind.FILES_APPROVED):
            raise AnswerFirst
        asked = texts.of_task(task, texts.outline_of(plan))
        answer = answers.cleaned(asked, given, _refs(plan), plan.country) if task.kind in BY_ANSWER else {}
        if task.kind in (Kind.FILES, Kind.FILES_APPROVED) and not task.file_count and task.required:
            raise answers.NotAnswered({"files": _l("Choose at least one file")})
        same = task.answer == answer
        if task.state in (TaskState.DONE, TaskState.HANDED_IN) and same:
            return Worked(plan, task, False)
        if expect is not None and task.version != expect and not same:
            raise TaskMovedOn
        if task.kind == Kind.APPROVAL and answer["verdict"] == "returned":
            raise AnswerFirst  # giving back asks for the reason
        values = {"answer": answer, "returned": "", **options.settle(plan, task, asked, answer, by)}
        trainings.named(plan, asked, answer, by)
        if task.state == TaskState.DONE:
            changed = put_task(plan, task, "plan_task.answer_changed", by, **values)
            reach_anchor(plan, asked, answer, by)
            return Worked(plan, task, changed)
        return Worked(plan, task, finish(plan, task, by, "plan_task.handed_in", **values))


def untick(plan_id: int, task_ref: str, by: Hand) -> Worked:
    """It is open again. Its answer and files stay to go on from; a priced option is taken back; evidence of a document
    that was accepted is marked as withdrawn.

    Raises:
        NotFound, NotYours, TaskMovedOn
        options.OptionInvoiced: the priced option is invoiced.
    """
    try:
        return _untick(plan_id, task_ref, by)
    except _AccountFirst:
        return _untick(plan_id, task_ref, by, account_too=True)


class _AccountFirst(Exception):
    """The billing detail of a priced option goes with it, so the account has to be held before the plan."""


def _untick(plan_id: int, task_ref: str, by: Hand, *, account_too: bool = False) -> Worked:
    with changing(plan_id, by, account_too=account_too) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        state = after(task.state, Move.UNDO, task.kind)
        if state is None:
            raise TaskMovedOn
        if task.state == state:
            return Worked(plan, task, False)
        if task.billing_detail_id is not None and not account_too:
            raise _AccountFirst
        was_done = task.state == TaskState.DONE
        options.take_back(plan, task, by)
        values = {**done_by(None), **({"expires_on": None} if was_done else {})}
        changed = put_task(plan, task, "plan_task.undone", by, state=state, **values)
        if was_done:
            if task.kind == Kind.DOCUMENT:
                _withdraw_evidence(task)
                if confirming.asked_for(plan, task) is not None:
                    telling.withdrawn(plan, task, by)
            asked = texts.of_task(task, texts.outline_of(plan))
            if asked.anchor:
                anchors.not_reached(plan, asked.anchor, by)
        return Worked(plan, task, changed)


def _withdraw_evidence(task: PlanTask) -> None:
    """What was accepted stays as evidence, marked as withdrawn, and sealed with that."""
    standing = sa.select(TaskAcceptance).where(TaskAcceptance.task_id == task.id, TaskAcceptance.withdrawn_at.is_(None))
    for kept in db.session.scalars(standing.execution_options(populate_existing=True)):
        kept.withdrawn_at = now()
        kept.digest = sealed(kept)
    db.session.flush()


def not_applicable(plan_id: int, task_ref: str, reason: str, by: Hand) -> Worked:
    """It need not be done, for this reason.

    Raises:
        FieldError: no reason.
        NotFound, NotYours, OthersJudgeIt, TaskMovedOn
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if _is_judged(plan, task):
            raise OthersJudgeIt
        state = after(task.state, Move.SKIP, task.kind)
        if state is None:
            raise TaskMovedOn
        if task.state == state:
            return Worked(plan, task, False)
        changed = put_task(
            plan, task, "plan_task.not_applicable", by, state=state, reason=reason, **UNHINDERED, **done_by(by)
        )
        return Worked(plan, task, changed)


def _is_judged(plan: Plan, task: PlanTask) -> bool:
    """Whether its answers are what somebody else completes the case by."""
    if task.kind != Kind.FIELDS or task.side != Side.VENDOR:
        return False
    case = cases.case_of(texts.outline_of(plan), task.phase)
    return case is not None and case.validated


def applicable(plan_id: int, task_ref: str, by: Hand) -> Worked:
    """It is to be done after all.

    Raises:
        NotFound, NotYours, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        state = after(task.state, Move.UNSKIP, task.kind)
        if state is None:
            raise TaskMovedOn
        changed = put_task(plan, task, "plan_task.applicable", by, state=state, reason="", **done_by(None))
        return Worked(plan, task, changed)


# --- what hinders it --------------------------------------------------------------------------------------------------


def stuck(plan_id: int, task_ref: str, why: str, by: Hand) -> Worked:
    """It cannot go on, for this reason; the account manager reads it at once when the customer says so.

    Raises:
        FieldError: no reason.
        NotFound, NotYours, TaskMovedOn
    """
    if not why:
        raise FieldError("why", _l("Enter what hinders you"))
    with changing(plan_id, by) as plan:
        task = _open_task(plan, task_ref, by)
        changed = put_task(plan, task, "plan_task.stuck", by, stuck_at=task.stuck_at or now(), stuck_why=why)
        if changed:
            telling.stuck(plan, task, by)
        return Worked(plan, task, changed)


def unstuck(plan_id: int, task_ref: str, by: Hand) -> Worked:
    """It goes on.

    Raises:
        NotFound, NotYours, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = _open_task(plan, task_ref, by)
        return Worked(plan, task, put_task(plan, task, "plan_task.unstuck", by, stuck_at=None, stuck_why=""))


def waits(plan_id: int, task_ref: str, who: str, until: date | None, by: Hand) -> Worked:
    """A third party has it now, such as the telephone operator; nobody named: it is back.

    Raises:
        NotFound, NotYours, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = _open_task(plan, task_ref, by)
        since = (task.waits_since or today(vendor().timezone)) if who else None
        verb = "plan_task.waits" if who else "plan_task.waits_no_more"
        changed = put_task(plan, task, verb, by, waits_for=who, waits_since=since, waits_until=until if who else None)
        return Worked(plan, task, changed)


def _open_task(plan: Plan, task_ref: str, by: Hand) -> PlanTask:
    task = task_in(plan, task_ref, by)
    if not by.may_do(task):
        raise NotYours
    if task.state != TaskState.OPEN:
        raise TaskMovedOn
    return task


# --- judged by the other side -----------------------------------------------------------------------------------------


def approve(plan_id: int, task_ref: str, by: Hand, *, until: date | None = None) -> Worked:
    """What was handed in is right; or, of a task that asks for approval, what stands in the plan is. `until` is another
    last day on which it is valid than the playbook reckons, where that counts.

    Raises:
        FieldError: that day cannot be.
        NotFound, NotYours, CannotStartYet, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        asked = texts.of_task(task, texts.outline_of(plan))
        if task.state == TaskState.DONE and (by.may_do(task) or by.may_judge(task)):
            return Worked(plan, task, False)
        if task.kind == Kind.APPROVAL and task.state == TaskState.OPEN:
            if not by.may_do(task):
                raise NotYours
            changed = finish(plan, task, by, "plan_task.approved", answer={"verdict": "approved"})
        else:
            if not by.may_judge(task):
                raise NotYours
            state = after(task.state, Move.APPROVE, task.kind)
            if state is None or task.kind == Kind.APPROVAL:
                raise TaskMovedOn
            valid = expiring.validity(asked, until)
            changed = put_task(plan, task, "plan_task.approved", by, state=state, returned="", **valid)
            reach_anchor(plan, asked, task.answer, by)
        telling.judged(plan, task, by, approved=True, handed_in=task.done_by_contact_id)
        return Worked(plan, task, changed)


def give_back(plan_id: int, task_ref: str, why: str, by: Hand) -> Worked:
    """It is not right yet, and why. What was handed in is open again; of a task that asks for approval, the other
    side's work before it is open again, or it waits for them where there is none.

    Raises:
        FieldError: no reason.
        NotFound, NotYours, CannotStartYet, TaskMovedOn
    """
    if not why:
        raise FieldError("why", _l("Enter what has to change"))
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        handed_in = task.done_by_contact_id
        if task.kind == Kind.APPROVAL:
            changed = _return_work_before(plan, task, why, by)
        else:
            if not by.may_judge(task):
                raise NotYours
            if task.state != TaskState.HANDED_IN:
                raise TaskMovedOn
            changed = put_task(
                plan, task, "plan_task.returned", by, state=TaskState.OPEN, returned=why, **done_by(None)
            )
        telling.judged(plan, task, by, approved=False, why=why, handed_in=handed_in)
        return Worked(plan, task, changed)


def _return_work_before(plan: Plan, task: PlanTask, why: str, by: Hand) -> bool:
    if not by.may_do(task):
        raise NotYours
    if task.state != TaskState.OPEN:
        raise TaskMovedOn
    if not task.ready and by.person is None:
        raise CannotStartYet
    before = _done_before(plan, task)
    for work in before:
        put_task(plan, work, "plan_task.returned", by, state=TaskState.OPEN, returned=why, **done_by(None))
    state = TaskState.OPEN if before else TaskState.HANDED_IN
    return put_task(plan, task, "plan_task.returned", by, state=state, returned=why, answer={"verdict": "returned"})


def _done_before(plan: Plan, task: PlanTask) -> list[PlanTask]:
    """The other side's done tasks that it waited for."""
    return list(
        db.session.scalars(
            sa.select(PlanTask)
            .join(TaskBlocker, TaskBlocker.blocker_id == PlanTask.id)
            .where(
                TaskBlocker.task_id == task.id,
                PlanTask.state == TaskState.DONE,
                PlanTask.side != task.side,
                PlanTask.kind != Kind.DOCUMENT,  # an acceptance is withdrawn by opening that task, never by the way
            )
            .order_by(PlanTask.number)
            .execution_options(populate_existing=True)
        )
    )


def present_again(plan_id: int, task_ref: str, by: Hand) -> Worked:
    """What was given back by a task that asks for approval is there in a new version.

    Raises:
        NotFound, NotYours, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_judge(task):
            raise NotYours
        if task.kind != Kind.APPROVAL or task.state != TaskState.HANDED_IN:
            raise TaskMovedOn
        changed = put_task(
            plan, task, "plan_task.presented", by, state=TaskState.OPEN, returned="", answer={}, **done_by(None)
        )
        return Worked(plan, task, changed)


def _refs(plan: Plan) -> set[str]:
    return set(
        db.session.scalars(
            sa.select(PlanContact.ref).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
        )
    )
