"""How far an integration is, told by verbs alone: into the directory, out of it, and back (S6).

The way into the pilot is told by what is published, in the room of manuals above.
"""

from __future__ import annotations

from collections.abc import Callable

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.errors import Conflict, FieldError
from app.core.i18n import _l
from app.history import words
from app.history.service import record
from app.integrations.models import Integration, Product, SoftwarePartner, Stage
from app.integrations.service import steps
from app.people.models import Person

BEFORE_WITHDRAWING: list[Callable[[Integration], None]] = []
"""Rooms above refuse here, inside the `write()`, what must not be withdrawn now: by raising a Conflict."""

AFTER_PUTTING_BACK: list[Callable[[Integration, Person], None]] = []
"""Called inside the `write()` with a held integration that is being prepared again: what is out already may let it
go on at once."""

words.name(
    {
        "integration.listed": _l("Taken into the public directory"),
        "integration.withdrawn": _l("Taken out"),
        "integration.put_back": _l("Put back into the directory"),
    }
)


class IntegrationMovedOn(Conflict):
    """Its stage changed since it was looked at."""

    def __init__(self) -> None:
        super().__init__(_l("Something happened to this integration in the meantime. Look at it again."))


class NotInThePilot(Conflict):
    """Only what was tried with a customer is listed."""

    def __init__(self) -> None:
        super().__init__(_l("This integration is not in its pilot, so it cannot be taken into the directory."))


class NothingToReturnTo(Conflict):
    """Its product is archived, or the software partner is no longer one."""

    def __init__(self) -> None:
        super().__init__(
            _l("The product is archived, or the cooperation has ended. Take the product out of the archive first.")
        )


def list_(integration: Integration, by: Person) -> bool:
    """The pilot succeeded: everybody finds it from now on. Inside a `write()` that holds the integration; False when it
    was listed already.

    Raises:
        NotInThePilot
    """
    if integration.stage == Stage.LISTED:
        return False
    if integration.stage != Stage.PILOT:
        raise NotInThePilot
    before = integration.stage
    integration.stage, integration.withdrawn_at = Stage.LISTED, None
    integration.listed_at = integration.listed_at or now()
    _touch(integration)
    record(integration, "integration.listed", by, {"stage": (str(before), str(Stage.LISTED))})
    product = db.session.get_one(Product, integration.product_id)
    steps.done(db.session.get_one(SoftwarePartner, product.partner_id), "listed", by)
    return True


def withdraw(integration_id: int, seen: int, reason: str, by: Person) -> Integration:
    """Nobody new finds it any more. What is published is taken down by hand: whoever works with it reads on.

    Raises:
        FieldError: no reason.
        IntegrationMovedOn
        Conflict: a room above refuses, because of a pilot that runs.
    """
    if not reason:
        raise FieldError("reason", _l("Enter the reason"))
    with write():
        integration = lock(Integration, integration_id)
        if integration.stage == Stage.WITHDRAWN:
            return integration
        if integration.version != seen:
            raise IntegrationMovedOn
        for ask in BEFORE_WITHDRAWING:
            ask(integration)
        before = integration.stage
        integration.stage, integration.withdrawn_at = Stage.WITHDRAWN, now()
        _touch(integration)
        record(
            integration,
            "integration.withdrawn",
            by,
            {"stage": (str(before), str(Stage.WITHDRAWN)), "reason": (None, reason)},
        )
    return integration


def put_back(integration_id: int, seen: int, by: Person) -> Integration:
    """What was in the directory stands in it again; anything else goes on from what is published.

    Raises:
        IntegrationMovedOn, NothingToReturnTo
    """
    with write():
        integration = lock(Integration, integration_id)
        if integration.stage != Stage.WITHDRAWN:
            return integration
        if integration.version != seen:
            raise IntegrationMovedOn
        product = db.session.get_one(Product, integration.product_id)
        partner = db.session.get_one(SoftwarePartner, product.partner_id)
        if product.archived_at is not None or not partner.is_active:
            raise NothingToReturnTo
        stage = Stage.LISTED if integration.listed_at is not None else Stage.PREPARING
        integration.stage, integration.withdrawn_at = stage, None
        _touch(integration)
        record(integration, "integration.put_back", by, {"stage": (str(Stage.WITHDRAWN), str(stage))})
        if stage == Stage.PREPARING:
            for carry_on in AFTER_PUTTING_BACK:
                carry_on(integration, by)
    return integration


def _touch(integration: Integration) -> None:
    integration.updated_at = now()
    integration.version += 1
    db.session.flush()


__all__ = [
    "AFTER_PUTTING_BACK",
    "BEFORE_WITHDRAWING",
    "IntegrationMovedOn",
    "NotInThePilot",
    "NothingToReturnTo",
    "list_",
    "put_back",
    "withdraw",
]
