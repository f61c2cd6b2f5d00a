"""Who signs up by an onboarding page is credited to its software partner (S5, decision 032).

Leads and accounts are credited to resellers. So with its first onboarding page a software partner's organisation gets a
row as one, and each page a personal link of its own, by which it is known through which integration somebody came. It
is no reseller in any other way: no terms are asked of it, and it stands in no list of them.
"""

from __future__ import annotations

import sqlalchemy as sa

from app.access.roles import MemberRole
from app.core.clock import now
from app.core.db import db, lock
from app.core.i18n import _l
from app.core.search import fold, search_text
from app.history import words
from app.history.service import record
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.manuals.models import Publication, PublicationKind
from app.manuals.service.publishing import AFTER_PUBLISHING
from app.partners.models import Reseller
from app.partners.service.links import new_link
from app.people.models import Membership, Organisation, Person

words.name(
    {
        "reseller.of_software_partner": _l("Made for the credit of a software partner"),
        "software_partner.credited": _l("Sign-ups by its onboarding pages are credited from now on"),
        "publication.sign_up_opened": _l("The way to sign up was opened"),
    }
)


def credit(publication: Publication, by: Person) -> None:
    """The personal link of an onboarding page that has none yet. Inside a `write()` that holds the publication."""
    if publication.kind != PublicationKind.PAGE or publication.link_id is not None:
        return
    integration = db.session.get_one(Integration, publication.integration_id)
    product = db.session.get_one(Product, integration.product_id)
    package = db.session.get_one(Package, integration.package_id)
    partner = lock(SoftwarePartner, product.partner_id)
    link = new_link(_reseller_of(partner, by), product.name, package.name)
    publication.link_id = link.id
    record(publication, "publication.sign_up_opened", by)


def _reseller_of(partner: SoftwarePartner, by: Person) -> Reseller:
    """As which it is credited; made once."""
    if partner.reseller_id is not None:
        return db.session.get_one(Reseller, partner.reseller_id)
    organisation = db.session.get_one(Organisation, partner.organisation_id)
    owner = db.session.scalar(
        sa.select(Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(Membership.organisation_id == organisation.id, Membership.ended_at.is_(None))
        .order_by(Membership.role != MemberRole.OWNER, Membership.id)
        .limit(1)
    )
    made = Reseller(
        organisation_id=organisation.id,
        contact_name=owner or organisation.name,
        country=partner.country,
        name_sort=fold(organisation.name)[:200],
        created_at=now(),
    )
    db.session.add(made)
    db.session.flush()
    made.search = search_text(made.ref, organisation.name)
    partner.reseller_id = made.id
    partner.version += 1
    record(made, "reseller.of_software_partner", by)
    record(partner, "software_partner.credited", by)
    return made


AFTER_PUBLISHING.append(credit)

__all__ = ["credit"]
