"""Mails that failed or came back, as items of the desk's inbox."""

from __future__ import annotations

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.outbox import queries
from app.outbox.models import MailState


def items(actor: policy.Actor, limit: int) -> list[InboxItem]:
    """What waits for a decision: send again, or set aside."""
    if not policy.allows(actor, P.MAIL_RESEND):
        return []
    return [
        InboxItem(
            key=f"mail:{row.ref}",
            icon="mail",
            title=row.to_name or row.to_email,
            sentence=_("This mail came back: send it again or set it aside.")
            if row.state == MailState.BOUNCED
            else _("This mail could not be delivered: send it again or set it aside."),
            due=row.created_at,
            url=url_for("outbox_desk.mail", ref=row.ref),
        )
        for row in queries.needing_somebody(limit)
    ]
