"""Finding what the world sees: manuals and onboarding pages by their address, and what readers said of manuals."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.integrations.models import Integration
from app.manuals.models import Publication, PublicationKind, PublicationVersion


def at(kind: PublicationKind, slug: str) -> Publication:
    """The publication at this address with its integration and what is live, in one query. It may be taken down.

    Raises:
        NotFound: there never was one.
    """
    found = db.session.scalar(
        sa.select(Publication)
        .join(Publication.integration)
        .where(Integration.slug == slug, Publication.kind == kind)
        .options(joinedload(Publication.integration), joinedload(Publication.live))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def page_at(slug: str) -> Publication:
    """The onboarding page at this address, with the personal link by which customers sign up. It may be taken down.

    Raises:
        NotFound: there never was one.
    """
    found = db.session.scalar(
        sa.select(Publication)
        .join(Publication.integration)
        .where(Integration.slug == slug, Publication.kind == PublicationKind.PAGE)
        .options(joinedload(Publication.integration), joinedload(Publication.live), joinedload(Publication.link))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def is_live(integration_id: int, kind: PublicationKind) -> bool:
    query = sa.select(Publication.id).where(
        Publication.integration_id == integration_id, Publication.kind == kind, Publication.live_number.is_not(None)
    )
    return db.session.scalar(query) is not None


def version(publication: Publication, number: int) -> PublicationVersion:
    """One that the world saw, or sees.

    Raises:
        NotFound
    """
    found = db.session.scalar(
        sa.select(PublicationVersion).where(
            PublicationVersion.publication_id == publication.id,
            PublicationVersion.number == number,
            PublicationVersion.published_at.is_not(None),
        )
    )
    if found is None:
        raise NotFound
    return found
