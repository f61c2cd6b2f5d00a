"""What software partners and integrations are found and ordered by, kept beside them. Inside a `write()`."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import LOCALES, in_locale
from app.core.search import fold, search_text
from app.integrations.models import Integration, Package, Product, SoftwarePartner
from app.integrations.words import SELLS
from app.people.models import Organisation


def index_partner(partner: SoftwarePartner) -> None:
    """After the name, the website or the products of a software partner changed, and were flushed."""
    name = db.session.scalars(sa.select(Organisation.name).where(Organisation.id == partner.organisation_id)).one()
    products = db.session.scalars(
        sa.select(Product.name).where(Product.partner_id == partner.id).order_by(Product.id).limit(50)
    ).all()
    partner.name_sort = fold(name)[:200]
    partner.search = search_text(partner.ref, name, partner.website, *products)


def index_integration(integration: Integration, product: Product, package: Package, partner_name: str) -> None:
    """A new one, or one whose product or package has another name."""
    integration.name_sort = fold(f"{product.name} {package.name}")[:240]
    integration.search = search_text(product.name, partner_name, package.name, *_categories(product))


def index_integrations(*which: sa.ColumnElement[bool]) -> None:
    """All integrations of which this is true, after product, package or software partner were renamed and flushed."""
    rows = db.session.execute(
        sa.select(Integration, Product, Package, Organisation.name)
        .join(Product, Product.id == Integration.product_id)
        .join(Package, Package.id == Integration.package_id)
        .join(SoftwarePartner, SoftwarePartner.id == Product.partner_id)
        .join(Organisation, Organisation.id == SoftwarePartner.organisation_id)
        .where(*which)
    )
    for integration, product, package, name in rows:
        index_integration(integration, product, package, name)


def _categories(product: Product) -> list[str]:
    """In every language, for the directory is searched in all of them."""
    found = []
    for locale in LOCALES:
        with in_locale(locale):
            found += [str(word) for code, word in SELLS.items() if code in product.sells]
    return list(dict.fromkeys(found))
