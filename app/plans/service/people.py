"""The customer's people of a plan: asked once, used wherever somebody is named (I4)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, MovedOn, NotFound
from app.core.i18n import LOCALES, _l
from app.core.identifiers import Invalid
from app.customers.models import Account
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people.models import Organisation, Person
from app.people.queries import people_of
from app.plans import emails
from app.plans.models import Plan, PlanContact
from app.plans.party import Hand
from app.plans.service import closing, trainings
from app.plans.service.changing import Changes, changing, put, record
from app.playbooks.outline import ContactRole

ROLE_NAMES = {
    ContactRole.MAIN: _l("Main contact"),
    ContactRole.COLLEAGUE: _l("Colleague"),
    ContactRole.ACCOUNTANT: _l("Accountant"),
    ContactRole.BANK: _l("Bank contact"),
    ContactRole.OTHER: _l("Somebody else"),
}


@dataclass(frozen=True)
class NewContact:
    """Somebody as they are typed."""

    name: str
    email: str
    phone: str = ""
    locale: str = ""
    """The plan's when empty."""
    role: str = ContactRole.COLLEAGUE
    enters: bool = False
    """Gets a personal link to the whole plan."""


class LastOneIn(Conflict):
    """Somebody on the customer's side must be able to enter the plan."""

    def __init__(self) -> None:
        super().__init__(_l("This is the only person who can enter the plan. Let somebody else enter first."))


class ContactMovedOn(MovedOn):
    """Somebody else changed this person's details meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this a moment ago. What you typed is still here."))


def add(plan_id: int, details: NewContact, by: Hand, *, invite: bool = True) -> PlanContact:
    """Somebody more on the customer's side. Whoever has this address there already is kept: what is said now is added
    to what is known, so that people are asked once.

    Raises:
        FieldError: the name, address or phone number cannot be.
    """
    with changing(plan_id, by) as plan:
        return put_contact(plan, details, by, invite=invite)


def put_contact(plan: Plan, details: NewContact, by: Hand | None, *, invite: bool = True) -> PlanContact:
    """What `add` does on a held plan."""
    clean = _clean(plan, details)
    held = db.session.scalar(
        sa.select(PlanContact)
        .where(PlanContact.plan_id == plan.id, PlanContact.email == clean["email"])
        .execution_options(populate_existing=True)
    )
    if held is None:
        contact = PlanContact(plan_id=plan.id, added_at=now(), reminders=True, **clean)
        if contact.role == ContactRole.MAIN:
            _only_main(plan, contact, by)
        db.session.add(contact)
        db.session.flush()
        record(contact, "plan_contact.added", by, {name: (None, value) for name, value in clean.items()}, plan=plan)
    else:
        contact = held
        more = {"ended_at": None, "enters": contact.enters or clean["enters"], "phone": contact.phone or clean["phone"]}
        if contact.ended_at is not None:
            more |= {name: clean[name] for name in ("name", "locale", "role")}
        changes = _put(contact, **more)
        if changes:
            db.session.flush()
            record(contact, "plan_contact.edited", by, changes, plan=plan)
        if "enters" not in changes and "ended_at" not in changes:
            return contact
    if contact.enters and invite:
        _send_link(plan, contact)
    return contact


def put_first(plan: Plan, contacts: Iterable[NewContact], by: Hand, *, invite: bool) -> None:
    """The people with whom a plan is started: the first is the main contact unless another is, and enters."""
    people = list(contacts)
    if people and not any(person.role == ContactRole.MAIN for person in people):
        people[0] = replace(people[0], role=ContactRole.MAIN, enters=True)
    seen: set[str] = set()
    for place, person in enumerate(people):
        email = _clean(plan, person)["email"]
        if email in seen:
            raise FieldError(f"contacts-{place}-email", _l("This address stands in this list twice."))
        seen.add(email)
        put_contact(plan, person, by, invite=invite)


def of_party(party: Account | Organisation) -> tuple[NewContact, ...]:
    """Who is asked in when nobody is named: the account's contact person, or the organisation's owners."""
    if isinstance(party, Account):
        if not party.email:
            return ()
        return (
            NewContact(
                party.contact_name or party.company_name,
                party.email,
                party.phone or "",
                party.locale,
                ContactRole.MAIN,
                enters=True,
            ),
        )
    return tuple(
        NewContact(person.name, person.email, person.phone or "", person.locale, ContactRole.COLLEAGUE, enters=True)
        for person in people_of(party.id)
    )


def known_of(account_id: int) -> list[PlanContact]:
    """People of the account's former plans, the latest first, each address once: asked once, used again."""
    found: dict[str, PlanContact] = {}
    for contact in db.session.scalars(
        sa.select(PlanContact)
        .join(Plan, Plan.id == PlanContact.plan_id)
        .where(Plan.account_id == account_id, PlanContact.ended_at.is_(None))
        .order_by(PlanContact.id.desc())
        .limit(200)
    ):
        found.setdefault(contact.email, contact)
    return list(found.values())


