"""Who is mailed at once when something happens to a task; the rest waits for the digest (I10)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db
from app.core.i18n import _l, in_locale
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Person
from app.plans import texts
from app.plans.emails import TaskJudged, TaskNews, TaskWords
from app.plans.emails_documents import DocumentAccepted, DocumentAcceptedCopy, DocumentPrepared
from app.plans.models import Plan, PlanContact, PlanDocument, PlanTask, TaskAcceptance, TaskHandover
from app.plans.party import Hand
from app.playbooks.outline import ContactRole, Side


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


def prepared(plan: Plan, task: PlanTask, made: PlanDocument, title: str, by: Hand) -> None:
    """The customer reads that a document is there to be accepted, or that a newer one took its place."""
    contact = _contact(plan, task.contact_id)
    path = _link(contact, task) if contact else None
    if contact and path:
        mail = DocumentPrepared(contact.ref, plan.name, title, made.ref, made.number, task.ref, by.name)
        post(mail, _recipient(contact), conversation=f"plan:{plan.ref}", secret_link=path)


def accepted(plan: Plan, task: PlanTask, made: PlanDocument, kept: TaskAcceptance) -> None:
    """A copy for whoever accepted, and one for the account manager."""
    contact = _contact(plan, kept.contact_id)
    path = _link(contact, task) if contact else None

    told: dict[str, Any] = {
        "plan": plan.name,
        "task_ref": task.ref,
        "title": str(made.content["title"]),
        "number": made.number,
        "document_ref": made.ref,
        "file": made.upload.ref,
        "accepted_by": kept.name,
        "accepted_at": kept.accepted_at,
        "address": kept.address,
        "user_agent": kept.user_agent,
        "language": kept.locale,
        "sha256": kept.sha256,
        "evidence": kept.ref,
    }
    if contact and path:
        theirs = DocumentAccepted(contact_ref=contact.ref, **told)
        post(theirs, _recipient(contact), conversation=f"plan:{plan.ref}", secret_link=path)
    manager = db.session.get_one(Person, plan.manager_id)
    to = Recipient.of(manager)
    post(DocumentAcceptedCopy(plan_ref=plan.ref, **told), to, conversation=f"plan:{plan.ref}")


def withdrawn(plan: Plan, task: PlanTask, by: Hand) -> None:
    """The other side reads at once that an acceptance no longer stands."""
    said = _l(
        "The acceptance of this document was withdrawn: the task is open again. What was accepted stays on record."
    )
    if by.contact is not None:
        manager = db.session.get_one(Person, plan.manager_id)
        with in_locale(manager.locale):
            body = str(said)
        _to_staff(plan, task, "words", body, by, None)
        return
    contact = _contact(plan, task.contact_id)
    path = _link(contact, task) if contact else None
    if contact and path:
        with in_locale(contact.locale):
            body = str(said)
        mail = TaskWords(contact.ref, plan.name, _title(plan, task, contact.locale), task.ref, body, by.name)
        post(mail, _recipient(contact), conversation=f"plan:{plan.ref}", secret_link=path)


def _to_staff(plan: Plan, task: PlanTask, about: str, said: str, by: Hand, person_id: int | None) -> None:
    person = db.session.get_one(Person, person_id or plan.manager_id)
    mail = TaskNews(plan.ref, plan.name, _title(plan, task, person.locale), about, said, by.name)
    to = Recipient.of(person)
    post(mail, to, conversation=f"plan:{plan.ref}")


def _contact(plan: Plan, contact_id: int | None) -> PlanContact | None:
    """Who of the customer's is written to: the named one while they take part, else the main contact."""
    taking_part = sa.select(PlanContact).where(PlanContact.plan_id == plan.id, PlanContact.ended_at.is_(None))
    if contact_id is not None:
        named = db.session.scalar(taking_part.where(PlanContact.id == contact_id))
        if named is not None:
            return named
    main_first = sa.case((PlanContact.role == ContactRole.MAIN, 0), else_=1)
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
