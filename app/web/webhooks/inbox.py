"""Addresses of other systems that were switched off, as items of the desk's inbox."""

from __future__ import annotations

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.outbox.webhooks import queries


def items(actor: policy.Actor, limit: int) -> list[InboxItem]:
    """What waits for a decision: switch on again, pause, or remove."""
    if not policy.allows(actor, P.SETTINGS_MANAGE):
        return []
    return [
        InboxItem(
            key=f"webhook:{webhook.ref}",
            icon="flag",
            title=webhook.description or webhook.url,
            sentence=_(
                "Nothing arrives at this address any more, so it was switched off: switch it on again or pause it."
            ),
            due=webhook.off_at or webhook.created_at,
            url=url_for("webhooks_desk.webhook", ref=webhook.ref),
        )
        for webhook in queries.switched_off(limit)
    ]
