"""What waits at the desk: requests of persons, which the law wants answered within a month."""

from __future__ import annotations

import sqlalchemy as sa
from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.people.models import Person
from app.privacy.models import AskedFor, PrivacyRequest, PrivacyState


def items(actor: Person, limit: int) -> list[InboxItem]:
    """Nearest deadline first, in one query."""
    if not policy.allows(actor, P.PRIVACY_MANAGE):
        return []
    waiting = db.session.scalars(
        sa.select(PrivacyRequest)
        .where(PrivacyRequest.state == PrivacyState.OPEN)
        .order_by(PrivacyRequest.answer_by, PrivacyRequest.id)
        .limit(limit)
    )
    words = {
        AskedFor.COPY: _("Asks for a copy of their details"),
        AskedFor.CORRECTION: _("Asks for a correction of their details"),
        AskedFor.ERASURE: _("Asks for erasure of their details"),
        AskedFor.OBJECTION: _("Objects to the use of their details"),
    }
    return [
        InboxItem(
            f"privacy:{found.ref}",
            "people",
            found.name,
            words[AskedFor(found.asked_for)],
            found.answer_by,
            url_for("privacy_desk.request_page", ref=found.ref),
        )
        for found in waiting
    ]
