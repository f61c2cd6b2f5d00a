"""Sentences about software partners for tests: rows as the verbs leave them, made directly."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.db import db, write
from app.core.search import fold, search_text
from app.integrations.models import Integration, Package, PackageKind, PassedOn, Product, Sells, SoftwarePartner
from app.people.models import Membership, Person
from tests import sentences as s


def a_software_partner(name: str = "Kassalinja", *, people: int = 1, **values: Any) -> SoftwarePartner:
    """Active, with an owner and perhaps more people, without a plan."""
    organisation = s.an_organisation(name, OrganisationKind.SOFTWARE_PARTNER)
    partner = SoftwarePartner(
        organisation_id=organisation.id,
        country="FI",
        locale="en",
        website=None,
        created_at=now(),
        name_sort=fold(name),
        **values,
    )
    with write():
        db.session.add(partner)
        db.session.flush()
        partner.search = search_text(partner.ref, name)
    for number in range(people):
        s.a_member_of(organisation, role=MemberRole.MEMBER if number else MemberRole.OWNER)
    return partner


def owner_of(partner: SoftwarePartner) -> Person:
    return people_of(partner)[0]


def people_of(partner: SoftwarePartner) -> list[Person]:
    """The owner first."""
    query = sa.select(Person).join(Membership).where(Membership.organisation_id == partner.organisation_id)
    return list(db.session.scalars(query.order_by(Membership.id)))


def a_package(name: str = "Bokio", *, kind: PackageKind = PackageKind.BOOKKEEPING, **values: Any) -> Package:
    package = Package(
        slug=fold(name).replace(" ", "-"),
        name=name,
        kind=kind,
        passes=list(PassedOn),
        texts={"en": {"summary": f"{name} keeps the books.", "before": "", "connect": "Paste the key and save."}},
        updated_at=now(),
        name_sort=fold(name),
        **values,
    )
    with write():
        db.session.add(package)
    return package


def a_product(partner: SoftwarePartner | None = None, name: str = "Lumi Till", **values: Any) -> Product:
    partner = partner or a_software_partner()
    product = Product(
        partner_id=partner.id,
        slug=fold(name).replace(" ", "-"),
        name=name,
        sells=values.pop("sells", [Sells.POINT_OF_SALE]),
        languages=values.pop("languages", ["en"]),
        created_at=now(),
        name_sort=fold(name),
        **values,
    )
    with write():
        db.session.add(product)
    return product


def an_integration(product: Product | None = None, package: Package | None = None, **values: Any) -> Integration:
    product = product or a_product()
    package = package or a_package()
    integration = Integration(
        product_id=product.id,
        package_id=package.id,
        slug=f"{product.slug}-{package.slug}",
        passes=values.pop("passes", [PassedOn.SALES, PassedOn.VAT]),
        created_at=now(),
        updated_at=now(),
        name_sort=fold(f"{product.name} {package.name}"),
        search=search_text(product.name, package.name),
        **values,
    )
    with write():
        db.session.add(integration)
    return integration
