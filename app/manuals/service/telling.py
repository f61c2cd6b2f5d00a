"""Who is told about an intake: staff when it is handed in; the software partner's people when sections come back, when
all is accepted, and when the pages made of it are out. Inside a `write()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole, StaffRole
from app.core.db import db
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.manuals.emails_intake import IntakeAccepted, IntakeHandedIn, IntakeReturned, PagesPublished
from app.manuals.models import Intake, Section
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Membership, Organisation, Person


def handed_in(
    intake: Intake, product: Product, partner: SoftwarePartner, codes: Sequence[str], again: bool, by: Person
) -> None:
    """`codes`: the sections as `code:language`."""
    company = db.session.get_one(Organisation, partner.organisation_id).name
    for to in _editors(partner):
        post(
            IntakeHandedIn(intake.ref, company, product.name, list(codes), again, by.name),
            to,
            conversation=f"intake:{intake.ref}",
        )


def returned(intake: Intake, product: Product, sections: Iterable[Section], by: Person) -> None:
    """Whoever handed it in and whoever wrote in the sections, as far as they still work there; else the owners."""
    found = list(sections)
    mail = IntakeReturned(
        product.ref,
        product.name,
        [f"{section.code}:{section.locale}" for section in found],
        [section.comment for section in found],
        by.name,
    )
    for person in _suppliers(product, {intake.submitted_by_id, *(section.saved_by_id for section in found)}):
        post(mail, _to(person), conversation=f"intake:{intake.ref}")


def accepted(intake: Intake, product: Product, by: Person) -> None:
    """Whoever handed it in, if they still work there; else the owners."""
    for person in _suppliers(product, {intake.submitted_by_id}):
        post(IntakeAccepted(product.ref, product.name, by.name), _to(person), conversation=f"intake:{intake.ref}")


def published(integration: Integration) -> None:
    """All of the software partner's people: they know the customers for a pilot."""
    product = db.session.get_one(Product, integration.product_id)
    package = db.session.get_one(Package, integration.package_id)
    mail = PagesPublished(product.ref, product.name, package.name, integration.slug)
    for member in _members(product):
        post(mail, _to(member.person), conversation=f"integration:{integration.ref}")


def _suppliers(product: Product, ids: set[int | None]) -> list[Person]:
    """Of these people whoever still works for the software partner; else its owners."""
    members = _members(product)
    those = [member.person for member in members if member.person_id in ids]
    return those or [member.person for member in members if member.role == MemberRole.OWNER]


def _members(product: Product) -> list[Membership]:
    partner = db.session.get_one(SoftwarePartner, product.partner_id)
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    return [member for member in people.members_of(organisation) if member.person.is_active]


def _editors(partner: SoftwarePartner) -> list[Recipient]:
    """The content editors; while there are none, whoever looks after the partner, if they may judge it, and else the
    administrators."""
    staff = [person for person in people.staff() if person.is_active]
    for those in (
        [person for person in staff if StaffRole.CONTENT_EDITOR in person.staff_roles],
        [person for person in staff if person.id == partner.manager_id and policy.allows(person, P.MANUALS_EDIT)],
        [person for person in staff if policy.allows(person, P.MANUALS_EDIT)],
    ):
        if those:
            return [_to(person) for person in those]
    return []


def _to(person: Person) -> Recipient:
    return Recipient.of(person)


__all__ = ["accepted", "handed_in", "published", "returned"]
