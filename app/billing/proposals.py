"""What an invoice could be for: accounts that look like its customer, and periods that wait for an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPeriod, Invoice, PeriodState
from app.billing.queries.details import calendar_of, of_account
from app.billing.service import matching
from app.billing.service.periods import period_ref, price_on
from app.core.db import db
from app.core.search import contains, fold
from app.customers.models import Account, AccountState

MOST = 50
"""Periods that a page proposes."""


@dataclass(frozen=True)
class ProposedAccount:
    account: Account
    reason: str
    """`number` or `name`."""


def accounts_for(invoice: Invoice) -> list[ProposedAccount]:
    """Live accounts that could be the customer: those with the buyer's number, then those with a like name."""
    by_number = matching.accounts_of(matching.readings_of(invoice.buyer_country, invoice.buyer_number))
    found = [ProposedAccount(account, "number") for account in by_number]
    words = sorted(fold(invoice.buyer_name).split(), key=len, reverse=True)[:2]
    words = [word for word in words if len(word) > 3]
    if words:
        known = {one.account.id for one in found}
        by_name = db.session.scalars(
            sa.select(Account)
            .where(Account.state == AccountState.ACTIVE, contains(Account.name_sort, " ".join(words)))
            .order_by(Account.name_sort, Account.id)
            .limit(5)
        )
        found += [ProposedAccount(account, "name") for account in by_name if account.id not in known]
    return found


@dataclass(frozen=True)
class ProposedPeriod:
    """A period that no invoice has yet."""

    ref: str
    detail: BillingDetail
    starts_on: date
    ends_on: date
    net: Decimal
    handed_over: bool
    fits: bool = False
    """It belongs to the periods whose sum is what the invoice charges: ticked for a start."""


def periods_for(invoice: Invoice) -> list[ProposedPeriod]:
    """The periods of its account and currency that could be on it, best first: those whose net amounts make up
    exactly what is not accounted for yet, then the handed-over ones, then those due by now, each oldest first."""
    if invoice.account_id is None:
        return []
    handed_over = [
        ProposedPeriod(period.ref, period.detail, period.starts_on, period.ends_on, period.net, True)
        for period in db.session.scalars(
            sa.select(BillingPeriod)
            .join(BillingDetail, BillingDetail.id == BillingPeriod.detail_id)
            .where(
                BillingDetail.account_id == invoice.account_id,
                BillingPeriod.state == PeriodState.HANDED_OVER,
                BillingPeriod.invoice_id.is_(None),
                BillingPeriod.currency == invoice.currency,
            )
            .order_by(BillingPeriod.starts_on, BillingPeriod.id)
            .limit(MOST)
            .options(joinedload(BillingPeriod.detail, innerjoin=True).joinedload(BillingDetail.service, innerjoin=True))
        )
    ]
    proposed = handed_over + _due(invoice, MOST - len(handed_over))
    missing = invoice.net - sum((period.net for period in invoice.periods), Decimal("0.00"))
    fitting = summing_to(missing, [one.net for one in proposed])
    marked = [replace(one, fits=place in fitting) for place, one in enumerate(proposed)]
    return sorted(marked, key=lambda one: (not one.fits, not one.handed_over, one.starts_on, one.ref))


def _due(invoice: Invoice, most: int) -> list[ProposedPeriod]:
    """Periods that nobody dealt with and that begin until a month after the invoice's date: it may be ahead of us."""
    if most <= 0:
        return []
    details = [detail for detail in of_account(invoice.account_id or 0) if detail.currency == invoice.currency]
    rows = db.session.execute(
        sa.select(BillingPeriod.detail_id, BillingPeriod.number).where(
            BillingPeriod.detail_id.in_([detail.id for detail in details])
        )
    )
    dealt_with: dict[int, set[int]] = {}
    for detail_id, number in rows:
        dealt_with.setdefault(detail_id, set()).add(number)
    found = []
    for detail in details:
        until = invoice.issued_on + timedelta(days=31)
        for period in calendar.due(calendar_of(detail), dealt_with.get(detail.id, set()), until):
            net = price_on(detail.prices, period.starts_on).net
            found.append(
                ProposedPeriod(period_ref(detail, period.number), detail, period.starts_on, period.ends_on, net, False)
            )
            if len(found) >= most:
                return found
    return found


def summing_to(target: Decimal, amounts: Sequence[Decimal]) -> frozenset[int]:
    """The places of amounts that make up `target` exactly; none if they do not. All of them if that fits, else one that
    fits alone, else as few early ones as possible: what was handed over first is invoiced first."""
    cents = [int(amount * 100) for amount in amounts]
    wanted = int(target * 100)
    if wanted <= 0:
        return frozenset()
    if sum(cents) == wanted:
        return frozenset(range(len(cents)))
    if wanted in cents:
        return frozenset({cents.index(wanted)})
    reached: dict[int, tuple[int, ...]] = {0: ()}
    for place, amount in enumerate(cents):
        if amount <= 0:
            continue
        for total, chosen in list(reached.items()):
            more = total + amount
            if more <= wanted and (more not in reached or len(reached[more]) > len(chosen) + 1):
                reached[more] = (*chosen, place)
        if len(reached) > 20_000:  # many odd amounts: a proposal is not worth the time of a page
            break
    return frozenset(reached.get(wanted, ()))
