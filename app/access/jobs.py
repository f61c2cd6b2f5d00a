"""Forgetting personal links that opened their last door long ago."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from app.access.links import AccessLink
from app.core.clock import really_now
from app.core.db import db, write
from app.core.schedule import daily

KEPT = timedelta(days=90)
"""So long a closed link still says "expired" or "used" instead of "unknown"."""


@daily("access.forget_links", hour=4)
def forget_closed_links(moment: datetime) -> None:
    before = really_now() - KEPT
    with write():
        db.session.execute(
            sa.delete(AccessLink).where(
                sa.or_(AccessLink.used_at < before, AccessLink.revoked_at < before, AccessLink.expires_at < before)
            )
        )
