"""What a software partner has to publish itself: its integrations that customers can be sent to."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.directory.queries.entries import home_of
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.manuals.models import Publication, PublicationKind


@dataclass(frozen=True)
class Own:
    integration: Integration
    category: str
    kinds: frozenset[str]
    """What of it is live."""

    @property
    def path(self) -> str:
        """To which customers are best sent: the page of the directory, else the onboarding page or the manual."""
        found = self.integration
        if found.is_listed:
            return f"/integrations/{self.category}/{found.slug}"
        return f"/start/{found.slug}" if PublicationKind.PAGE in self.kinds else f"/manuals/{found.slug}"


def of_partner(partner: SoftwarePartner) -> list[Own]:
    """Listed ones, and those in their pilot of which anything is live; in two queries, by name."""
    found = db.session.scalars(
        sa.select(Integration)
        .join(Integration.product)
        .where(
            Product.partner_id == partner.id,
            Product.archived_at.is_(None),
            Integration.stage.in_((Stage.LISTED, Stage.PILOT)),
        )
        .order_by(Integration.name_sort, Integration.id)
        .options(joinedload(Integration.product), joinedload(Integration.package))
        .limit(200)
    ).all()
    live: dict[int, set[str]] = {}
    rows = db.session.execute(
        sa.select(Publication.integration_id, Publication.kind).where(
            Publication.integration_id.in_([each.id for each in found]), Publication.live_number.is_not(None)
        )
    )
    for integration_id, kind in rows:
        live.setdefault(integration_id, set()).add(kind)
    made = [Own(each, home_of(each.product), frozenset(live.get(each.id, ()))) for each in found]
    return [each for each in made if each.integration.is_listed or each.kinds]
