"""Finding addresses and their events for the desk."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, page_of
from app.outbox.webhooks.models import Delivery, DeliveryState, Webhook, WebhookState


class Box(enum.StrEnum):
    """What staff look at together; each is one or more states."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


STATES = {
    Box.WAITING: (DeliveryState.QUEUED, DeliveryState.SENDING),
    Box.DELIVERED: (DeliveryState.DELIVERED,),
    Box.FAILED: (DeliveryState.FAILED,),
}


@dataclass(frozen=True)
class Counts:
    """Of one address: how many events wait, how many were given up, and when one arrived last."""

    waiting: int = 0
    failed: int = 0
    latest: datetime | None = None


def all_of_them() -> list[Webhook]:
    """The addresses that are told of events, oldest first."""
    return list(db.session.scalars(sa.select(Webhook).where(_there()).order_by(Webhook.id)))


def _there() -> sa.ColumnElement[bool]:
    return Webhook.state != WebhookState.REMOVED


def by_ref(ref: str) -> Webhook:
    """
    Raises:
        NotFound: there is none, or it was removed.
    """
    found = db.session.scalar(sa.select(Webhook).where(Webhook.ref == ref, _there()))
    if found is None:
        raise NotFound
    return found


def counts() -> dict[int, Counts]:
    """For all addresses, in one look."""
    rows = db.session.execute(
        sa.select(
            Delivery.webhook_id,
            sa.func.count().filter(Delivery.state.in_(STATES[Box.WAITING])),
            sa.func.count().filter(Delivery.state == DeliveryState.FAILED),
            sa.func.max(Delivery.delivered_at),
        ).group_by(Delivery.webhook_id)
    )
    return {id: Counts(waiting, failed, latest) for id, waiting, failed, latest in rows}


def page(webhook: Webhook, box: Box | None, cursor: str | None) -> Page[Delivery]:
    """Its events, newest first."""
    query = sa.select(Delivery).where(Delivery.webhook_id == webhook.id)
    if box is not None:
        query = query.where(Delivery.state.in_(STATES[box]))
    return page_of(query, Delivery.created_at, Delivery.id, descending=True, cursor=cursor)


def delivery(webhook: Webhook, ref: str) -> Delivery:
    """One of its events, with its attempts.

    Raises:
        NotFound: there is none.
    """
    found = db.session.scalar(
        sa.select(Delivery)
        .where(Delivery.webhook_id == webhook.id, Delivery.ref == ref)
        .options(selectinload(Delivery.log), joinedload(Delivery.webhook))
    )
    if found is None:
        raise NotFound
    return found


def switched_off(limit: int) -> list[Webhook]:
    """Those about which somebody has to decide, longest first."""
    return list(
        db.session.scalars(
            sa.select(Webhook).where(Webhook.state == WebhookState.OFF).order_by(Webhook.off_at).limit(limit)
        )
    )


def count_waiting() -> dict[str, float]:
    """How many events are in each state that is not done."""
    counted = dict.fromkeys(map(str, STATES[Box.WAITING]), 0.0)
    rows = db.session.execute(
        sa.select(Delivery.state, sa.func.count()).where(Delivery.state.in_(list(counted))).group_by(Delivery.state)
    )
    return counted | {state: float(count) for state, count in rows}
