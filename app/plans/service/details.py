"""Confirming the customer's own details: what is right stays, what is not is put right on the account in the same write
(C4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.db import db, write
from app.core.errors import FieldError
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
        again = _same_again(plan_id, task_ref, gone, by, expect, whole=whole)
        if again is not None:
            return again
        account = _put_right(plan_id, gone, seen, by)
        with held(plan_id, by) as plan:
            if plan.account_id != (account.id if account else None):
                raise PlanMovedOn  # merged in between
            if plan.golive_on != seen.golive_on:
                raise PlanMovedOn
            task = _may(task_in(plan, task_ref, by), by, whole=whole)
            answer = _answer(plan, task, account, gone, by, whole=whole)
            if expect is not None and task.version != expect and task.answer != answer:
                raise TaskMovedOn
            if not whole:
                return Worked(plan, task, put_task(plan, task, "plan_task.draft_saved", by, answer=answer))
            if task.state == TaskState.DONE:  # gone through once more
                changed = put_task(plan, task, "plan_task.confirmed", by, answer=answer, **done_by(by))
                return Worked(plan, task, changed)
            return Worked(plan, task, finish(plan, task, by, "plan_task.confirmed", answer=answer))


def _same_again(plan_id: int, task_ref: str, gone: Gone, by: Hand, expect: int | None, *, whole: bool) -> Worked | None:
    """The same form sent a second time: what it says is kept already. Asked before the account is touched, as is whose
    task it is."""
    plan = db.session.get_one(Plan, plan_id, populate_existing=True)
    task = _may(task_in(plan, task_ref, by), by, whole=whole)
    if expect is None or task.version == expect or task.state != TaskState.DONE:
        return None
    account = details.account_of(plan)
    corrected = {code: getattr(account, code, None) for code in gone.corrected or {}}
    clean = customers.checked_corrections(account, gone.corrected or {})[0] if account else {}
    same = all(clean.get(code) == value for code, value in corrected.items())
    same_day = gone.foreseen_on in (None, plan.foreseen_on)
    known = details.gone_through(task.answer)
    said = dict.fromkeys(gone.right, "right") | dict.fromkeys(corrected, "corrected")
    return Worked(plan, task, False) if same and same_day and said.items() <= known.items() else None


def _put_right(plan_id: int, gone: Gone, seen: SeenDetails, by: Hand) -> Account | None:
    """The account, held before the plan is, as everywhere."""
    plan = db.session.get_one(Plan, plan_id)
    if plan.account_id is None:
        return None
    answers_for = by.person or db.session.get_one(Person, plan.manager_id)
    told_by = "" if by.person else by.name
    wrong = _wrong(plan.account_id, gone, by)
    if wrong:
        raise NotAnswered(wrong)
    try:
        return customers.correct(plan.account_id, seen.account, gone.corrected or {}, answers_for, told_by=told_by)
    except customers.AccountExists as taken:
        raise NotAnswered({taken.field: taken.message if by.person else _TAKEN}) from taken
    except FieldError as error:
        raise NotAnswered({error.field: error.message}) from error


_TAKEN = _l("This number cannot be entered here. Please tell your account manager.")
"""Of a company that is a customer already; nobody else learns that it is one."""


def _wrong(account_id: int, gone: Gone, by: Hand) -> Problems:
    account = db.session.get_one(Account, account_id)
    return {error.field: error.message for error in customers.checked_corrections(account, gone.corrected or {})[1]}


def _may(task: PlanTask, by: Hand, *, whole: bool) -> PlanTask:
    if not by.may_do(task):
        raise NotYours
    if task.kind != Kind.CONFIRM:
        raise AnswerFirst
    if task.state not in ((TaskState.OPEN, TaskState.DONE) if whole else (TaskState.OPEN,)):
        raise TaskMovedOn
    if task.state == TaskState.OPEN and not task.ready and by.person is None:
        raise CannotStartYet
    return task


def _answer(
    plan: Plan, task: PlanTask, account: Account | None, gone: Gone, by: Hand, *, whole: bool
) -> dict[str, Any]:
    """What the task keeps; the account manager's forecast goes onto the plan."""
    said = details.gone_through(task.answer) | dict.fromkeys(gone.right, "right")
    said |= dict.fromkeys(gone.corrected or {}, "corrected")
    if by.person is not None and gone.foreseen_on is not None:
        changes = put(plan, foreseen_on=gone.foreseen_on)
        said[details.FORESEEN] = "corrected" if changes else said.get(details.FORESEEN, "right")
        if changes:
            record(plan, "plan.foreseen", by, changes, plan=plan)
    asked = details.asked_of(plan, account, by)
    if whole:
        _ask_for_the_rest(plan, asked, said)
    return details.kept({code: said[code] for code in dict.fromkeys((*asked, details.FORESEEN)) if code in said})


def _ask_for_the_rest(plan: Plan, asked: tuple[str, ...], said: Mapping[str, Any]) -> None:
    must = set(asked)
    if texts.outline_of(plan).starting is None:
        must.discard(details.FORESEEN)  # nobody counts on that day
    missing = [code for code in asked if code in must and code not in said]
    if missing:
        raise NotAnswered({code: _ENTER if code == details.FORESEEN else _SAY for code in missing})


_SAY = _l("Say whether this is right")
_ENTER = _l("Enter the day")
