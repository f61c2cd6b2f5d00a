"""Sending events: the worker takes one after the other, signs it, hands it over and notes what was answered.

At least once, in no promised order: a worker that dies between the other system's word and our note sends the event
again, under the same `webhook-id`. Mails come first: some events are sent between two looks at the mails.
"""

from __future__ import annotations

import http.client
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from werkzeug.routing import BuildError

from app.core import background, reaching
from app.core.clock import now
from app.core.crypto import KeyMissing
from app.core.db import db, lock, write
from app.core.i18n import _l
from app.core.reaching import Lookup, Nobody, Refused
from app.history.service import record
from app.outbox.queue import Queue
from app.outbox.webhooks import signing
from app.outbox.webhooks.models import Delivery, DeliveryAttempt, DeliveryState, Webhook, WebhookState

SECONDS = 10.0
"""For a whole message, from connecting to the end of the answer."""
MOST = 64 * 1024
"""Bytes of an answer that are read; of those that are kept, `KEPT` signs."""
KEPT = 2000
UNKNOWN_NAME = "The name could not be looked up."
TOO_SLOW = f"No answer within {SECONDS:.0f} seconds."
"""Kept with an attempt; pages say them in the reader's language."""
LEASE = timedelta(minutes=2)
"""Longer than `SECONDS`, and than looking a name up takes at worst."""
BACKOFF = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, *[720] * 10))
"""More than five days in all."""
QUEUE = Queue(Delivery, LEASE, BACKOFF)

REST = tuple(timedelta(minutes=minutes) for minutes in (0, 1, 5, 15, 60))
"""How long an address is left alone after so many failures in a row, so that one which does not answer is not asked for
each of its events; the last counts for all that follow."""
GIVES_UP_AFTER = timedelta(days=5)
"""An address at which nothing arrives for so long is switched off, and staff are asked."""
GONE = 410
"""With this an address says itself that it is no more."""
A_LOOK = 1.0
"""Seconds of sending before the mails are looked at again."""


@dataclass(frozen=True)
class Answer:
    """What became of a message."""

    outcome: str
    status: int | None = None
    text: str = ""

    @property
    def arrived(self) -> bool:
        return self.outcome == "delivered"


def problem_with(url: str, lookup: Lookup | None = None) -> Any:
    """Why nothing is ever sent to this address; "" where nothing is wrong with it. A name that cannot be looked up just
    now may stand: it is looked up again, and looked at, for each message."""
    if not url.startswith("https://"):
        return _l("Enter an address that begins with https://")
    try:
        reaching.place_of(url, takes_port, lookup)
    except Refused:
        return _l("Enter an address on the Internet: nothing is sent into private networks, or to this machine.")
    except (Nobody, OSError):
        return ""
    except ValueError:
        return _l("Enter an address that begins with https://")
    return ""


def takes_port(scheme: str, port: int) -> bool:
    """443, and those that belong to no service of the system."""
    return scheme == "https" and (port == 443 or port >= 1024)


@background.step
def send_due(worker: str) -> bool:
    """Sends for a moment; True when there is more."""
    until = time.monotonic() + A_LOOK
    QUEUE.take_back_expired()
    while (delivery_id := claim(worker)) is not None:
        _deal_with(delivery_id, worker)
        if time.monotonic() >= until:
            return True
    return False


def claim(owner: str) -> int | None:
    """Makes the next due event this worker's own for the time of a lease; None when nothing is due."""
    moment = now()
    longest = moment + max(REST) + timedelta(minutes=5)  # beyond it a clock stood that was set back since
    takes = sa.select(Webhook.id).where(
        Webhook.state == WebhookState.ON,
        sa.or_(Webhook.rests_until.is_(None), Webhook.rests_until <= moment, Webhook.rests_until > longest),
    )
    return QUEUE.claim(owner, moment, Delivery.webhook_id.in_(takes))


def _deal_with(delivery_id: int, owner: str) -> None:
    delivery = db.session.get_one(Delivery, delivery_id, populate_existing=True)
    webhook = db.session.get_one(Webhook, delivery.webhook_id, populate_existing=True)
    if delivery.lease_until is None or now() >= delivery.lease_until:
        return  # stood still for long: somebody else has it by now
    db.session.commit()  # no transaction stays open while the other system takes its time
    answer = _send(delivery, webhook)
    _finish(delivery, owner, answer)


def _send(delivery: Delivery, webhook: Webhook) -> Answer:
    try:
        body = signing.body_of(delivery)
        headers = signing.headers_of(delivery, webhook, body, now())
    except (KeyMissing, BuildError, ValueError) as problem:
        return Answer("unreadable", None, str(problem)[:500])
    try:
        place = reaching.place_of(webhook.url, takes_port)
        reply = reaching.exchange(place, "POST", headers, body, seconds=SECONDS, most=MOST)
    except Refused:
        return Answer("private")
    except Nobody:
        return Answer("unreachable", None, UNKNOWN_NAME)
    except TimeoutError:
        return Answer("unreachable", None, TOO_SLOW)
    except (OSError, http.client.HTTPException, ValueError) as problem:
        return Answer("unreachable", None, f"{type(problem).__name__}: {problem}"[:500])
    text = reply.body.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")[:KEPT]
    return Answer("delivered" if 200 <= reply.status < 300 else "refused", reply.status, text)


def _finish(delivery: Delivery, owner: str, answer: Answer) -> None:
    """Notes the attempt, and moves the event and its address on. What arrived counts even when the lease was lost."""
    moment = now()
    again = QUEUE.again_at(delivery)
    values: dict[str, Any]
    if answer.arrived:
        change = QUEUE.unfinished(delivery)
        values = {"state": DeliveryState.DELIVERED, "delivered_at": moment}
    elif again is not None:
        change = QUEUE.mine(delivery, owner)
        values = {"state": DeliveryState.QUEUED, "next_attempt_at": again}
    else:
        change = QUEUE.mine(delivery, owner)
        values = {"state": DeliveryState.FAILED}
    with write():
        webhook = lock(Webhook, delivery.webhook_id)
        changed = db.session.execute(
            change.values(lease_owner=None, lease_until=None, **values).returning(Delivery.id)
        ).first()
        db.session.add(
            DeliveryAttempt(
                delivery_id=delivery.id, at=moment, outcome=answer.outcome, status=answer.status, answer=answer.text
            )
        )
        _note(webhook, answer, moment)
    structlog.get_logger("outbox").info(
        "event",
        event_ref=delivery.ref,
        webhook=webhook.ref,
        outcome=answer.outcome,
        status=answer.status,
        attempt=delivery.attempts,
        late=changed is None,
    )


def _note(webhook: Webhook, answer: Answer, moment: datetime) -> None:
    """What this says of the address: it works, it rests for a while, or it is switched off."""
    if answer.arrived:
        if webhook.failures:
            webhook.failures = 0
            webhook.failing_since = webhook.rests_until = None
        return
    webhook.failures += 1
    webhook.failing_since = webhook.failing_since or moment
    webhook.rests_until = moment + REST[min(webhook.failures, len(REST)) - 1]
    lasted = moment - webhook.failing_since >= GIVES_UP_AFTER
    if webhook.state == WebhookState.ON and (lasted or answer.status == GONE):
        webhook.state, webhook.off_at = WebhookState.OFF, moment
        record(webhook, "webhook.switched_off", None)
