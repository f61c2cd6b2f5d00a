"""Becoming a person, and a member of an organisation."""

from __future__ import annotations

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.access.roles import MemberRole
from app.core.clock import now
from app.core.db import db, lock, lock_named
from app.core.errors import FieldError
from app.core.i18n import _l
from app.history import service as history
from app.people import queries
from app.people.models import Membership, Organisation, Person


class PersonClosed(FieldError):
    """The address belongs to somebody whose access was closed; only an administrator opens it again."""

    def __init__(self) -> None:
        super().__init__("email", _l("This address cannot be used here. Please contact us."))


def find_or_create(email: str, name: str, locale: str, phone: str | None = None) -> Person:
    """The person of an address, with roles and memberships loaded; a new one if there is none yet. Inside a `write()`.

    `email` is in its normal form. Somebody who is known keeps the name, language and phone of their own.

    Raises:
        PersonClosed: the address is that of a person whose access was closed.
    """
    email = email.lower()
    lock_named(f"person-email:{email}")
    found = queries.by_email(email)
    if found is not None:
        if found.closed_at is not None:
            raise PersonClosed
        return found
    person = Person(email=email, name=name, locale=locale, phone=phone, created_at=now(), held_roles=[], memberships=[])
    db.session.add(person)
    db.session.flush()
    history.record(person, "person.created", None)
    return person


def join(organisation: Organisation, person: Person, role: MemberRole, by: history.Actor | None = None) -> Membership:
    """Makes the person a member, inside a `write()`. Who is one already stays what they are."""
    organisation = lock(Organisation, organisation.id)
    found = db.session.scalar(
        sa.select(Membership).where(
            Membership.organisation_id == organisation.id,
            Membership.person_id == person.id,
            Membership.ended_at.is_(None),
        )
    )
    if found is not None:
        return found
    membership = Membership(
        organisation_id=organisation.id, person_id=person.id, role=role, created_at=now(), ended_at=None
    )
    db.session.add(membership)
    db.session.flush()
    history.record(organisation, "organisation.member_joined", by, {"member": (None, person.name)})
    return membership


def invitation_for(person: Person) -> str:
    """A new invitation in place of earlier ones, inside a `write()`: the path for the mail's `secret_link`.

    Whoever follows it sets name, language and password; somebody who has signed in before is led to the sign-in page.
    """
    links.revoke_all(Purpose.INVITATION, person.id)
    _link, path = links.mint(Purpose.INVITATION, person.id)
    return path
