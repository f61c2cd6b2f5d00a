"""Who does what and until when; tasks of one plan alone; a colleague's work in other hands (I4, I12)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from pydantic import TypeAdapter

from app.access import policy
from app.access.permissions import P
from app.core import identifiers
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import LOCALES, _l
from app.core.identifiers import Invalid
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Person
from app.plans import texts
from app.plans.emails import WorkHandedOver
from app.plans.models import (
    UNFINISHED,
    CaseState,
    Plan,
    PlanCase,
    PlanContact,
    PlanState,
    PlanTask,
    TaskBlocker,
    TaskState,
)
from app.plans.party import Hand
from app.plans.service import cases
from app.plans.service.changing import Changes, PlanArchived, changing, held, plain, put, put_task, record, task_in
from app.plans.service.finishing import NotYours, TaskMovedOn
from app.plans.service.growing import new_task, shape, tasks_of
from app.plans.service.people import contact_in
from app.playbooks.outline import Kind, Side, Task

_TASK = TypeAdapter(Task)
OWN_KINDS = frozenset({Kind.TICK, Kind.FILES, Kind.FILES_APPROVED, Kind.LINKS, Kind.MEETING, Kind.PEOPLE})
"""What a task that was added to one plan may ask for; the others need a playbook."""


class NotOfTheVendor(FieldError):
    """The person does no work on plans."""

    def __init__(self) -> None:
        super().__init__("person", _l("Choose somebody who works on plans."))


class InUse(Conflict):
    """Something was done with the task."""

    def __init__(self) -> None:
        super().__init__(_l("Something was done with this task already. Mark it as not applicable instead."))


def assign(plan_id: int, task_ref: str, to: Person | PlanContact | None, by: Hand) -> PlanTask:
    """Names who does a task, on the task's own side; None: whoever holds its role, else the account manager or the main
    contact. The customer's people share out their own side's tasks.

    Raises:
        NotOfTheVendor: the person may not work on plans.
        NotYours, NotFound
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        _assign(plan, task, to, by)
    return task


def _assign(plan: Plan, task: PlanTask, to: Person | PlanContact | None, by: Hand) -> None:
    if not by.may_do(task) or by.only_task is not None:
        raise NotYours
    values: dict[str, Any] = {}
    if task.side == Side.VENDOR:
        if isinstance(to, PlanContact):
            raise NotFound
        _may_work(to)
        values["person_id"] = to.id if to else None
    else:
        if isinstance(to, Person):
            raise NotFound
        values["contact_id"] = contact_in(plan, to.ref).id if to else None
    put_task(plan, task, "plan_task.assigned", by, **values)


def set_due(plan_id: int, task_ref: str, due_on: date | None, by: Hand, *, expect: int | None = None) -> PlanTask:
    """A day that was agreed; None: as the playbook reckons it. `expect` is the task's version as the form knew it.

    Raises:
        TaskMovedOn, NotYours, NotFound
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if by.person is None:
            raise NotYours
        if expect is not None and task.version != expect and task.due_on != due_on:
            raise TaskMovedOn
        put_task(plan, task, "plan_task.due_set", by, due_on=due_on, due_fixed=due_on is not None)
    return task


def set_both(
    plan_id: int, task_ref: str, to: Person | PlanContact | None, due_on: date | None, by: Hand, *, expect: int
) -> PlanTask:
    """Who does a task and the agreed day, as one change; what is so already stays, whoever does it.

    Raises:
        TaskMovedOn: its version is no longer `expect`.
        NotOfTheVendor, NotYours, NotFound
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if by.person is None:
            raise NotYours
        if task.version != expect:
            raise TaskMovedOn
        if (task.person_id if task.side == Side.VENDOR else task.contact_id) != (to.id if to else None):
            _assign(plan, task, to, by)
        if (task.due_on if task.due_fixed else None) != due_on:
            put_task(plan, task, "plan_task.due_set", by, due_on=due_on, due_fixed=due_on is not None)
    return task


# --- tasks of one plan alone ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class OwnTask:
    """A task that is typed for one plan."""

    title: str
    side: Side
    phase: str
    kind: Kind = Kind.TICK
    hint: str = ""
    instruction: str = ""
    locale: str = "en"
    """In which it is typed."""
    workdays: int = 1
    required: bool = True
    due_on: date | None = None
    after: tuple[str, ...] = ()
    """References of the tasks that come first."""


def add_task(plan_id: int, details: OwnTask, by: Hand, *, key: str | None = None) -> PlanTask:
    """One more task in this plan alone. The same form sent twice (`key`) is one task.

    Raises:
        FieldError: the title, kind, phase or what comes first cannot be.
    """
    with changing(plan_id, by) as plan:
        return put_own(plan, details, by, key=key)


