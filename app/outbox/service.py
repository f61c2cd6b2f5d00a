"""Queueing a mail together with the change it tells of."""

from __future__ import annotations

from collections.abc import Callable
from email.utils import make_msgid
from urllib.parse import urlsplit

from flask import current_app

from app.core.clock import now
from app.core.crypto import encrypt
from app.core.db import after_commit, db
from app.outbox import mail as mails
from app.outbox.mail import Mail, Recipient
from app.outbox.models import MailRow, MailState


def post(
    mail: Mail,
    to: Recipient,
    *,
    conversation: str,
    secret_link: str | None = None,
    reply_to: str | None = None,
) -> MailRow:
    """Queues `mail` inside this `write()`; the worker renders and sends it after the commit.

    `secret_link` is the path of a personal link, such as `/go/...`: kept encrypted, blanked once sent. Mails of one
    `conversation` leave in order. `reply_to` defaults to the vendor's contact address.
    """
    if mail.carries_link != (secret_link is not None):
        raise TypeError(f"{mail.template}: carries_link and secret_link disagree")
    moment = now()
    row = MailRow(
        created_at=moment,
        template=mail.template,
        args=mails.dump(mail),
        locale=to.locale,
        to_email=to.email,
        to_name=to.name,
        person_id=to.person_id,
        reply_to=reply_to,
        conversation=conversation,
        secret=encrypt(secret_link) if secret_link else None,
        state=MailState.QUEUED,
        next_attempt_at=moment,
        message_id=make_msgid(domain=urlsplit(current_app.config["GANGWAY"].public_url).hostname),
    )
    db.session.add(row)
    after_commit(_wake)
    return row


def _wake() -> None:
    """Tells the worker at once. A lost call costs nothing but time: its sweep looks by itself."""
    wake: Callable[[], None] | None = current_app.extensions.get("gangway_wake")
    if wake is not None:
        wake()