def edit(plan_id: int, contact_ref: str, details: NewContact, by: Hand, *, expect: int | None = None) -> PlanContact:
    """Other details of somebody. Another address closes their links: whoever reads it now gets a new one.

    Raises:
        NotFound: the plan has no such contact.
        ContactMovedOn: their version is no longer `expect`.
        LastOneIn: nobody could enter any more.
        FieldError: the details cannot be, or somebody else of the plan has this address.
    """
    with changing(plan_id, by) as plan:
        contact = contact_in(plan, contact_ref)
        clean = _clean(plan, details)
        other = sa.select(PlanContact.id).where(
            PlanContact.plan_id == plan.id, PlanContact.email == clean["email"], PlanContact.id != contact.id
        )
        if db.session.scalar(other) is not None:
            raise FieldError("email", _l("Somebody else of this plan has this address already."))
        if contact.enters and not clean["enters"]:
            _refuse_last(plan, contact)
        if clean["role"] == ContactRole.MAIN:
            _only_main(plan, contact, by)
        version = contact.version
        changes = _put(contact, **clean)
        if not changes:
            return contact
        if expect not in (None, version):
            raise ContactMovedOn
        db.session.flush()
        record(contact, "plan_contact.edited", by, changes, plan=plan)
        if "email" in changes:
            closing.end_of_contact(contact.id)
            trainings.follow(plan, by)
        elif "enters" in changes and not contact.enters:
            links.revoke_all(Purpose.PLAN, contact.id)
        if contact.enters and ("email" in changes or "enters" in changes):
            _send_link(plan, contact)
    return contact


def end(plan_id: int, contact_ref: str, by: Hand) -> PlanContact:
    """Somebody no longer takes part: links close, mails stop; what they did stays.

    Raises:
        NotFound, LastOneIn
    """
    with changing(plan_id, by) as plan:
        contact = contact_in(plan, contact_ref)
        if contact.enters:
            _refuse_last(plan, contact)
        put_out(plan, contact, by)
    return contact


def put_out(plan: Plan, contact: PlanContact, by: Hand | None) -> None:
    """What `end` does on a held plan, whoever else may enter it."""
    changes = _put(contact, ended_at=now(), enters=False)
    db.session.flush()
    record(contact, "plan_contact.ended", by, changes, plan=plan)
    closing.end_of_contact(contact.id)
    trainings.follow(plan, by)


def invite(plan_id: int, contact_ref: str, by: Hand) -> PlanContact:
    """Mails somebody a new personal link to the plan; earlier ones of theirs close.

    Raises:
        NotFound
    """
    with changing(plan_id, by) as plan:
        contact = contact_in(plan, contact_ref)
        changes = _put(contact, enters=True)
        db.session.flush()
        record(contact, "plan_contact.invited", by, changes, plan=plan)
        _send_link(plan, contact)
    return contact


def contact_in(plan: Plan, ref: str) -> PlanContact:
    """Somebody who takes part in a held plan. Raises NotFound."""
    contact = db.session.scalar(
        sa.select(PlanContact)
        .where(PlanContact.plan_id == plan.id, PlanContact.ref == ref, PlanContact.ended_at.is_(None))
        .execution_options(populate_existing=True)
    )
    if contact is None:
        raise NotFound
    return contact


def recipient(contact: PlanContact) -> Recipient:
    return Recipient(contact.email, contact.name, contact.locale)


def conversation(plan: Plan) -> str:
    return f"plan:{plan.ref}"


def _send_link(plan: Plan, contact: PlanContact) -> None:
    links.revoke_all(Purpose.PLAN, contact.id)
    _link, path = links.mint(Purpose.PLAN, contact.id)
    manager = db.session.get_one(Person, plan.manager_id)
    mail = emails.PlanInvitation(contact.ref, contact.name, plan.name, manager.name)
    post(mail, recipient(contact), conversation=conversation(plan), secret_link=path, reply_to=manager.email)


def _put(contact: PlanContact, **values: Any) -> Changes:
    """Sets what differs; whoever has a form of them open finds out."""
    changes = put(contact, **values)
    if changes:
        contact.version += 1
    return changes


def _clean(plan: Plan, details: NewContact) -> dict[str, Any]:
    if details.role not in ROLE_NAMES:
        raise FieldError("role", _l("Choose what this person does"))
    try:
        name = identifiers.clean_line(details.name)
    except Invalid as error:
        raise FieldError("name", error.message) from error
    if not name:
        raise FieldError("name", _l("Enter the name"))
    if len(name) > 200:
        raise FieldError("name", _l("This name is too long."))
    try:
        email = identifiers.normalise_email(details.email).lower()
    except Invalid as error:
        raise FieldError("email", error.message) from error
    try:
        phone = identifiers.normalise_phone(details.phone, plan.country) if details.phone.strip() else None
    except Invalid as error:
        raise FieldError("phone", error.message) from error
    locale = details.locale if details.locale in LOCALES else plan.locale
    return {
        "name": name,
        "email": email,
        "phone": phone,
        "locale": locale,
        "role": str(details.role),
        "enters": details.enters,
    }


def _only_main(plan: Plan, contact: PlanContact, by: Hand | None) -> None:
    """One main contact: whoever was it before is a colleague now."""
    others = sa.select(PlanContact).where(PlanContact.plan_id == plan.id, PlanContact.role == ContactRole.MAIN)
    for other in db.session.scalars(others.execution_options(populate_existing=True)):
        if other is not contact:
            changes = _put(other, role=ContactRole.COLLEAGUE)
            db.session.flush()
            record(other, "plan_contact.edited", by, changes, plan=plan)


def _refuse_last(plan: Plan, contact: PlanContact) -> None:
    entering = sa.select(PlanContact.id).where(
        PlanContact.plan_id == plan.id,
        PlanContact.enters,
        PlanContact.ended_at.is_(None),
        PlanContact.id != contact.id,
    )
    if db.session.scalar(entering.limit(1)) is None:
        raise LastOneIn
