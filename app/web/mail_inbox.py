"""Mails that failed or came back, and a pause of all of them, as items of the desk's inbox."""

from __future__ import annotations

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.outbox import pause, queries
from app.outbox.models import MailState
from app.outbox.pause import PauseReason


def items(actor: policy.Actor, limit: int) -> list[InboxItem]:
    """What waits for a decision: send again, or set aside."""
    if not policy.allows(actor, P.MAIL_RESEND):
        return []
    return [*_pause(actor), *_returned(limit)]


def _pause(actor: policy.Actor) -> list[InboxItem]:
    """Nothing leaves until an administrator says so."""
    standing = pause.standing() if policy.allows(actor, P.SETTINGS_MANAGE) else None
    if standing is None:
        return []
    return [
        InboxItem(
            key=f"pause:{standing.id}",
            icon="mail",
            title=_("Sending is paused"),
            sentence=_("A backup was restored: say what is to become of the mails that wait.")
            if standing.reason == PauseReason.RESTORED
            else _("Mails wait until somebody lets them leave again."),
            due=standing.begun_at,
            url=url_for("outbox_desk.mails"),
        )
    ]


def _returned(limit: int) -> list[InboxItem]:
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
