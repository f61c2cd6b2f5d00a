"""Products of software partners: entered, changed, archived; their address is made once and never changes (S3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.core.search import fold
from app.history.service import record
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.integrations.service.indexing import index_integrations, index_partner
from app.integrations.slugs import free_slug
from app.people.models import Person

OUT = (Stage.PILOT, Stage.LISTED)
"""Stages in which people outside read about an integration."""
TWICE = timedelta(minutes=5)
"""So soon after the first the same product is the same press."""


@dataclass(frozen=True)
class ProductDetails:
    """What is typed about a product. `sells` are codes of `Sells`; of `languages` the first is the texts' own."""

    name: str
    sells: tuple[str, ...]
    website: str
    languages: tuple[str, ...]


class ProductMovedOn(Conflict):
    """Somebody else changed it meanwhile."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this product in the meantime. What you typed is still below."))


class PartnerEnded(Conflict):
    """Nothing new begins with a software partner whose cooperation ended."""

    def __init__(self) -> None:
        super().__init__(_l("The cooperation with this software partner has ended."))


class StillPublished(Conflict):
    """Shops read its manual or find it in the directory, so it is not for one side to take it away."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "An integration of this product is published. Ask us in a question to take it out first: "
                "shops rely on it."
            )
        )


def add(partner_id: int, details: ProductDetails, by: Person) -> Product:
    """A new product. The same details again within minutes are the one that was just made.

    Raises:
        FieldError: the software partner has another product of this name.
        PartnerEnded: the cooperation ended.
    """
    with write():
        partner = lock(SoftwarePartner, partner_id)
        if not partner.is_active:
            raise PartnerEnded
        moment = now()
        known = _namesake(partner.id, details.name, None)
        if known is not None:
            if _told(known) == _typed(details) and moment - known.created_at < TWICE:
                return known
            raise FieldError("name", _TAKEN)
        product = Product(
            partner_id=partner.id,
            slug=free_slug(details.name),
            created_at=moment,
            archived_at=None,
            name_sort=fold(details.name)[:120],
            **_typed(details),
        )
        db.session.add(product)
        db.session.flush()
        index_partner(partner)
        record(product, "product.added", by, {name: (None, value) for name, value in _typed(details).items()})
    return product


_TAKEN = _l("There is a product of this name already. Choose another one.")


def change(product_id: int, version: int, details: ProductDetails, by: Person) -> Product:
    """Another name, website, languages, or what it is. The address of its pages stays. The same again changes nothing.

    Raises:
        FieldError: the software partner has another product of this name.
        ProductMovedOn: somebody else changed it meanwhile.
    """
    with write():
        partner, product = _held(product_id)
        before, after = _told(product), _typed(details)
        changes = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
        if not changes:
            return product
        if product.version != version:
            raise ProductMovedOn
        if _namesake(partner.id, details.name, product.id) is not None:
            raise FieldError("name", _TAKEN)
        for name, (_old, new) in changes.items():
            setattr(product, name, new)
        product.name_sort = fold(product.name)[:120]
        product.version += 1
        db.session.flush()
        index_partner(partner)
        index_integrations(Integration.product_id == product.id)
        record(product, "product.changed", by, changes)
    return product


def archive(product_id: int, version: int, by: Person, *, staff: bool) -> Product:
    """It is worked on no longer. Archiving an archived one changes nothing.

    Raises:
        ProductMovedOn: somebody else changed it meanwhile.
        StillPublished: something of it is out, and only staff take that away.
    """
    with write():
        _partner, product = _held(product_id)
        if product.archived_at is not None:
            return product
        if product.version != version:
            raise ProductMovedOn
        if not staff and is_out(product.id):
            raise StillPublished
        product.archived_at = now()
        product.version += 1
        record(product, "product.archived", by)
    return product


def restore(product_id: int, by: Person) -> Product:
    """Out of the archive. One that is not in it stays as it is."""
    with write():
        _partner, product = _held(product_id)
        if product.archived_at is not None:
            product.archived_at = None
            product.version += 1
            record(product, "product.restored", by)
    return product


def is_out(product_id: int) -> bool:
    """Whether people outside read about one of its integrations."""
    out = sa.exists().where(Integration.product_id == product_id, Integration.stage.in_(OUT))
    return bool(db.session.scalar(sa.select(out)))


def _held(product_id: int) -> tuple[SoftwarePartner, Product]:
    """Both locked: the software partner first, for names are compared among its products."""
    partner_id = sa.select(Product.partner_id).where(Product.id == product_id)
    partner = lock(SoftwarePartner, db.session.scalar(partner_id) or 0)
    return partner, lock(Product, product_id)


def _namesake(partner_id: int, name: str, but: int | None) -> Product | None:
    query = sa.select(Product).where(
        Product.partner_id == partner_id, Product.name_sort == fold(name)[:120], Product.archived_at.is_(None)
    )
    return db.session.scalar(query.where(Product.id != but) if but is not None else query)


def _typed(details: ProductDetails) -> dict[str, Any]:
    return {
        "name": details.name,
        "sells": list(details.sells),
        "website": details.website or None,
        "languages": list(details.languages),
    }


def _told(product: Product) -> dict[str, Any]:
    return {name: getattr(product, name) for name in ("name", "sells", "website", "languages")}
