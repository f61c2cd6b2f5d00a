"""What everybody finds: listed integrations of products and software partners that are still there (S6)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import LOCALES, in_locale
from app.core.paging import Page, page_of
from app.core.search import contains, fold
from app.directory import nearness
from app.directory.defaults import SLUGS
from app.integrations.models import Integration, Package, PartnerState, Product, SoftwarePartner, Stage
from app.integrations.words import SELLS
from app.manuals.models import Publication, PublicationVersion

SIZE = 24
_MOST_WORDS = 8


@dataclass(frozen=True)
class Entry:
    """A line of the directory."""

    slug: str
    category: str
    """Slug of the category under which its page stands."""
    product: str
    partner: str
    package: str
    kind: str
    sells: tuple[str, ...]
    passes: tuple[str, ...]


@dataclass(frozen=True)
class Asked:
    """How a visitor narrows the list."""

    q: str = ""
    package: str = ""
    """Its slug."""
    category: str = ""
    """Its code."""


@dataclass(frozen=True)
class Found:
    entries: tuple[Entry, ...]
    previous: str | None
    next: str | None
    meant: tuple[str, ...] = ()
    """Words that were looked for in place of those that were typed."""


@dataclass(frozen=True)
class Choice:
    """A package that something is listed for."""

    slug: str
    name: str


def is_listed() -> sa.ColumnElement[bool]:
    """Of an integration joined with its product and software partner."""
    return sa.and_(
        Integration.stage == Stage.LISTED,
        Product.archived_at.is_(None),
        SoftwarePartner.state == PartnerState.ACTIVE,
    )


def listed() -> sa.Select[Integration]:
    """With product, software partner and package."""
    return (
        sa.select(Integration)
        .join(Integration.product)
        .join(Product.partner)
        .where(is_listed())
        .options(
            contains_eager(Integration.product)
            .contains_eager(Product.partner)
            .joinedload(SoftwarePartner.organisation),
            joinedload(Integration.package),
        )
    )


def sells(code: str) -> sa.ColumnElement[bool]:
    """Products of a category: the code stands in their list."""
    return sa.cast(Product.sells, sa.Text).contains(f'"{code}"', autoescape=True)


def page(asked: Asked, cursor: str | None) -> Found:
    """A page of the list. Words that nothing holds are taken for the nearest ones that are known."""
    query = listed()
    if asked.category:
        query = query.where(sells(asked.category))
    if asked.package:
        query = query.where(is_with(asked.package))
    words = fold(asked.q[:200]).split()[:_MOST_WORDS]
    if not words:
        return _found(_page(query, cursor))
    exact = _page(query.where(contains(Integration.search, " ".join(words))), cursor)
    if exact.items:
        return _found(exact)
    near = nearness.meant(words, _known())
    if near is None:
        return _found(exact)
    alike = sa.and_(*(sa.or_(*(contains(Integration.search, one) for one in ones)) for ones in near))
    meant = tuple(dict.fromkeys(one for word, ones in zip(words, near, strict=True) for one in ones if one != word))
    return _found(_page(query.where(alike), cursor), meant)


def is_with(package: str) -> sa.ColumnElement[bool]:
    """Integrations with the package of this slug."""
    return Integration.package_id == sa.select(Package.id).where(Package.slug == package).scalar_subquery()


def _page(query: sa.Select[Integration], cursor: str | None) -> Page[Integration]:
    return page_of(query, Integration.name_sort, Integration.id, descending=False, cursor=cursor, size=SIZE)


def _found(page: Page[Integration], meant: tuple[str, ...] = ()) -> Found:
    entries = tuple(entry_of(each) for each in page.items)
    return Found(entries, page.previous, page.next, meant if entries else ())


def entry_of(integration: Integration) -> Entry:
    product = integration.product
    return Entry(
        integration.slug,
        home_of(product),
        product.name,
        product.partner.organisation.name,
        integration.package.name,
        integration.package.kind,
        tuple(code for code in SLUGS if code in product.sells),
        tuple(integration.passes),
    )


def home_of(product: Product) -> str:
    """What is both till and webshop has one page, under the category that stands first."""
    return next((slug for code, slug in SLUGS.items() if code in product.sells), next(iter(SLUGS.values())))


def _known() -> list[str]:
    """Every word by which something is found: names of products, software partners and packages, and categories."""
    on_offer = sa.exists().where(Integration.product_id == Product.id, Integration.stage == Stage.LISTED)
    names = db.session.execute(
        sa.select(Product.name_sort, SoftwarePartner.name_sort)
        .join(Product.partner)
        .where(on_offer, Product.archived_at.is_(None), SoftwarePartner.state == PartnerState.ACTIVE)
    )
    folded = [name for pair in names for name in pair]
    folded += db.session.scalars(sa.select(Package.name_sort)).all()
    return [*" ".join(folded).split(), *_categories()]


@cache
def _categories() -> tuple[str, ...]:
    found: list[str] = []
    for locale in LOCALES:
        with in_locale(locale):
            found += fold(" ".join(str(word) for word in SELLS.values())).split()
    return tuple(dict.fromkeys(found))


def packages(category: str = "") -> Sequence[Choice]:
    """Those that something is listed for, in the order of the desk."""
    there = (
        sa.select(Integration.id)
        .join(Integration.product)
        .join(Product.partner)
        .where(is_listed(), Integration.package_id == Package.id)
    )
    if category:
        there = there.where(sells(category))
    query = sa.select(Package.slug, Package.name).where(there.exists())
    rows = db.session.execute(query.order_by(Package.position, Package.name_sort, Package.id))
    return [Choice(slug, name) for slug, name in rows]


def at(slug: str) -> Integration:
    """Raises NotFound: there is none, or it is not in the directory."""
    found = db.session.scalar(listed().where(Integration.slug == slug).execution_options(populate_existing=True))
    if found is None:
        raise NotFound
    return found


def live_of(integration_id: int) -> dict[str, PublicationVersion]:
    """What the world sees of an integration, by kind, in one query."""
    rows = db.session.execute(
        sa.select(Publication.kind, PublicationVersion)
        .join(
            PublicationVersion,
            sa.and_(
                PublicationVersion.publication_id == Publication.id,
                PublicationVersion.number == Publication.live_number,
            ),
        )
        .where(Publication.integration_id == integration_id)
    )
    return {row[0]: row[1] for row in rows}
