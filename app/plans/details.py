"""The customer's own details that a task of kind `confirm` goes through, one by one (C4).

They stand on the account, and two days on the plan: the agreed day of going live, and when the account manager thinks
it will be. What is kept with the task are their codes alone, never a copy of a value.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.customers import fields
from app.customers.models import Account
from app.plans.models import Plan
from app.plans.party import Hand

GOLIVE, FORESEEN = "golive_on", "foreseen_on"
"""Of the plan; everything else is a field of the account."""


def may_go_through(hand: Hand) -> bool:
    """Staff who may edit accounts, and the customer's own people."""
    return hand.person is None or policy.allows(hand.person, P.ACCOUNTS_EDIT)


def account_of(plan: Plan) -> Account | None:
    """As it is now."""
    return None if plan.account_id is None else db.session.get(Account, plan.account_id)


def asked_of(plan: Plan, account: Account | None, hand: Hand) -> tuple[str, ...]:
    """What is gone through, in the order of the page. The forecast is the account manager's own."""
    of_account = fields.asked_in(account.country) if account is not None else ()
    days = [GOLIVE] if plan.golive_on is not None else []
    if hand.person is not None:
        days.append(FORESEEN)
    return (*of_account, *days)


def gone_through(answer: Mapping[str, Any]) -> dict[str, str]:
    """What was said of each detail so far: right or corrected, by its code."""
    return {code: word for word in ("right", "corrected") for code in answer.get(word, ())}


def kept(said: Mapping[str, str]) -> dict[str, list[str]]:
    """The same as the task keeps it."""
    return {word: [code for code, each in said.items() if each == word] for word in ("right", "corrected")}
