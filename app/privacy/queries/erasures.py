"""Finding erasures: which were made, and for which request."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, everything_of, page_of
from app.privacy.models import Erasure, PrivacyRequest


def page(cursor: str | None) -> Page[Erasure]:
    """Erasures, the latest first."""
    return page_of(sa.select(Erasure), Erasure.created_at, Erasure.id, descending=True, cursor=cursor)


def everything() -> Iterator[Erasure]:
    """The same for a file."""
    return everything_of(sa.select(Erasure), Erasure.created_at, Erasure.id, descending=True)


def by_ref(ref: str) -> Erasure:
    """Raises NotFound: there is none."""
    found = db.session.scalar(sa.select(Erasure).where(Erasure.ref == ref))
    if found is None:
        raise NotFound
    return found


def asked_by(erasure: Erasure) -> str | None:
    """The reference of the request that it answers, if any."""
    if erasure.request_id is None:
        return None
    return db.session.scalar(sa.select(PrivacyRequest.ref).where(PrivacyRequest.id == erasure.request_id))
