"""The seven steps of a software partner: its plan is begun, and what happens elsewhere completes its tasks (S1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.access.roles import StaffRole
from app.core.db import db, lock, write
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.history.service import record
from app.integrations.models import PartnerState, SoftwarePartner
from app.people.models import HeldRole, Membership, Organisation, Person
from app.plans import answers, texts
from app.plans.models import Plan, PlanContact, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import finishing, people, starting
from app.plans.service.changing import held
from app.plans.service.people import NewContact
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import ContactRole, Kind
from app.settings import processes

PLAYBOOK = "software-partner"

_LOOKING_AFTER = (StaffRole.COORDINATOR, StaffRole.ACCOUNT_MANAGER, StaffRole.TEAM_LEADER, StaffRole.ADMINISTRATOR)
"""Who looks after a new software partner's plan: the first role that anybody holds."""


class NoSteps(Conflict):
    """There is nothing to begin a plan with."""

    def __init__(self) -> None:
        super().__init__(
            _l("The playbook of the seven steps is not published, or nobody of the staff could look after the plan.")
        )


class HasSteps(Conflict):
    """It has a plan already."""

    def __init__(self) -> None:
        super().__init__(_l("This software partner has its plan already."))


def begin(partner: SoftwarePartner, by: Person) -> Plan | None:
    """The plan of a new software partner, inside a `write()`; None while the playbook is not published. Nobody is
    mailed: its people open it from their panel."""
    manager_id = partner.manager_id or _caretaker()
    if manager_id is None or not is_published(PLAYBOOK) or not processes.runs("app.plans"):
        return None
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    plan = starting.begin(
        starting.StartDetails(
            playbook=PLAYBOOK,
            manager_id=manager_id,
            organisation_id=organisation.id,
            contacts=_contacts(organisation),
            locale=partner.locale,
            country=partner.country,
            invite=False,
            key=f"software-partner:{partner.ref}",
        ),
        by,
    )
    partner.plan_id = plan.id
    record(partner, "software_partner.plan_started", by, {"plan": (None, plan.ref)})
    return plan


def start(partner_id: int, by: Person) -> Plan:
    """What `begin` could not do when the company registered.

    Raises:
        HasSteps, NoSteps
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        if partner.plan_id is not None:
            raise HasSteps
        plan = begin(partner, by)
        if plan is None:
            raise NoSteps
        partner.version += 1
    return plan


def done(partner: SoftwarePartner, code: str, by: Person, answer: Mapping[str, Any] | None = None) -> bool:
    """What fulfils the task of this code has happened: it is done, in the name of whoever did that; inside a `write()`.
    False when there is no plan, no such task, or it is done, and when the answer is not one that the task takes.

    The plan is held from here on, so call it after what belongs to the plan and before sessions of trainings.
    """
    plan = db.session.get(Plan, partner.plan_id) if partner.plan_id is not None else None
    if plan is None or plan.state == PlanState.ARCHIVED:
        return False
    hand = Hand(person=by)
    with held(plan.id, hand) as plan:
        task = db.session.scalar(
            sa.select(PlanTask)
            .where(PlanTask.plan_id == plan.id, PlanTask.code == code, PlanTask.state == TaskState.OPEN)
            .execution_options(populate_existing=True)
        )
        if task is None:
            return False
        asked = texts.of_task(task, texts.outline_of(plan))
        values: dict[str, Any] = {}
        if answer is not None and asked.kind != Kind.TICK:
            if answers.problems(asked, answer, (), plan.country):
                return False
            values["answer"] = answers.cleaned(asked, answer, (), plan.country)
        elif answers.unmet(asked, task.answer):
            return False
        return finishing.finish(plan, task, hand, "plan_task.done", approved=True, **values)


def take_part(partner: SoftwarePartner, person: Person) -> PlanContact:
    """One of the partner's people takes part in its plan, inside a `write()`; whoever does already stays as they are.

    Raises:
        NotFound: it has no plan, or the person does not work for it.
    """
    works_there = sa.select(Membership.id).where(
        Membership.organisation_id == partner.organisation_id,
        Membership.person_id == person.id,
        Membership.ended_at.is_(None),
    )
    if partner.plan_id is None or db.session.scalar(works_there) is None:
        raise NotFound
    hand = Hand(person=person)
    with held(partner.plan_id, hand, archived_too=True) as plan:
        return people.put_contact(
            plan,
            NewContact(
                person.name, person.email, person.phone or "", person.locale, ContactRole.COLLEAGUE, enters=True
            ),
            hand,
            invite=False,
        )


def leave(partner: SoftwarePartner, person: Person, by: Person | None) -> None:
    """Somebody works for the partner no longer, so takes part in its plan no longer; inside a `write()`."""
    if partner.plan_id is None:
        return
    hand = Hand(person=by) if by is not None else None
    with held(partner.plan_id, hand, archived_too=True) as plan:
        contact = db.session.scalar(
            sa.select(PlanContact).where(
                PlanContact.plan_id == plan.id,
                PlanContact.email == person.email.lower(),
                PlanContact.ended_at.is_(None),
            )
        )
        if contact is not None:
            people.put_out(plan, contact, hand)


def _contacts(organisation: Organisation) -> tuple[NewContact, ...]:
    found = people.of_party(organisation)
    return tuple(
        NewContact(
            one.name, one.email, one.phone, one.locale, ContactRole.MAIN if place == 0 else one.role, enters=True
        )
        for place, one in enumerate(found)
    )


def is_published(playbook: str) -> bool:
    """Whether a plan can be started from the playbook of this code."""
    query = (
        sa.select(PlaybookVersion.id)
        .join(Playbook, Playbook.id == PlaybookVersion.playbook_id)
        .where(Playbook.code == playbook, Playbook.archived_at.is_(None), PlaybookVersion.published_at.is_not(None))
    )
    return db.session.scalar(query.limit(1)) is not None


def _caretaker() -> int | None:
    """Of the first role that anybody holds, whoever looks after the fewest active software partners."""
    busy = (
        sa.select(sa.func.count())
        .select_from(SoftwarePartner)
        .join(Plan, Plan.id == SoftwarePartner.plan_id)
        .where(SoftwarePartner.state == PartnerState.ACTIVE, Plan.manager_id == Person.id)
        .correlate(Person)
        .scalar_subquery()
    )
    order = sa.case(*((HeldRole.role == role, place) for place, role in enumerate(_LOOKING_AFTER)))
    return db.session.scalar(
        sa.select(Person.id)
        .join(HeldRole, HeldRole.person_id == Person.id)
        .where(HeldRole.role.in_(_LOOKING_AFTER), Person.closed_at.is_(None))
        .order_by(order, busy, Person.id)
        .limit(1)
    )


__all__ = ["PLAYBOOK", "HasSteps", "NoSteps", "begin", "done", "is_published", "leave", "start", "take_part"]
