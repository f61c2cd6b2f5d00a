"""Confirming the customer's own details: what is right stays, what is not is put right on the account in the same write
(C4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.db import db, write
from app.core.errors import FieldError, Forbidden
from app.core.i18n import _l
from app.customers import service as customers
from app.customers.models import Account
from app.people.models import Person
from app.plans import details, texts
from app.plans.answers import NotAnswered, Problems
from app.plans.models import Plan, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service.changing import PlanMovedOn, held, put, put_task, record, task_in
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn, done_by, finish
from app.plans.service.working import AnswerFirst, Worked
from app.playbooks.outline import Kind


@dataclass(frozen=True)
class Gone:
    """How the details were gone through."""

    right: frozenset[str] = frozenset()
    corrected: Mapping[str, str] | None = None
    """What was typed instead, by code; of the account's own fields."""
    foreseen_on: date | None = None


@dataclass(frozen=True)
class SeenDetails:
    """As the page showed them."""

    account: int
    """Version of the account."""
    golive_on: date | None


def confirm(
    plan_id: int, task_ref: str, gone: Gone, seen: SeenDetails, by: Hand, *, expect: int | None = None, whole: bool
) -> Worked:
    """Keeps what was gone through, with corrections on the account. Done when it is `whole`; otherwise the task stays
    open, and the rest is gone through later.

    Raises:
        NotAnswered: a correction is wrong, or something of the whole was not gone through.
        customers.AccountMovedOn, PlanMovedOn: another value stands there than was shown.
        customers.AccountClosed, NotFound, NotYours, CannotStartYet, AnswerFirst, TaskMovedOn
    """
    with write():
        plan = db.session.get_one(Plan, plan_id, populate_existing=True)
        task = _may(task_in(plan, task_ref, by), by, whole=whole)
        if expect is not None and task.version != expect and _is_kept(plan, task, gone):
            return Worked(plan, task, False)  # the same form sent a second time
        _refuse_what_is_wrong(plan, task, gone, by, whole=whole)
        account = _put_right(plan, gone, seen, by)
        with held(plan_id, by) as plan:
            if plan.account_id != (account.id if account else None):
                raise PlanMovedOn  # merged in between
            if plan.golive_on != seen.golive_on:
                raise PlanMovedOn
            task = _may(task_in(plan, task_ref, by), by, whole=whole)
            answer = _answer(plan, task, account, gone, by)
            if expect is not None and task.version != expect and task.answer != answer:
                raise TaskMovedOn
            if not whole:
                return Worked(plan, task, put_task(plan, task, "plan_task.draft_saved", by, answer=answer))
            if task.state == TaskState.DONE:  # gone through once more
                changed = put_task(plan, task, "plan_task.confirmed", by, answer=answer, **done_by(by))
                return Worked(plan, task, changed)
            return Worked(plan, task, finish(plan, task, by, "plan_task.confirmed", answer=answer))


def _is_kept(plan: Plan, task: PlanTask, gone: Gone) -> bool:
    """Whether all of it was said before, and stands so."""
    account = details.account_of(plan)
    corrected = gone.corrected or {}
    clean = customers.checked_corrections(account, corrected)[0] if account else {}
    said = dict.fromkeys(gone.right, "right") | dict.fromkeys(corrected, "corrected")
    return (
        task.state == TaskState.DONE
        and all(clean.get(code) == getattr(account, code, None) for code in corrected)
        and gone.foreseen_on in (None, plan.foreseen_on)
        and said.items() <= details.gone_through(task.answer).items()
    )


def _refuse_what_is_wrong(plan: Plan, task: PlanTask, gone: Gone, by: Hand, *, whole: bool) -> None:
    """All of it at once."""
    account = details.account_of(plan)
    wrong: Problems = {}
    if account is not None:
        faults = customers.checked_corrections(account, gone.corrected or {})[1]
        wrong = {error.field: error.message for error in faults}
    if whole:
        said = _said(task, gone, by)
        for code in details.asked_of(plan, account, by):
            needless = code == details.FORESEEN and texts.outline_of(plan).starting is None  # nobody counts on it
            if code not in said and not needless:
                wrong.setdefault(code, _ENTER if code == details.FORESEEN else _SAY)
    if wrong:
        raise NotAnswered(wrong)


_SAY = _l("Say whether this is right")
_ENTER = _l("Enter the day")


def _said(task: PlanTask, gone: Gone, by: Hand) -> dict[str, str]:
    """Of each detail, with what was said of it before."""
    said = details.gone_through(task.answer) | dict.fromkeys(gone.right, "right")
    said |= dict.fromkeys(gone.corrected or {}, "corrected")
    if by.person is not None and gone.foreseen_on is not None:
        said.setdefault(details.FORESEEN, "right")
    return said


def _put_right(plan: Plan, gone: Gone, seen: SeenDetails, by: Hand) -> Account | None:
    """The account, held before the plan is, as everywhere."""
    if plan.account_id is None:
        return None
    answers_for = by.person or db.session.get_one(Person, plan.manager_id)
    told_by = "" if by.person else by.name
    try:
        return customers.correct(plan.account_id, seen.account, gone.corrected or {}, answers_for, told_by=told_by)
    except customers.AccountExists as taken:
        raise NotAnswered({taken.field: taken.message if by.person else _TAKEN}) from taken
    except FieldError as error:
        raise NotAnswered({error.field: error.message}) from error


_TAKEN = _l("This number cannot be entered here. Please tell your account manager.")
"""Of a company that is a customer already; nobody else learns that it is one."""


def _may(task: PlanTask, by: Hand, *, whole: bool) -> PlanTask:
    if not by.may_do(task):
        raise NotYours
    if not details.may_go_through(by):
        raise Forbidden
    if task.kind != Kind.CONFIRM:
        raise AnswerFirst
    if task.state not in ((TaskState.OPEN, TaskState.DONE) if whole else (TaskState.OPEN,)):
        raise TaskMovedOn
    if task.state == TaskState.OPEN and not task.ready and by.person is None:
        raise CannotStartYet
    return task


def _answer(plan: Plan, task: PlanTask, account: Account | None, gone: Gone, by: Hand) -> dict[str, Any]:
    """What the task keeps; the account manager's forecast goes onto the plan."""
    said = _said(task, gone, by)
    if by.person is not None and gone.foreseen_on is not None:
        changes = put(plan, foreseen_on=gone.foreseen_on)
        if changes:
            said[details.FORESEEN] = "corrected"
            record(plan, "plan.foreseen", by, changes, plan=plan)
    asked = details.asked_of(plan, account, by)
    return details.kept({code: said[code] for code in dict.fromkeys((*asked, details.FORESEEN)) if code in said})
