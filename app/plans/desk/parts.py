"""Plans on the pages of an account and of a reseller."""

from __future__ import annotations

from typing import Any

from app.customers import story
from app.customers.models import Account
from app.customers.story import Part
from app.partners import parts as of_reseller
from app.partners.models import Reseller
from app.plans import parts

TEMPLATE = "plans/desk_party_part.html"


def _of_account(account: Account) -> Part | None:
    part = parts.of_party(account, may_start=account.is_live)
    return None if part is None else Part(TEMPLATE, part)


def _of_reseller(reseller: Reseller) -> tuple[str, dict[str, Any]] | None:
    part = parts.of_party(reseller.organisation, may_start=reseller.is_active)
    return None if part is None else (TEMPLATE, part)


story.DESK_PARTS.append(_of_account)
of_reseller.DESK_PARTS.append(_of_reseller)