def put_own(plan: Plan, details: OwnTask, by: Hand, *, key: str | None = None) -> PlanTask:
    """What `add_task` does, on a held plan."""
    if by.person is None:
        raise NotYours
    if key and (made := db.session.scalar(sa.select(PlanTask).where(PlanTask.key == key))) is not None:
        return made
    asked = _outlined(plan, details)
    there = tasks_of(plan)
    number = max((task.number for task in there), default=0) + 1
    task = new_task(plan, asked, number, _place(there, asked.phase, texts.outline_of(plan)), code=None)
    task.own = texts.to_own(asked)
    task.key = key
    task.due_on, task.due_fixed = details.due_on, details.due_on is not None
    db.session.add(task)
    db.session.flush()
    record(task, "plan_task.added", by, added(task), plan=plan)
    _wait_for(plan, task, details.after, there)
    return task


def added(task: PlanTask) -> Changes:
    """What the history keeps of an own task when it is new."""
    return {name: (None, plain(getattr(task, name))) for name in ("own", "due_on", "due_fixed") if getattr(task, name)}


def edit_own(plan_id: int, task_ref: str, details: OwnTask, by: Hand, *, expect: int | None = None) -> PlanTask:
    """Other words, side, kind or order of a task that was added to this plan. Kind and side only while nothing was done
    with it.

    Raises:
        TaskMovedOn: somebody changed it since `expect`.
        InUse, NotFound, FieldError
    """
    with changing(plan_id, by) as plan:
        task = _own(plan, task_ref, by)
        if expect is not None and task.version != expect:
            raise TaskMovedOn
        asked = _outlined(plan, details, known=texts.of_task(task, texts.outline_of(plan)))
        if (asked.kind, asked.side) != (task.kind, task.side) and not _untouched(task):
            raise InUse
        values: dict[str, Any] = {
            "own": texts.to_own(asked),
            "due_on": details.due_on,
            "due_fixed": details.due_on is not None,
        }
        there = tasks_of(plan)
        if asked.phase != task.phase:
            values["position"] = _place(there, asked.phase, texts.outline_of(plan))
        put_task(plan, task, "plan_task.edited", by, **values, **shape(asked))
        _wait_for(plan, task, details.after, [other for other in there if other.id != task.id])
        record(task, "plan_task.order_set", by, {"_after": (None, list(details.after))}, plan=plan)
    return task


def remove_own(plan_id: int, task_ref: str, by: Hand) -> None:
    """Takes an added task away: it is gone, its number is not given again.

    Raises:
        InUse: something was done with it.
        NotFound
    """
    with changing(plan_id, by) as plan:
        task = _own(plan, task_ref, by)
        if not _untouched(task):
            raise InUse
        put_task(plan, task, "plan_task.removed", by, state=TaskState.GONE)


def copy_own(other: Plan, plan: Plan, by: Hand) -> None:
    """The tasks that were added to another plan, open, in a held one; what comes first among them comes first here."""
    own = [task for task in tasks_of(other) if task.code is None and task.state != TaskState.GONE]
    there, outline = tasks_of(plan), texts.outline_of(plan)
    number = max((task.number for task in there), default=0)
    made: dict[int, PlanTask] = {}
    for place, task in enumerate(own):
        asked = texts.of_task(task, outline)
        copied = new_task(plan, asked, number + place + 1, _place(there, asked.phase, outline), code=None)
        copied.own = dict(task.own)
        made[task.id] = copied
        there.append(copied)
    db.session.add_all(made.values())
    db.session.flush()
    for copied in made.values():
        record(copied, "plan_task.added", by, added(copied), plan=plan)
    ties = db.session.execute(
        sa.select(TaskBlocker.task_id, TaskBlocker.blocker_id).where(TaskBlocker.plan_id == other.id)
    )
    rows = [
        {"task_id": made[row.task_id].id, "blocker_id": made[row.blocker_id].id, "plan_id": plan.id}
        for row in ties
        if row.task_id in made and row.blocker_id in made
    ]
    if rows:
        db.session.execute(sa.insert(TaskBlocker), rows)


def _own(plan: Plan, ref: str, by: Hand) -> PlanTask:
    task = task_in(plan, ref, by)
    if by.person is None:
        raise NotYours
    if task.code is not None or task.state == TaskState.GONE:
        raise NotFound
    return task


def _untouched(task: PlanTask) -> bool:
    return task.state == TaskState.OPEN and not (task.answer or task.comment_count or task.file_count)


def _outlined(plan: Plan, details: OwnTask, known: Task | None = None) -> Task:
    """As an outline says it."""
    if details.kind not in OWN_KINDS:
        raise FieldError("kind", _l("Choose what is asked for"))
    if details.phase not in texts.outline_of(plan).phase:
        raise FieldError("phase", _l("Choose a phase of the plan"))
    if not 0 <= details.workdays <= 250:
        raise FieldError("workdays", _l("Enter a number of working days from 0 to 250"))
    locale = details.locale if details.locale in LOCALES else "en"

    def said(name: str, typed: str, limit: int, before: Mapping[str, str] | None) -> dict[str, str]:
        try:
            text = identifiers.clean_text(typed)
        except Invalid as error:
            raise FieldError(name, error.message) from error
        if len(text) > limit:
            raise FieldError(name, _l("This text is too long."))
        kept = {**(before or {}), locale: text}
        # English is what others read who have no words of their own.
        return {code: words for code, words in {"en": text, **kept}.items() if words}

    title = said("title", " ".join(details.title.split()), 200, known.title if known else None)
    if locale not in title:
        raise FieldError("title", _l("Enter what is to be done"))
    return _TASK.validate_python(
        {
            "code": "own",
            "phase": details.phase,
            "kind": details.kind,
            "side": details.side,
            "title": title,
            "hint": said("hint", details.hint, 500, known.hint if known else None) or None,
            "instruction": said("instruction", details.instruction, 20_000, known.instruction if known else None)
            or None,
            "workdays": details.workdays,
            "required": details.required,
            "several": True,
        }
    )


