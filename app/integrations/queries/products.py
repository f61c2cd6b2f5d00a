"""Finding products, packages and integrations."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.core.search import contains
from app.integrations.models import Integration, Package, Product, SoftwarePartner, Stage


def own_product(partner: SoftwarePartner, ref: str) -> Product:
    """One of the partner's own, with its integrations and their packages.

    Raises:
        NotFound: another partner's, or none.
    """
    found = db.session.scalar(_whole().where(Product.ref == ref, Product.partner_id == partner.id))
    if found is None:
        raise NotFound
    return found


def product(ref: str) -> Product:
    """At the desk, with partner and organisation.

    Raises:
        NotFound
    """
    loaded = _whole().options(joinedload(Product.partner).joinedload(SoftwarePartner.organisation))
    found = db.session.scalar(loaded.where(Product.ref == ref))
    if found is None:
        raise NotFound
    return found


def _whole() -> sa.Select[Product]:
    return sa.select(Product).options(selectinload(Product.integrations).joinedload(Integration.package))


def packages(*, offered: bool = True) -> list[Package]:
    """Those that may be chosen, or all, in the order of the desk."""
    query = sa.select(Package).order_by(Package.position, Package.name_sort, Package.id)
    return list(db.session.scalars(query.where(Package.offered) if offered else query))


def of_partner(partner: SoftwarePartner) -> list[Product]:
    """All products of a software partner by name, archived ones last, with their integrations and packages."""
    query = _whole().where(Product.partner_id == partner.id)
    return list(
        db.session.scalars(query.order_by(Product.archived_at.is_not(None), Product.name_sort, Product.id).limit(200))
    )


class Shelf(enum.StrEnum):
    """The tabs of the list at the desk."""

    CURRENT = "current"
    ARCHIVED = "archived"


def everywhere(shelf: Shelf, q: str) -> sa.Select[Product]:
    """Those of all software partners, with partner, organisation, integrations and packages."""
    query = _whole().options(joinedload(Product.partner).joinedload(SoftwarePartner.organisation))
    archived = Product.archived_at.is_not(None)
    query = query.where(archived if shelf == Shelf.ARCHIVED else sa.not_(archived))
    if q:
        query = query.join(SoftwarePartner, SoftwarePartner.id == Product.partner_id).where(
            sa.or_(contains(Product.name_sort, q), contains(SoftwarePartner.search, q), Product.ref == q.strip())
        )
    return query


def package(ref: str) -> Package:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(Package).where(Package.ref == ref))
    if found is None:
        raise NotFound
    return found


def integrations_with(package: Package) -> sa.Select[Integration]:
    """With their products and software partners, by product."""
    return (
        sa.select(Integration)
        .where(Integration.package_id == package.id)
        .order_by(Integration.name_sort, Integration.id)
        .options(joinedload(Integration.product).joinedload(Product.partner).joinedload(SoftwarePartner.organisation))
    )


def integrations_by_package() -> dict[int, int]:
    """How many each package has that were not withdrawn."""
    query = (
        sa.select(Integration.package_id, sa.func.count())
        .where(Integration.stage != Stage.WITHDRAWN)
        .group_by(Integration.package_id)
    )
    return {row[0]: row[1] for row in db.session.execute(query)}
