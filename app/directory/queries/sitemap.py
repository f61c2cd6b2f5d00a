"""Which pages search engines are told of, and in which languages each is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from app.core.db import db
from app.core.i18n import LOCALES
from app.directory.queries.entries import home_of, is_listed, listed
from app.integrations.models import Integration, Product, SoftwarePartner
from app.manuals.models import Publication, PublicationKind, PublicationVersion

PART = 200
"""Integrations of one file: three pages each in up to five languages."""


@dataclass(frozen=True)
class Place:
    """A page of ours, and its languages."""

    path: str
    languages: tuple[str, ...]


def parts() -> list[int]:
    """Numbers of the files in which anything stands. Each has its range of keys, so that what is listed or withdrawn
    changes one of them."""
    ids = db.session.scalars(
        sa.select(Integration.id)
        .join(Product, Product.id == Integration.product_id)
        .join(SoftwarePartner, SoftwarePartner.id == Product.partner_id)
        .where(is_listed())
    )
    return sorted({id // PART for id in ids})


def places(part: int) -> list[Place]:
    """Pages of the integrations of one file, in two queries."""
    inside = Integration.id.between(part * PART, part * PART + PART - 1)
    integrations = db.session.scalars(listed().where(inside).order_by(Integration.id)).all()
    spoken = _languages([each.id for each in integrations])
    found: list[Place] = []
    for each in integrations:
        manual = spoken.get((each.id, PublicationKind.MANUAL), ())
        page = spoken.get((each.id, PublicationKind.PAGE), ())
        found.append(Place(f"/integrations/{home_of(each.product)}/{each.slug}", page or manual or LOCALES))
        found += [Place(f"/manuals/{each.slug}", manual)] if manual else []
        found += [Place(f"/start/{each.slug}", page)] if page else []
    return found


def _languages(ids: Sequence[int]) -> dict[tuple[int, str], tuple[str, ...]]:
    """Of what is live, without reading its texts."""
    has = [PublicationVersion.texts[locale]["title"].as_string().is_not(None) for locale in LOCALES]
    rows = db.session.execute(
        sa.select(Publication.integration_id, Publication.kind, *has)
        .join(
            PublicationVersion,
            sa.and_(
                PublicationVersion.publication_id == Publication.id,
                PublicationVersion.number == Publication.live_number,
            ),
        )
        .where(Publication.integration_id.in_(ids))
    )
    return {
        (row[0], str(row[1])): tuple(locale for locale, there in zip(LOCALES, row[2:], strict=True) if there)
        for row in rows
    }
