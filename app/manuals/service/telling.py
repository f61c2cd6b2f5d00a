"""Who is told about an intake: staff when it is handed in, the software partner's people when sections come back.
Inside a `write()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole, StaffRole
from app.core.db import db
from app.integrations.models import Product, SoftwarePartner
from app.manuals.emails_intake import IntakeHandedIn, IntakeReturned
from app.manuals.models import Intake, Section
from app.outbox.mail import Recipient
from app.outbox.service import post
from app.people import queries as people
from app.people.models import Organisation, Person


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
    partner = db.session.get_one(SoftwarePartner, product.partner_id)
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    members = people.members_of(organisation)
    wrote = {intake.submitted_by_id, *(section.saved_by_id for section in found)}
    those = [member.person for member in members if member.person_id in wrote and member.person.is_active]
    owners = [member.person for member in members if member.role == MemberRole.OWNER and member.person.is_active]
    mail = IntakeReturned(
        product.ref,
        product.name,
        [f"{section.code}:{section.locale}" for section in found],
        [section.comment for section in found],
        by.name,
    )
    for person in those or owners:
        post(mail, _to(person), conversation=f"intake:{intake.ref}")


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


__all__ = ["handed_in", "returned"]
