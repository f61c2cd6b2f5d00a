"""What waits for trainers: sessions that are over and of which nobody said who was there."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.clock import now
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.people.models import Person
from app.settings.models import vendor
from app.trainings.queries import sessions


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In one query. They are late from the second day on."""
    if not policy.allows(actor, P.TRAININGS_READ):
        return []
    zone = ZoneInfo(vendor().timezone)
    return [
        InboxItem(
            f"training:{session.ref}",
            "clock",
            session.title,
            _("Note who was at this session"),
            datetime.combine((session.ends_at.astimezone(zone) + timedelta(days=1)).date(), time(17, 0), zone),
            url_for("trainings_desk.session", ref=session.ref),
        )
        for session in sessions.to_note(actor, limit)
        if session.ends_at <= now()
    ]
