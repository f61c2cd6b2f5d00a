"""Plans on the pages of others: an account's, and that of a reseller or other organisation."""

from __future__ import annotations

from typing import Any

from flask import url_for

from app.access.guard import may
from app.access.permissions import P
from app.customers import story
from app.customers.models import Account
from app.customers.story import Part
from app.partners import parts as of_reseller
from app.partners.models import Reseller
from app.plans.models import Plan
from app.plans.queries import at_desk
from app.plans.words import HEALTHS, STATES, WAITS


def _of_account(account: Account) -> Part | None:
    if not may(P.PLANS_READ):
        return None
    start = url_for("plans_desk.start", account=account.ref) if may(P.PLANS_START) and account.is_live else ""
    return Part("plans/desk_party_part.html", _context(at_desk.of_account(account.id), start))


def _of_reseller(reseller: Reseller) -> tuple[str, dict[str, Any]] | None:
    if not may(P.PLANS_READ):
        return None
    start = ""
    if may(P.PLANS_START) and reseller.is_active:
        start = url_for("plans_desk.start", organisation=reseller.organisation.ref)
    return "plans/desk_party_part.html", _context(at_desk.of_organisation(reseller.organisation_id), start)


def _context(plans: list[Plan], start: str) -> dict[str, Any]:
    return {"plans": plans, "start_url": start, "HEALTHS": HEALTHS, "STATES": STATES, "WAITS": WAITS}


story.DESK_PARTS.append(_of_account)
of_reseller.DESK_PARTS.append(_of_reseller)
