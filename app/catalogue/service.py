"""Keeping the catalogue: adding, changing, ordering and retiring services."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.catalogue.models import Service
from app.core.db import db, lock, lock_named, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record

words.name(
    {
        "service.added": _l("Service added"),
        "service.changed": _l("Details changed"),
        "service.moved": _l("Place in the list changed"),
    }
)


@dataclass(frozen=True)
class ServiceDetails:
    """What the desk types about a service: names and hints by language."""

    code: str
    names: dict[str, str]
    hints: dict[str, str]
    offered: bool


def add(details: ServiceDetails, by: Actor) -> Service:
    """A new service at the end of the list.

    Raises:
        FieldError: the code is taken.
    """
    try:
        with write():
            last = db.session.scalar(sa.select(sa.func.max(Service.position))) or 0
            service = Service(
                code=details.code,
                names=details.names,
                hints=details.hints,
                offered=details.offered,
                position=last + 1,
            )
            db.session.add(service)
            db.session.flush()
            record(service, "service.added", by, {"names": (None, details.names)})
    except IntegrityError:
        raise FieldError("code", _l("Another service has this code. Choose another one.")) from None
    return service


def change(service_id: int, version: int, details: ServiceDetails, by: Actor) -> Service:
    """Other names, hints, or retired. The code stays: other systems know it.

    Raises:
        Conflict: somebody else changed the service meanwhile.
    """
    with write():
        service = lock(Service, service_id)
        if service.version != version:
            raise Conflict(_l("Somebody else changed this service a moment ago. What you typed is still below."))
        before = {"names": service.names, "hints": service.hints, "offered": service.offered}
        after = {"names": details.names, "hints": details.hints, "offered": details.offered}
        changes = {name: (before[name], after[name]) for name in before if before[name] != after[name]}
        if changes:
            service.names, service.hints, service.offered = details.names, details.hints, details.offered
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
