"""Handing one task to somebody else on the customer's side, by a link for that task alone (I5)."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l, in_locale
from app.core.identifiers import Invalid
from app.outbox.service import post
from app.people.models import Person
from app.plans import texts
from app.plans.emails import TaskHandedOver
from app.plans.models import UNFINISHED, Plan, PlanContact, PlanTask, TaskHandover
from app.plans.party import Hand
from app.plans.service.changing import changing, put_task, record, task_in
from app.plans.service.finishing import NotYours
from app.plans.service.people import NewContact, contact_in, conversation, put_contact, recipient
from app.playbooks.outline import Side

SENT_TWICE_WITHIN = timedelta(minutes=1)
"""The same words to the same person within so long are one form, sent twice."""


class NothingToHandOver(Conflict):
    """The task is not open."""

    def __init__(self) -> None:
        super().__init__(_l("This task is not open any more: there is nothing to hand over."))


def hand_over(plan_id: int, task_ref: str, to: NewContact | str, note: str, by: Hand) -> TaskHandover:
    """Gives one of the customer's tasks to somebody: named by the reference of one of the plan's people, or typed (and
    then known to the plan, without entering it). They are mailed a link to the task alone. Given to the same person
    again, the earlier link closes and a new one is mailed; a form that was sent twice is one mail.

    Raises:
        FieldError: the person's details or the note cannot be.
        NothingToHandOver, NotYours, NotFound
    """
    try:
        note = identifiers.clean_text(note)[:2000]
    except Invalid as error:
        raise FieldError("note", error.message) from error
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task) or task.side != Side.CUSTOMER or by.only_task is not None:
            raise NotYours
        if task.state not in UNFINISHED:
            raise NothingToHandOver
        contact = contact_in(plan, to) if isinstance(to, str) else put_contact(plan, to, by, invite=False)
        live = _live(task, contact)
        twice = next((given for given in live if _is_the_same(given, note, by)), None)
        if twice is not None and task.contact_id == contact.id:
            return twice
        _end(live)
        given = TaskHandover(
            task_id=task.id,
            contact_id=contact.id,
            note=note,
            by_id=by.person.id if by.person else None,
            by_contact_id=by.contact.id if by.contact else None,
            created_at=now(),
        )
        db.session.add(given)
        db.session.flush()
        put_task(plan, task, "plan_task.assigned", by, contact_id=contact.id)
        record(task, "plan_task.handed_over", by, {"_to": (None, contact.name)}, plan=plan)
        _mail(plan, task, contact, given, by)
    return given


def take_back(plan_id: int, handover_ref: str, by: Hand) -> TaskHandover:
    """The link to the task closes; whoever had it no longer does it.

    Raises:
        NotYours, NotFound
    """
    with changing(plan_id, by) as plan:
        given = db.session.scalar(
            sa.select(TaskHandover)
            .join(PlanTask)
            .where(TaskHandover.ref == handover_ref, PlanTask.plan_id == plan.id)
            .options(sa.orm.joinedload(TaskHandover.contact))
            .execution_options(populate_existing=True)
        )
        if given is None or by.only_task is not None:
            raise NotFound
        if given.ended_at is not None:
            return given
        task = task_in(plan, db.session.get_one(PlanTask, given.task_id).ref, by)
        if not by.may_do(task):
            raise NotYours
        _end([given])
        if task.contact_id == given.contact_id:
            put_task(plan, task, "plan_task.assigned", by, contact_id=None)
        db.session.flush()
        record(task, "plan_task.handover_ended", by, {"_to": (given.contact.name, None)}, plan=plan)
    return given


def _live(task: PlanTask, contact: PlanContact) -> list[TaskHandover]:
    query = sa.select(TaskHandover).where(
        TaskHandover.task_id == task.id, TaskHandover.contact_id == contact.id, TaskHandover.ended_at.is_(None)
    )
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def _is_the_same(given: TaskHandover, note: str, by: Hand) -> bool:
    return (
        given.note == note
        and given.by_id == (by.person.id if by.person else None)
        and given.by_contact_id == (by.contact.id if by.contact else None)
        and now() - given.created_at < SENT_TWICE_WITHIN
    )


def _end(handovers: list[TaskHandover]) -> None:
    for given in handovers:
        given.ended_at = now()
        links.revoke_all(Purpose.PLAN_TASK, given.id)


def _mail(plan: Plan, task: PlanTask, contact: PlanContact, given: TaskHandover, by: Hand) -> None:
    outline = texts.outline_of(plan)
    with in_locale(contact.locale):
        mail = TaskHandedOver(
            given.ref,
            by.name,
            plan.name,
            texts.title_of(task, outline),
            given.note,
            task.due_on,
            texts.instruction_of(task, outline),
        )
    _link, path = links.mint(Purpose.PLAN_TASK, given.id)
    answers_to = by.contact.email if by.contact else db.session.get_one(Person, plan.manager_id).email
    post(mail, recipient(contact), conversation=conversation(plan), secret_link=path, reply_to=answers_to)
