"""Who is mailed about the work together, inside the change's `write()`: once each, in their language."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sqlalchemy as sa

from app.access import policy
from app.access.permissions import P
from app.access.roles import MemberRole
from app.core.db import db
from app.integrations.models import SoftwarePartner
from app.outbox.mail import Mail, Recipient
from app.outbox.service import Letter, post_together
from app.people.models import Membership, Organisation, Person
from app.people.queries import members_of, with_standing


def owners(partner: SoftwarePartner) -> list[Person]:
    """Who confirms for the software partner."""
    return [held.person for held in _members(partner) if held.role == MemberRole.OWNER]


def people(partner: SoftwarePartner) -> list[Person]:
    return [held.person for held in _members(partner)]


def _members(partner: SoftwarePartner) -> list[Membership]:
    return members_of(db.session.get_one(Organisation, partner.organisation_id))


def colleagues(partner: SoftwarePartner, *others: int | None) -> list[Person]:
    """Of the vendor's: who looks after the partner, and `others`, as far as they still may."""
    ids = {one for one in (partner.manager_id, *others) if one is not None}
    found = db.session.scalars(with_standing(sa.select(Person)).where(Person.id.in_(ids)).order_by(Person.id)).unique()
    return [one for one in found if policy.allows(one, P.COOPERATION_MANAGE)]


def tell(partner: SoftwarePartner, whom: Iterable[Person], mail: Mail | Callable[[Person], Mail]) -> None:
    letters: list[Letter] = [
        (
            mail if isinstance(mail, Mail) else mail(one),
            Recipient.of(one),
            f"cooperation:{partner.ref}",
        )
        for one in whom
        if one.closed_at is None
    ]
    post_together(letters)
