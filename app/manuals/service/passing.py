"""What an intake says of product and packages becomes rows: the product's categories, and an integration for each
package. Inside a `write()`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock_named
from app.history.service import record
from app.integrations.models import Integration, Package, Product, SoftwarePartner, Stage
from app.integrations.service.indexing import index_integration, index_integrations
from app.manuals import sections
from app.manuals.models import SectionCode
from app.people.models import Organisation, Person


def apply(
    product: Product, partner: SoftwarePartner, handed_in: Mapping[SectionCode, Mapping[str, Any]], by: Person
) -> None:
    """`handed_in`: the sections for all languages that are handed in now. The product is held."""
    if SectionCode.CATEGORIES in handed_in:
        _sells(product, sections.shaped(SectionCode.CATEGORIES, handed_in[SectionCode.CATEGORIES])["sells"], by)
    if SectionCode.PACKAGES in handed_in:
        wanted = sections.shaped(SectionCode.PACKAGES, handed_in[SectionCode.PACKAGES])["passes"]
        _integrations(product, partner, wanted, by)


def _sells(product: Product, sells: list[str], by: Person) -> None:
    if not sells or sells == list(product.sells):
        return
    record(product, "product.changed", by, {"sells": (list(product.sells), sells)})
    product.sells = sells
    product.version += 1
    db.session.flush()
    index_integrations(Integration.product_id == product.id)


def _integrations(product: Product, partner: SoftwarePartner, wanted: Mapping[str, list[str]], by: Person) -> None:
    """New packages are added, what is passed on is brought up to date. A package that the product does without now is
    withdrawn while nothing of it is out; what customers work with stays until staff withdraw it."""
    name = db.session.scalars(sa.select(Organisation.name).where(Organisation.id == partner.organisation_id)).one()
    held = {
        integration.package_id: integration
        for integration in db.session.scalars(
            sa.select(Integration)
            .where(Integration.product_id == product.id)
            .order_by(Integration.id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        )
    }
    chosen = sa.select(Package).where(Package.ref.in_(wanted)).order_by(Package.position, Package.name_sort, Package.id)
    moment = now()
    for package in db.session.scalars(chosen).all():
        passes = [code for code in wanted[package.ref] if code in package.passes]
        if not passes:
            continue
        integration = held.pop(package.id, None)
        if integration is not None:
            _passes(integration, passes, by)
        elif package.offered:
            integration = Integration(
                product_id=product.id,
                package_id=package.id,
                slug=_free_slug(product, package),
                passes=passes,
                created_at=moment,
                updated_at=moment,
            )
            db.session.add(integration)
            index_integration(integration, product, package, name)
            db.session.flush()
            record(integration, "integration.added", by, {"passes": (None, passes)})
    for integration in held.values():
        if integration.stage == Stage.PREPARING:
            integration.stage, integration.withdrawn_at, integration.updated_at = Stage.WITHDRAWN, moment, moment
            integration.version += 1
            record(integration, "integration.withdrawn", by, {"stage": (Stage.PREPARING, Stage.WITHDRAWN)})


def _passes(integration: Integration, passes: list[str], by: Person) -> None:
    """What is passed on now; one that was given up before anything of it was out is taken up again."""
    changes: dict[str, tuple[Any, Any]] = {}
    if list(integration.passes) != passes:
        changes["passes"] = (list(integration.passes), passes)
    if integration.stage == Stage.WITHDRAWN and integration.listed_at is None:
        changes["stage"] = (Stage.WITHDRAWN, Stage.PREPARING)
        integration.stage, integration.withdrawn_at = Stage.PREPARING, None
    if changes:
        integration.passes = passes
        integration.updated_at = now()
        integration.version += 1
        record(integration, "integration.changed", by, changes)


def _free_slug(product: Product, package: Package) -> str:
    lock_named("integration-slugs")
    plain = f"{product.slug}-{package.slug}"
    taken = set(
        db.session.scalars(
            sa.select(Integration.slug).where(sa.or_(Integration.slug == plain, Integration.slug.like(f"{plain}-%")))
        )
    )
    number = 1
    while (slug := plain if number == 1 else f"{plain}-{number}") in taken:
        number += 1
    return slug
