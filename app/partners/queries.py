"""Finding resellers, the form behind a personal link, and what each person may see of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import OrganisationKind
from app.core.db import db
from app.core.errors import NotFound
from app.documents.models import DocumentKind
from app.documents.queries import newest_number
from app.partners.models import PersonalLink, Reseller
from app.people.models import Person


class Closed(enum.StrEnum):
    """Why a registration form does not open."""

    WITHDRAWN = "withdrawn"
    SUSPENDED = "suspended"
    TERMS = "terms"
    """The terms in force are not accepted: "not open yet" (R5)."""


@dataclass(frozen=True)
class OpenForm:
    """The form may be filled in; `reseller` comes with its organisation."""

    link: PersonalLink
    reseller: Reseller


@dataclass(frozen=True)
class ClosedForm:
    """The address is known, and its form is closed for `reason`."""

    reason: Closed
    link: PersonalLink
    reseller: Reseller


def form_behind(slug: str) -> OpenForm | ClosedForm:
    """What stands behind `/r/<slug>`, in one query.

    Raises:
        NotFound: no such address was ever given out.
    """
    row = db.session.execute(
        sa.select(PersonalLink, newest_number(DocumentKind.RESELLER_TERMS))
        .join(PersonalLink.reseller)
        .join(Reseller.organisation)
        .options(contains_eager(PersonalLink.reseller).contains_eager(Reseller.organisation))
        .where(PersonalLink.slug == slug)
    ).one_or_none()
    if row is None:
        raise NotFound
    link, terms = row
    closed = why_closed(link, terms)
    return ClosedForm(closed, link, link.reseller) if closed else OpenForm(link, link.reseller)


def why_closed(link: PersonalLink, terms_in_force: int) -> Closed | None:
    """The rule by which a personal link's form opens, all of it; None when it is open."""
    if link.withdrawn_at is not None:
        return Closed.WITHDRAWN
    if not link.reseller.is_active:
        return Closed.SUSPENDED
    if link.reseller.terms_version < terms_in_force:
        return Closed.TERMS
    return None


def visible_to(actor: Person) -> sa.Select[tuple[Reseller]]:
    """The resellers that this person may know of: staff all, a member their own, others none."""
    query = sa.select(Reseller).options(joinedload(Reseller.organisation))
    if policy.allows(actor, P.RESELLERS_READ):
        return query
    held = actor.membership
    if held is None or held.organisation.kind != OrganisationKind.RESELLER:
        return query.where(sa.false())
    return query.where(Reseller.organisation_id == held.organisation_id)


def reseller_of(person: Person) -> Reseller | None:
    """The reseller of the organisation the person works in now, with its organisation."""
    held = person.membership
    if held is None or held.organisation.kind != OrganisationKind.RESELLER:
        return None
    return db.session.scalar(
        sa.select(Reseller)
        .where(Reseller.organisation_id == held.organisation_id)
        .options(joinedload(Reseller.organisation))
    )


def reseller(actor: Person, ref: str) -> Reseller:
    """One reseller with its organisation.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = db.session.scalar(visible_to(actor).where(Reseller.ref == ref))
    if found is None:
        raise NotFound
    return found


def current_link(reseller: Reseller) -> PersonalLink | None:
    """The address to give out now; None when all were withdrawn."""
    return db.session.scalar(
        sa.select(PersonalLink)
        .where(PersonalLink.reseller_id == reseller.id, PersonalLink.is_current, PersonalLink.withdrawn_at.is_(None))
        .order_by(PersonalLink.id.desc())
        .limit(1)
    )
