"""Keeping the catalogue: adding, changing, ordering and retiring services."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.catalogue.models import Service
from app.catalogue.words import VERBS
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record

words.name(VERBS)


@dataclass(frozen=True)
class ServiceDetails:
    """What the desk types about a service: names and hints by language, and what it usually costs."""

    code: str
    names: dict[str, str]
    hints: dict[str, str]
    offered: bool
    net: Decimal | None = None
    """The usual net amount of a period; None when it is agreed each time."""
    currency: str = "EUR"
    vat_rate: Decimal | None = None
    """In per cent; None where no VAT is charged."""
    months: int = 1
    """Length of a billing period: 0 for one-off, else 1, 6, 12 or 36."""


NOT_A_CODE = _l("Use only small letters, digits and hyphens, for example online-payments")


def is_code(text: str) -> bool:
    """Whether other systems can know a service by it."""
    plain = text.replace("-", "")
    return plain.isascii() and plain.isalnum() and text == text.lower() and len(text) <= 40


def add(details: ServiceDetails, by: Actor) -> Service:
    """A new service at the end of the list.

    Raises:
        FieldError: the code is taken.
    """
    try:
        with write():
            return put(None, details, by)
    except IntegrityError:
        raise FieldError("code", _l("Another service has this code. Choose another one.")) from None


def change(service_id: int, version: int, details: ServiceDetails, by: Actor) -> Service:
    """Other names, hints, price or period, or retired. The code stays: other systems know it. Billing details keep
    what was agreed with their customers.

    Raises:
        Conflict: somebody else changed the service meanwhile.
    """
    with write():
        service = lock(Service, service_id)
        if service.version != version:
            raise Conflict(_l("Somebody else changed this service a moment ago. What you typed is still below."))
        return put(service, details, by)


def put(service: Service | None, details: ServiceDetails, by: Actor) -> Service:
    """Inside this `write()`: a new service at the end of the list, or other details of a locked one."""
    if service is None:
        last = db.session.scalar(sa.select(sa.func.max(Service.position))) or 0
        service = Service(
            code=details.code,
            names=details.names,
            hints=details.hints,
            offered=details.offered,
            net=details.net,
            currency=details.currency,
            vat_rate=details.vat_rate,
            months=details.months,
            position=last + 1,
        )
        db.session.add(service)
        db.session.flush()
        record(service, "service.added", by, {name: (None, value) for name, value in _told(service).items()})
        return service
    before = _told(service)
    service.names, service.hints, service.offered = details.names, details.hints, details.offered
    service.net, service.currency = details.net, details.currency
    service.vat_rate, service.months = details.vat_rate, details.months
    after = _told(service)
    changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
    if changes:
        service.version += 1
        record(service, "service.changed", by, changes)
    return service


def move(service_id: int, *, up: bool, by: Actor) -> None:
    """One place up or down among the services."""
    with write():
        lock_named("catalogue-order")
        ordered = list(db.session.scalars(sa.select(Service).order_by(Service.position, Service.id)))
        here = next((index for index, service in enumerate(ordered) if service.id == service_id), None)
        there = None if here is None else here - 1 if up else here + 1
        if here is None or there is None or not 0 <= there < len(ordered):
            return
        ordered[here], ordered[there] = ordered[there], ordered[here]
        for position, service in enumerate(ordered, start=1):
            service.position = position
        record(ordered[there], "service.moved", by, {"position": (here + 1, there + 1)})


def _told(service: Service) -> dict[str, Any]:
    """As the history keeps it: an amount stands with its currency."""
    return {
        "names": service.names,
        "hints": service.hints,
        "offered": service.offered,
        "net": None if service.net is None else f"{service.net:.2f} {service.currency}",
        "vat_rate": None if service.vat_rate is None else str(service.vat_rate),
        "months": service.months,
    }
