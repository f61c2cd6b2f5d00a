"""Who can be tried out in the demo, with passwords and fresh links."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access import links
from app.access.links import Purpose
from app.core.db import db, write
from app.demo import cast, plans, privacy
from app.demo.cast.salons import FIRMS
from app.demo.cast.software import FIRMS as SOFTWARE
from app.partners.models import Application, ApplicationState, PersonalLink, Reseller, ResellerState
from app.people.models import HeldRole, Membership, Person


def listed(*, with_applicants: bool = True) -> list[dict[str, Any]]:
    """Everybody of the demo: role, name, locale, email, password, links. Links are paths. Applicants, and a
    client who asked about her data, come with a private one each, minted afresh at every call, because nobody can read
    an old one back."""
    owners, members = [applicant.company.email for applicant in cast.RESELLERS], [held[2] for held in cast.MEMBERS]
    partners = [FIRMS[0][8], *(firm.email for firm in SOFTWARE)]
    emails = [*(staff[2] for staff in cast.STAFF), *owners, *members, *partners]
    found = {person.email: person for person in db.session.scalars(sa.select(Person).where(Person.email.in_(emails)))}
    roles: dict[int, str] = dict(db.session.execute(sa.select(HeldRole.person_id, HeldRole.role)).all())
    forms: dict[int, str] = dict(
        db.session.execute(
            sa.select(Membership.person_id, PersonalLink.slug)
            .join(Reseller, Reseller.organisation_id == Membership.organisation_id)
            .join(PersonalLink, PersonalLink.reseller_id == Reseller.id)
            .where(
                PersonalLink.is_current,
                PersonalLink.withdrawn_at.is_(None),
                Reseller.state == ResellerState.ACTIVE,
            )
        ).all()
    )
    everybody = [
        {
            "role": roles.get(person.id) or _place_of(person.email),
            "name": person.name,
            "locale": person.locale,
            "email": person.email,
            "password": cast.PASSWORD,
            "links": {"registration": f"/r/{forms[person.id]}"} if person.id in forms else {},
        }
        for person in (found[email] for email in emails if email in found)
    ]
    return (
        [*everybody, *_applicants(), *privacy.contact(), *plans.customers_of_plans()] if with_applicants else everybody
    )


def _place_of(email: str) -> str:
    """Of somebody who is not staff. A suspended reseller's panel and personal link say that they are closed."""
    if email in (held[2] for held in cast.MEMBERS):
        return "reseller member"
    if email in (firm[8] for firm in FIRMS):
        return "service partner"
    if email in (firm.email for firm in SOFTWARE):
        return "software partner"
    suspended = (applicant.company.email for applicant in cast.RESELLERS if applicant.suspended)
    return "suspended reseller" if email in suspended else "reseller"


def _applicants() -> list[dict[str, Any]]:
    """Applicants have no sign-in; they follow their application by a private link."""
    waiting = db.session.scalars(
        sa.select(Application).where(Application.state != ApplicationState.ACCEPTED).order_by(Application.id)
    ).all()
    with write():
        paths = [links.mint(Purpose.APPLICATION_STATUS, application.id)[1] for application in waiting]
    return [
        {
            "role": "applicant",
            "name": application.applicant,
            "locale": application.locale,
            "email": application.email,
            "password": None,
            "links": {"status": path},
        }
        for application, path in zip(waiting, paths, strict=True)
    ]