def _place(there: list[PlanTask], phase: str, outline: Any) -> int:
    """After the last task of the phase, or of the phases before it."""
    order = {code: place for place, code in enumerate(outline.phase)}
    until = order.get(phase, len(order))
    return max((task.position for task in there if order.get(task.phase, len(order)) <= until), default=0) + 1


def _wait_for(plan: Plan, task: PlanTask, refs: tuple[str, ...], there: list[PlanTask]) -> None:
    """Sets what comes before a task.

    Raises:
        FieldError: one of them is none of the plan's, or waits itself for this one.
    """
    known = {other.ref: other.id for other in there}
    if not set(refs) <= known.keys():
        raise FieldError("after", _l("Choose tasks of this plan"))
    wanted = {known[ref] for ref in refs}
    db.session.execute(sa.delete(TaskBlocker).where(TaskBlocker.task_id == task.id))
    ties: dict[int, set[int]] = {}
    for row in db.session.execute(
        sa.select(TaskBlocker.task_id, TaskBlocker.blocker_id).where(TaskBlocker.plan_id == plan.id)
    ):
        ties.setdefault(row.task_id, set()).add(row.blocker_id)
    before, reached = list(wanted), set(wanted)
    while before:
        for blocker in ties.get(before.pop(), set()) - reached:
            reached.add(blocker)
            before.append(blocker)
    if task.id in reached:
        raise FieldError("after", _l("One of these tasks waits for this one already."))
    if wanted:
        rows = [{"task_id": task.id, "blocker_id": blocker, "plan_id": plan.id} for blocker in sorted(wanted)]
        db.session.execute(sa.insert(TaskBlocker), rows)


# --- a colleague's work -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HandedOver:
    plans: int
    tasks: int
    cases: int


def hand_over_work(from_id: int, to: Person, by: Person) -> HandedOver:
    """All running plans, cases and open tasks of one of the staff to another, plan by plan, each in a write of its own:
    done again after an interruption, it goes on. The other one is mailed how much it is.

    Raises:
        NotOfTheVendor, NotFound
    """
    colleague = db.session.get(Person, from_id)
    if colleague is None or from_id == to.id:
        raise NotFound
    _may_work(to)
    hand, plans, tasks, moved = Hand(person=by), 0, 0, 0
    for plan_id in plans_of(from_id):
        with write():
            try:
                with held(plan_id, hand) as plan:
                    changes = put(plan, manager_id=to.id) if plan.manager_id == from_id else {}
                    if changes:
                        plans += 1
                        record(plan, "plan.manager_set", hand, changes, plan=plan)
                    mine = sa.select(PlanTask).where(
                        PlanTask.plan_id == plan.id, PlanTask.person_id == from_id, PlanTask.state.in_(_UNDONE)
                    )
                    for task in db.session.scalars(mine.execution_options(populate_existing=True)).all():
                        tasks += put_task(plan, task, "plan_task.assigned", hand, person_id=to.id)
                    moved += cases.hand_over(plan, from_id, to, hand)
            except PlanArchived:
                continue  # meanwhile
    if plans or tasks or moved:
        with write():
            lock(Person, to.id)
            mail = WorkHandedOver(colleague.name, by.name, plans, tasks, moved)
            post(mail, Recipient.of(to), conversation=f"person:{to.ref}")
    return HandedOver(plans, tasks, moved)


_UNDONE = (*UNFINISHED, TaskState.GONE)


def plans_of(person_id: int) -> list[int]:
    """Ids of the plans in which somebody has work: as their account manager, with a case, or by name in a task that is
    not done."""
    named = sa.select(PlanTask.plan_id).where(PlanTask.person_id == person_id, PlanTask.state.in_(_UNDONE))
    worked = sa.select(PlanCase.plan_id).where(PlanCase.worker_id == person_id, PlanCase.state != CaseState.COMPLETED)
    query = sa.select(Plan.id).where(
        Plan.state != PlanState.ARCHIVED,
        sa.or_(Plan.manager_id == person_id, Plan.id.in_(named), Plan.id.in_(worked)),
    )
    return list(db.session.scalars(query.order_by(Plan.id)))


def _may_work(person: Person | None) -> None:
    if person is not None and not policy.allows(person, P.PLANS_WORK):
        raise NotOfTheVendor
