"""What the administrator does with addresses of other systems: add, change, stop, start, renew secrets, send again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from app.core import background
from app.core.clock import now
from app.core.crypto import KeyMissing, decrypt, encrypt
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError, NotFound
from app.core.i18n import _l
from app.core.reaching import Lookup
from app.history import words
from app.history.service import Actor, record
from app.outbox.webhooks import gathering, sender
from app.outbox.webhooks.models import Delivery, DeliveryState, Webhook, WebhookState
from app.outbox.webhooks.signing import new_secret

words.name(
    {
        "webhook.added": _l("Address added"),
        "webhook.edited": _l("Address changed"),
        "webhook.secret_shown": _l("Secret shown"),
        "webhook.secret_renewed": _l("Secret renewed"),
        "webhook.former_secret_ended": _l("Former secret ended"),
        "webhook.paused": _l("Paused"),
        "webhook.resumed": _l("Switched on again"),
        "webhook.switched_off": _l("Switched off, because nothing arrived"),
        "webhook.tested": _l("Test event sent"),
        "webhook.replayed": _l("Events sent again"),
        "webhook.removed": _l("Address removed"),
    }
)

BOTH_SIGN = timedelta(hours=24)
"""How long the former secret signs beside a new one."""


@dataclass(frozen=True)
class Details:
    """What the administrator enters."""

    url: str
    description: str
    events: tuple[str, ...]


class SecretShown(Conflict):
    """It is shown once, so that it stands in one place."""

    def __init__(self) -> None:
        super().__init__(_l("This secret was shown already. If it is lost, make a new one."))


class SecretLost(Conflict):
    """It was encrypted with a key that is gone."""

    def __init__(self) -> None:
        super().__init__(_l("This secret cannot be read with the keys of this installation. Make a new one."))


def add(details: Details, by: Actor, *, lookup: Lookup | None = None) -> Webhook:
    """An address that is told of these events from now on.

    Raises:
        FieldError: the address is none that is asked.
    """
    _check(details.url, lookup)
    webhook = Webhook(
        created_at=now(),
        url=details.url,
        description=details.description,
        events=list(details.events),
        secret=encrypt(new_secret()),
    )
    with write():
        db.session.add(webhook)
        db.session.flush()
        record(
            webhook,
            "webhook.added",
            by,
            {"url": (None, details.url), "description": (None, details.description), "events": (None, webhook.events)},
        )
    return webhook


def _check(url: str, lookup: Lookup | None) -> None:
    problem = sender.problem_with(url, lookup)
    if problem:
        raise FieldError("url", problem)


def edit(id: int, details: Details, seen: int, by: Actor, *, lookup: Lookup | None = None) -> Webhook:
    """Changes the address, or what it is told of.

    Raises:
        FieldError: the address is none that is asked.
        Conflict: somebody else changed it meanwhile.
    """
    _check(details.url, lookup)
    with write():
        webhook = _held(id)
        if webhook.version != seen:
            raise Conflict(_l("Somebody else changed this address meanwhile."))
        new = {"url": details.url, "description": details.description, "events": list(details.events)}
        changes = {name: (getattr(webhook, name), value) for name, value in new.items()}
        changes = {name: pair for name, pair in changes.items() if pair[0] != pair[1]}
        if changes:
            for name, (_old, value) in changes.items():
                setattr(webhook, name, value)
            webhook.version += 1
            record(webhook, "webhook.edited", by, changes)
    return webhook


def _held(id: int) -> Webhook:
    webhook = lock(Webhook, id)
    if webhook.state == WebhookState.REMOVED:
        raise NotFound
    return webhook


def show_secret(id: int, by: Actor) -> str:
    """The secret, once.

    Raises:
        SecretShown, SecretLost
    """
    with write():
        webhook = _held(id)
        if webhook.shown_at is not None:
            raise SecretShown
        assert webhook.secret is not None
        try:
            secret = decrypt(webhook.secret)
        except KeyMissing:
            raise SecretLost from None
        webhook.shown_at = now()
        record(webhook, "webhook.secret_shown", by)
    return secret


def renew_secret(id: int, by: Actor) -> Webhook:
    """A new secret; the former one signs beside it for a day."""
    with write():
        webhook = _held(id)
        webhook.former_secret, webhook.former_until = webhook.secret, now() + BOTH_SIGN
        webhook.secret, webhook.shown_at = encrypt(new_secret()), None
        record(webhook, "webhook.secret_renewed", by)
    return webhook


def end_former_secret(id: int, by: Actor) -> None:
    """For a former secret that somebody else may know."""
    with write():
        webhook = _held(id)
        if webhook.former_secret is not None:
            webhook.former_secret = webhook.former_until = None
            record(webhook, "webhook.former_secret_ended", by)


def pause(id: int, by: Actor) -> None:
    """Nothing is sent until it is switched on again; events gather meanwhile. Also answers the inbox item of an address
    that was switched off."""
    with write():
        webhook = _held(id)
        if webhook.state != WebhookState.PAUSED:
            webhook.state = WebhookState.PAUSED
            webhook.off_at = None
            record(webhook, "webhook.paused", by)


def resume(id: int, by: Actor) -> None:
    """Switches it on again: what gathered leaves now."""
    with write():
        webhook = _held(id)
        if webhook.state != WebhookState.ON:
            webhook.state = WebhookState.ON
            record(webhook, "webhook.resumed", by)
        webhook.failures = 0
        webhook.failing_since = webhook.rests_until = webhook.off_at = None
        background.wake()


def remove(id: int, by: Actor) -> None:
    """It is told nothing any more. What waited for it is given up, and its secrets are forgotten."""
    with write():
        webhook = _held(id)
        webhook.state = WebhookState.REMOVED
        webhook.secret = webhook.former_secret = webhook.former_until = None
        db.session.execute(
            sa.update(Delivery)
            .where(Delivery.webhook_id == webhook.id, Delivery.state == DeliveryState.QUEUED)
            .values(state=DeliveryState.FAILED)
            .execution_options(synchronize_session=False)
        )
        record(webhook, "webhook.removed", by)


def send_test(id: int, by: Actor) -> Delivery:
    """An event that says nothing, to see whether the other side takes it.

    Raises:
        Conflict: the address is stopped.
    """
    with write():
        webhook = _held(id)
        if webhook.state != WebhookState.ON:
            raise Conflict(_l("Nothing is sent to this address now. Switch it on first."))
        webhook.rests_until = None
        test = gathering.add_test(webhook, now())
        record(webhook, "webhook.tested", by)
    return test


def replay(delivery_id: int, by: Actor) -> None:
    """Sends an event again that arrived or was given up, under the same number.

    Raises:
        Conflict: it is still under way.
        NotFound: its address was removed.
    """
    with write():
        found = lock(Delivery, delivery_id)
        webhook = _held(found.webhook_id)
        if not found.is_final:
            raise Conflict(_l("This event is still under way."))
        found.state, found.attempts, found.next_attempt_at = DeliveryState.QUEUED, 0, now()
        record(webhook, "webhook.replayed", by, {"event": (None, found.ref)})
        background.wake()


def replay_failed(id: int, since: datetime, by: Actor) -> int:
    """Sends everything again that was given up since then; tells how many."""
    with write():
        webhook = _held(id)
        again = db.session.scalars(
            sa.update(Delivery)
            .where(
                Delivery.webhook_id == webhook.id,
                Delivery.state == DeliveryState.FAILED,
                Delivery.created_at >= since,
            )
            .values(state=DeliveryState.QUEUED, attempts=0, next_attempt_at=now())
            .returning(Delivery.id)
            .execution_options(synchronize_session=False)
        ).all()
        if again:
            record(webhook, "webhook.replayed", by, {"count": (None, len(again))})
            background.wake()
    return len(again)


def forget_former_secrets() -> None:
    """Former secrets whose day is over."""
    with write():
        db.session.execute(
            sa.update(Webhook)
            .where(Webhook.former_until < now())
            .values(former_secret=None, former_until=None)
            .execution_options(synchronize_session=False)
        )
