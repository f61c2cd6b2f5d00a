"""The plans of an account or organisation, for a part of its page."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.access.guard import may
from app.access.permissions import P
from app.customers.models import Account
from app.people.models import Organisation
from app.plans.queries import at_desk
from app.plans.words import HEALTHS, STATES


def of_party(party: Account | Organisation, *, may_start: bool) -> dict[str, Any] | None:
    """What `plans/desk_party_part.html` needs; None for who may not read plans."""
    if not may(P.PLANS_READ):
        return None
    asked: dict[str, Any] = {"account" if isinstance(party, Account) else "organisation": party.ref}
    start = url_for("plans_desk.start", **asked) if may_start and may(P.PLANS_START) else ""
    return {"plans": at_desk.of_party(party), "start_url": start, "HEALTHS": HEALTHS, "STATES": STATES}
