"""Finding technical links: API documentation, test environments, channels (S1, S2)."""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import TechnicalLink
from app.integrations.words import LINK_KINDS


def all_links() -> list[TechnicalLink]:
    """Kind by kind, in the order of the desk."""
    place = sa.case(*((TechnicalLink.kind == kind, number) for number, kind in enumerate(LINK_KINDS)), else_=9)
    query = sa.select(TechnicalLink).order_by(place, TechnicalLink.position, TechnicalLink.id)
    return list(db.session.scalars(query))


def public_links() -> list[TechnicalLink]:
    """Those that everybody may see before registering, in the same order."""
    return [link for link in all_links() if link.is_public]


def by_kind(links: list[TechnicalLink]) -> Mapping[str, list[TechnicalLink]]:
    """Only the kinds that have any, in their order."""
    found = {kind: [link for link in links if link.kind == kind] for kind in LINK_KINDS}
    return {kind: each for kind, each in found.items() if each}


def link(ref: str) -> TechnicalLink:
    """Raises NotFound."""
    found = db.session.scalar(sa.select(TechnicalLink).where(TechnicalLink.ref == ref))
    if found is None:
        raise NotFound
    return found
