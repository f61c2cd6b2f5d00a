"""Finding what readers said of all manuals, for the list at the desk."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from app.core.db import db
from app.core.paging import Page, capped_counts, everything_of, page_of
from app.core.search import contains
from app.integrations.models import Integration, Package, Product
from app.manuals.models import ManualFeedback, Publication
from app.manuals.queries.publications import is_waiting


class Tab(enum.StrEnum):
    """How the list is narrowed."""

    WAITING = "waiting"
    """Did not help or has words, and nobody has dealt with it."""
    DEALT_WITH = "dealt-with"
    ALL = "all"


_GROUPS: dict[Tab, sa.ColumnElement[bool]] = {
    Tab.WAITING: is_waiting(),
    Tab.DEALT_WITH: ManualFeedback.handled_at.is_not(None),
    Tab.ALL: sa.true(),
}
_KEYS = (ManualFeedback.created_at, ManualFeedback.id)


def narrowed(q: str) -> sa.Select[*tuple[Any, ...]]:
    """With the publication's reference and the names of product and package. `q`: words of the integration."""
    query = (
        sa.select(ManualFeedback, Publication.ref, Product.name.label("product"), Package.name.label("package"))
        .join(Publication, Publication.id == ManualFeedback.publication_id)
        .join(Integration, Integration.id == Publication.integration_id)
        .join(Product, Product.id == Integration.product_id)
        .join(Package, Package.id == Integration.package_id)
    )
    return query.where(contains(Integration.search, q) if q.strip() else sa.true())


def page(query: sa.Select[*tuple[Any, ...]], tab: Tab, cursor: str | None) -> Page[Any]:
    """The latest first."""
    return page_of(query.where(_GROUPS[tab]), *_KEYS, descending=True, cursor=cursor)


def everything(query: sa.Select[*tuple[Any, ...]], tab: Tab) -> Iterator[Any]:
    return everything_of(query.where(_GROUPS[tab]), *_KEYS, descending=True)


def counts(query: sa.Select[*tuple[Any, ...]]) -> dict[Tab, int]:
    return capped_counts(query, _GROUPS)


def publication_of(feedback_id: int) -> int | None:
    """The number of the manual that it is about."""
    return db.session.scalar(sa.select(ManualFeedback.publication_id).where(ManualFeedback.id == feedback_id))
