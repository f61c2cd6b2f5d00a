"""Who is mailed at once when something happens to a task; the rest waits for the digest (I10)."""

from __future__ import annotations

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.core.i18n import in_locale
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Person
from app.plans import texts
from app.plans.emails import TaskJudged, TaskNews, TaskWords
from app.plans.models import Plan, PlanContact, PlanTask, TaskHandover
from app.plans.party import Hand
from app.playbooks.outline import Side


def stuck(plan: Plan, task: PlanTask, by: Hand) -> None:
    """The account manager reads at once what hinders the customer."""
    if by.contact is not None:
        _to_staff(plan, task, "stuck", task.stuck_why, by, None)


def judged(
    plan: Plan, task: PlanTask, by: Hand, *, approved: bool, why: str = "", handed_in: int | None = None
) -> None:
    """Whoever handed it in reads that it was approved, or why it came back. `handed_in` is the contact who did."""
    if by.contact is not None:
        _to_staff(plan, task, "approved" if approved else "returned", why, by, task.person_id)
    elif task.side == Side.CUSTOMER:
        contact = _contact(plan, handed_in or task.contact_id)
        path = _link(contact, task) if contact else None
        if contact and path:
            mail = TaskJudged(
                contact.ref, plan.name, _title(plan, task, contact.locale), task.ref, approved, why, by.name
            )
            post(mail, _recipient(contact), conversation=f"plan:{plan.ref}", secret_link=path)


def words(plan: Plan, task: PlanTask, body: str, by: Hand) -> None:
    """Urgent words reach the other side at once."""
    if by.contact is not None:
        _to_staff(plan, task, "words", body, by, task.person_id)
        return
    contact = _contact(plan, task.contact_id)
    path = _link(contact, task) if contact else None
    if contact and path:
        mail = TaskWords(contact.ref, plan.name, _title(plan, task, contact.locale), task.ref, body, by.name)
        post(mail, _recipient(contact), conversation=f"plan:{plan.ref}", secret_link=path)


def _to_staff(plan: Plan, task: PlanTask, about: str, said: str, by: Hand, person_id: int | None) -> None:
    person = db.session.get_one(Person, person_id or plan.manager_id)
    mail = TaskNews(plan.ref, plan.name, _title(plan, task, person.locale), task.ref, about, said, by.name)
    to = Recipient(person.email, person.name, person.locale, person.id)
    post(mail, to, conversation=f"plan:{plan.ref}")


def _contact(plan: Plan, contact_id: int | None) -> PlanContact | None:
    """Who of the customer's is written to: the named one while they take part, else the main contact."""
    taking_part = sa.select(PlanContact).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
    if contact_id is not None:
        named = db.session.scalar(taking_part.where(PlanContact.id == contact_id))
        if named is not None:
            return named
    main_first = sa.case((PlanContact.role == "main", 0), else_=1)
    return db.session.scalar(taking_part.where(PlanContact.enters).order_by(main_first, PlanContact.id).limit(1))


def _link(contact: PlanContact, task: PlanTask) -> str | None:
    """A link for them: to the plan, opening at the task, or to the task alone if that is all they have."""
    if contact.enters:
        return links.mint(Purpose.PLAN, contact.id, {"task": task.ref})[1]
    handover_id = db.session.scalar(
        sa.select(TaskHandover.id).where(
            TaskHandover.task_id == task.id, TaskHandover.contact_id == contact.id, TaskHandover.ended_at.is_(None)
        )
    )
    return links.mint(Purpose.PLAN_TASK, handover_id)[1] if handover_id else None


def _recipient(contact: PlanContact) -> Recipient:
    return Recipient(contact.email, contact.name, contact.locale)


def _title(plan: Plan, task: PlanTask, locale: str) -> str:
    with in_locale(locale):
        return texts.title_of(task, texts.outline_of(plan))
