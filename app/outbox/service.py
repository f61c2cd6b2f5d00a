"""Queueing a mail together with the change it tells of; what staff decide about one that failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from email.utils import make_msgid
from typing import Any, cast
from urllib.parse import urlsplit

import sqlalchemy as sa
from flask import current_app

from app.core.clock import now
from app.core.crypto import encrypt
from app.core.db import after_commit, db, lock, write
from app.core.errors import Conflict, DomainError
from app.core.i18n import _l
from app.core.privacy import is_erased
from app.history import words
from app.history.service import Actor, record
from app.outbox import mail as mails
from app.outbox.mail import Mail, Recipient
from app.outbox.models import MailAttempt, MailRow, MailState

words.name(
    {
        "mail.resent": _l("Sent again"),
        "mail.set_aside": _l("Set aside"),
        "mail.taken_up_again": _l("Taken up again"),
    }
)


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
    row = MailRow(**_written(mail, to, conversation, secret_link=secret_link, reply_to=reply_to))
    db.session.add(row)
    after_commit(wake)
    return row


Letter = tuple[Mail, Recipient, str]
"""A mail, its recipient and the conversation."""


def post_together(letters: Sequence[Letter]) -> None:
    """Queues several mails in one statement; none with a link that is not minted late."""
    if letters:
        db.session.connection().execute(
            _INSERT,
            [_written(mail, to, about) for mail, to, about in letters],
        )
        after_commit(wake)


_INSERT = sa.insert(cast(sa.Table, MailRow.__table__))


def _written(
    mail: Mail, to: Recipient, conversation: str, *, secret_link: str | None = None, reply_to: str | None = None
) -> dict[str, Any]:
    """The columns of a mail that waits."""
    if mail.carries_link != (secret_link is not None or mail.mints_late):
        raise TypeError(f"{mail.template}: carries_link and secret_link disagree")
    moment = now()
    return {
        "created_at": moment,
        "template": mail.template,
        "args": mails.dump(mail),
        "locale": to.locale,
        "to_email": to.email,
        "to_name": to.name,
        "person_id": to.person_id,
        "reply_to": reply_to,
        "conversation": conversation,
        "secret": encrypt(secret_link) if secret_link else None,
        "state": MailState.SET_ASIDE if is_erased(to.email) else MailState.QUEUED,
        "next_attempt_at": moment,
        "message_id": make_msgid(domain=urlsplit(current_app.config["GANGWAY"].public_url).hostname),
    }


def resend(mail_id: int, by: Actor) -> MailRow:
    """Queues a new mail with the same words-to-be as one that was given up, returned or already sent.

    It is rendered anew, and a personal link in it is a new one.

    Raises:
        LinkNotRenewable: nobody may have this link any more.
        Conflict: it is still under way.
    """
    with write():
        old = lock(MailRow, mail_id)
        if not old.is_final:
            raise Conflict(_l("This mail is still under way."))
        if is_erased(old.to_email):
            raise Conflict(_l("Address and words of this mail were erased."))
        mail = mails.load(old.template, old.args)
        path = mail.renew(old) if mail.carries_link else None
        if mail.carries_link and path is None:
            raise LinkNotRenewable
        to = Recipient(old.to_email, old.to_name, old.locale, old.person_id)
        row = post(mail, to, conversation=old.conversation, secret_link=path, reply_to=old.reply_to)
        row.resend_of_id = old.id
        record(old, "mail.resent", by)
        if old.needs_somebody:
            old.state = MailState.SET_ASIDE
    return row


def set_aside(mail_id: int, by: Actor) -> None:
    """Leaves a failed or returned mail as it is.

    Raises:
        Conflict: somebody decided meanwhile.
    """
    with write():
        row = lock(MailRow, mail_id)
        if not row.needs_somebody:
            raise Conflict(_l("Somebody decided about this mail meanwhile."))
        row.state = MailState.SET_ASIDE
        record(row, "mail.set_aside", by)


def take_up_again(mail_id: int, by: Actor) -> None:
    """Undoes `set_aside`: the mail waits in the inbox again.

    Raises:
        Conflict: it was not set aside.
    """
    with write():
        row = lock(MailRow, mail_id)
        if row.state != MailState.SET_ASIDE:
            raise Conflict(_l("Somebody decided about this mail meanwhile."))
        bounced = db.session.scalar(
            sa.select(MailAttempt.id).where(MailAttempt.mail_id == row.id, MailAttempt.outcome == "bounced").limit(1)
        )
        row.state = MailState.BOUNCED if bounced else MailState.FAILED
        record(row, "mail.taken_up_again", by)


def note_bounce(message_id: str, detail: str) -> MailRow | None:
    """A mail that the server had accepted came back. Returns it, or None when we never sent such a mail."""
    found = db.session.scalar(sa.select(MailRow.id).where(MailRow.message_id == message_id))
    if found is None:
        return None
    with write():
        row = lock(MailRow, found)
        db.session.add(MailAttempt(mail_id=row.id, at=now(), outcome="bounced", detail=detail))
        if row.state in (MailState.SENT, MailState.SENDING, MailState.QUEUED):
            row.state = MailState.BOUNCED
            row.last_error = detail
            row.secret = None
            row.lease_owner = row.lease_until = None
    return row


class LinkNotRenewable(DomainError):
    """The personal link is nobody's any more (the invitation was used, the person left) or one of minutes."""

    def __init__(self) -> None:
        super().__init__(
            _l(
                "The personal link in this mail cannot be renewed: it is no longer needed, "
                "or the person asks for a new one."
            )
        )


def wake() -> None:
    """Tells the worker at once. A lost call costs nothing but time: its sweep looks by itself."""
    wake: Callable[[], None] | None = current_app.extensions.get("gangway_wake")
    if wake is not None:
        wake()
