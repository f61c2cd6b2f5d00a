"""Sentences about software partners for tests: rows as the verbs leave them, made directly."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.access.roles import MemberRole, OrganisationKind
from app.core.clock import now
from app.core.db import db, write
from app.core.search import fold, search_text
from app.integrations.models import Integration, Package, PackageKind, PassedOn, Product, Sells, SoftwarePartner
from app.manuals.composing import CHAPTERS
from app.manuals.models import Picture, Publication, PublicationKind, PublicationVersion, VersionState
from app.manuals.pictures import facts_of, receive_picture
from app.people.models import Membership, Organisation, Person
from tests import sentences as s
from tests.manuals.files import a_screenshot, sent


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


def a_picture(product: Product, *, width: int = 1200, height: int = 800, colour: str = "teal") -> Picture:
    """Received as a software partner sends it."""
    owner = owner_of(db.session.get_one(SoftwarePartner, product.partner_id))
    return receive_picture(sent(a_screenshot(width, height, colour=colour)), product, owner)


def a_text(title: str = "Connect Lumi Till with Bokio", **bodies: str) -> dict[str, Any]:
    """What a version says in one language; each chapter's body by its code."""
    told = {"find_key": "Open **Settings** and copy the key.", "connect": "Paste the key and save.", **bodies}
    order = CHAPTERS[PublicationKind.MANUAL]
    chapters = dict(sorted(told.items(), key=lambda one: order.index(one[0]) if one[0] in order else len(order)))
    return {
        "title": title,
        "summary": f"{title}, in five minutes.",
        "chapters": [
            {"code": code, "title": code.replace("_", " ").capitalize(), "body": body, "source": ""}
            for code, body in chapters.items()
        ],
    }


def a_published(
    kind: PublicationKind,
    integration: Integration | None = None,
    *,
    texts: dict[str, Any] | None = None,
    pictures: Sequence[Picture] = (),
    facts: dict[str, Any] | None = None,
) -> Publication:
    """A publication of the integration with one more version, which is live; it says what the integration is now."""
    integration = integration or an_integration()
    product = db.session.get_one(Product, integration.product_id)
    package = db.session.get_one(Package, integration.package_id)
    partner = db.session.get_one(SoftwarePartner, product.partner_id)
    told = {
        "product": {
            "name": product.name,
            "website": product.website or "",
            "sells": list(product.sells),
            "partner": db.session.get_one(Organisation, partner.organisation_id).name,
            "country": partner.country,
            "logo": "",
        },
        "package": {"name": package.name, "kind": package.kind, "website": package.website or ""},
        "passes": list(integration.passes),
        "takes": list(package.passes),
        "support": {},
        "pictures": facts_of(pictures),
        **(facts or {}),
    }
    words = texts or {"en": a_text()}
    with write():
        publication = db.session.scalar(
            sa.select(Publication).where(Publication.integration_id == integration.id, Publication.kind == kind)
        )
        if publication is None:
            publication = Publication(integration_id=integration.id, kind=kind, created_at=now())
            db.session.add(publication)
            db.session.flush()
        newest = sa.select(sa.func.max(PublicationVersion.number))
        number = (db.session.scalar(newest.where(PublicationVersion.publication_id == publication.id)) or 0) + 1
        db.session.add(
            PublicationVersion(
                publication_id=publication.id,
                number=number,
                state=VersionState.PUBLISHED,
                texts=words,
                facts=told,
                digest=hashlib.sha256(json.dumps([words, told], sort_keys=True).encode()).hexdigest(),
                publish_at=now(),
                published_at=now(),
                created_at=now(),
            )
        )
        publication.live_number = number
    return publication


def a_published_manual(integration: Integration | None = None, **values: Any) -> Publication:
    return a_published(PublicationKind.MANUAL, integration, **values)


def a_published_page(integration: Integration | None = None, **values: Any) -> Publication:
    return a_published(PublicationKind.PAGE, integration, **values)
