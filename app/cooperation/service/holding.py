"""Every verb of the work together holds the software partner's row first, so those of one partner happen one after the
other; then the plan, where a task of it is done or added, and a session of trainings last."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.db import Base, db, lock
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history.service import Change
from app.integrations.models import SoftwarePartner
from app.people.models import Organisation


class CooperationEnded(Conflict):
    """Nothing more is agreed with this software partner."""

    def __init__(self) -> None:
        super().__init__(_l("The cooperation with this software partner has ended. Nothing can be changed any more."))


class MovedOn(Conflict):
    """Somebody else changed it since it was looked at."""

    def __init__(self) -> None:
        super().__init__(_l("Somebody else changed this a moment ago. What you typed is still here."))


def held(partner_id: int) -> SoftwarePartner:
    """The software partner, held inside a `write()`.

    Raises:
        CooperationEnded, NotFound
    """
    partner = lock(SoftwarePartner, partner_id)
    if not partner.is_active:
        raise CooperationEnded
    return partner


def company_of(partner: SoftwarePartner) -> str:
    return db.session.get_one(Organisation, partner.organisation_id).name


def put(row: Base, values: Mapping[str, Any]) -> dict[str, Change]:
    """Sets what differs, and tells it as the history keeps it."""
    changes: dict[str, Change] = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = (plain(before), plain(value))
            setattr(row, name, value)
    return changes


def plain(value: Any) -> Any:
    """As JSON keeps it."""
    return value.isoformat() if hasattr(value, "isoformat") else value
