"""What mails hold: whom they went to, and the words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import ERASED, Holding, Is, Kind, Rule, are, erased_address
from app.outbox.models import MailAttempt, MailRow, MailState
from app.outbox.pause import OutboxPause
from app.outbox.webhooks.models import Delivery, DeliveryAttempt, DeliveryState, Webhook

_MAIL = Kind(
    "mail",
    _l("Mails"),
    _l(
        "To tell people what concerns them, and to show later what was said: performance of the contract, and our "
        "legitimate interest."
    ),
    _l("The words and the address for one year; that a mail was sent stays."),
)

_EVENTS = Kind(
    "webhook",
    _l("Events for other systems"),
    _l(
        "To tell the systems that the company connected what happened to which record, without naming anybody: our "
        "legitimate interest."
    ),
    _l("Events and what was answered for 30 days; the address as long as it is used."),
)

_WORDLESS: dict[str, Any] = {
    "args": {},
    "subject": ERASED,
    "text": ERASED + "\n",
    "html": f"<p>{ERASED}</p>",
    "calendar": None,
    "search": "",
    "secret": None,
    "to_name": ERASED,
    "reply_to": None,
}


def _state(row: Mapping[str, Any]) -> str:
    """Nothing is sent to somebody who is erased, nor does it wait for anybody."""
    over = (MailState.SENT, MailState.SHOWN, MailState.BOUNCED)
    return str(row["state"]) if row["state"] in over else MailState.SET_ASIDE


def _is_being_sent(row: Mapping[str, Any]) -> bool:
    return bool(row["state"] == MailState.SENDING and row["lease_until"] is not None and row["lease_until"] > now())


def _old(before: datetime) -> sa.Select[Any]:
    over = (MailState.SENT, MailState.SHOWN, MailState.BOUNCED, MailState.SET_ASIDE)
    return (
        sa.select(MailRow.id)
        .where(MailRow.state.in_(over), MailRow.created_at < before, MailRow.to_email.not_like("%@erased.invalid"))
        .order_by(MailRow.id)
    )


def _forget(ids: Sequence[int]) -> None:
    for id in ids:
        db.session.execute(sa.update(MailRow).where(MailRow.id == id).values(**_WORDLESS, to_email=erased_address(id)))
    db.session.execute(sa.update(MailAttempt).where(MailAttempt.mail_id.in_(ids)).values(detail=""))


_PAUSES = Kind(
    "outbox_pauses",
    _l("Pauses of sending"),
    _l("To see when no mail left, and why: our legitimate interest in a product that works."),
    _l("They name nobody and stay."),
)


def _old_events(before: datetime) -> sa.Select[Any]:
    """Also those that still wait: after so long, reading the records anew is the better way."""
    return (
        sa.select(Delivery.id)
        .where(Delivery.state != DeliveryState.SENDING, Delivery.created_at < before)
        .order_by(Delivery.id)
    )


def _forget_events(ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(DeliveryAttempt).where(DeliveryAttempt.delivery_id.in_(ids)))
    db.session.execute(sa.delete(Delivery).where(Delivery.id.in_(ids)))


HOLDINGS = (
    Holding(OutboxPause, _PAUSES, are(Is.CODE, "reason")),
    Holding(
        DeliveryAttempt,
        _EVENTS,
        {**are(Is.CODE, "outcome"), "answer": Is.TEXT},
        part_of=("delivery_id", "outbox_delivery"),
    ),
    Holding(
        Delivery,
        _EVENTS,
        are(Is.CODE, "ref", "type", "kind", "record_ref", "state", "lease_owner"),
        part_of=("webhook_id", "outbox_webhook"),
    ),
    Holding(
        Webhook,
        _EVENTS,
        {
            **are(Is.CODE, "ref", "events", "state", "url"),
            **are(Is.SECRET, "secret", "former_secret"),
            "description": Is.TEXT,
        },
    ),
    Holding(
        MailAttempt,
        _MAIL,
        {**are(Is.CODE, "outcome"), "detail": Is.TEXT},
        part_of=("mail_id", "outbox_mail"),
    ),
    Holding(
        MailRow,
        _MAIL,
        {
            **are(Is.CODE, "ref", "template", "locale", "conversation", "state", "lease_owner", "message_id"),
            **are(Is.TEXT, "args", "subject", "text", "html", "calendar", "last_error"),
            **are(Is.SECRET, "secret"),
            "to_email": Is.EMAIL,
            "to_name": Is.NAME,
            "reply_to": Is.ADDRESS,
            "search": Is.SEARCH,
        },
        persons=("person_id",),
        found_by=("to_name", "reply_to", "args", "subject"),  # the words are made of these, and much longer
        values={**_WORDLESS, "state": _state, "last_error": None},
        waits=_is_being_sent,
    ),
)

RULES = (
    Rule(
        "mail_words",
        _l("Words and addresses of mails"),
        _l("the day the mail was written"),
        365,
        _old,
        _forget,
        least=30,
        after=_l("That a mail of this kind was sent, and when."),
    ),
    Rule(
        "webhook_events",
        _l("Events for other systems, and their answers"),
        _l("the day of the event"),
        30,
        _old_events,
        _forget_events,
        least=7,
        after=_l("The record's own history, from which the event came."),
    ),
)
