"""The directory as the desk sees it: what is listed, and what was taken out of it again."""

from __future__ import annotations

import enum

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import capped_counts
from app.core.search import contains
from app.integrations.models import Integration, Product, SoftwarePartner, Stage


class Shelf(enum.StrEnum):
    LISTED = "listed"
    WITHDRAWN = "withdrawn"


def on(shelf: Shelf, q: str) -> sa.Select[Integration]:
    """Also those of archived products and ended software partners, which nobody finds in public. Withdrawn ones are
    those that once were listed."""
    return _whole().where(_ON[shelf], *_narrowed(q))


_ON: dict[Shelf, sa.ColumnElement[bool]] = {
    Shelf.LISTED: Integration.stage == Stage.LISTED,
    Shelf.WITHDRAWN: sa.and_(Integration.stage == Stage.WITHDRAWN, Integration.listed_at.is_not(None)),
}


def _narrowed(q: str) -> list[sa.ColumnElement[bool]]:
    return [sa.or_(contains(Integration.search, q), Integration.ref == q.strip())] if q.strip() else []


def counts(q: str) -> dict[Shelf, int]:
    return capped_counts(sa.select(Integration.id).where(*_narrowed(q)), _ON)


def _whole() -> sa.Select[Integration]:
    return sa.select(Integration).options(
        joinedload(Integration.product).joinedload(Product.partner).joinedload(SoftwarePartner.organisation),
        joinedload(Integration.package),
    )


def one(ref: str) -> Integration:
    """One that is listed, or was.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        _whole()
        .where(Integration.ref == ref, Integration.listed_at.is_not(None))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found
