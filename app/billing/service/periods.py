"""Periods that somebody dealt with: found on an invoice, invoiced elsewhere before; and what a detail's calendar says
then.

All of it runs inside the caller's `write()`, with the detail locked.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPause, BillingPeriod, BillingPrice, PeriodState
from app.billing.queries.details import calendar_of, numbers_dealt_with
from app.core.clock import now
from app.core.db import db, lock
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.history.service import Actor, Visitor, record


class PeriodTaken(Conflict):
    """The period stands on another invoice already."""


def period_ref(detail: BillingDetail, number: int) -> str:
    """The stable id of a period, `B-7K3F9Q2M/3`: other systems know it, and it never means another one."""
    return f"{detail.ref}/{number}"


def price_on(prices: Collection[BillingPrice], day: date) -> BillingPrice:
    """The price of a period that begins on this day: the last one that began by then."""
    begun = [price for price in prices if price.from_on <= day]
    return max(begun, key=lambda price: price.from_on) if begun else min(prices, key=lambda price: price.from_on)


def locked_calendar(detail: BillingDetail) -> calendar.Calendar:
    """The calendar of a locked detail, its pauses as they are now."""
    pauses = db.session.scalars(
        sa.select(BillingPause)
        .where(BillingPause.detail_id == detail.id)
        .order_by(BillingPause.from_on)
        .execution_options(populate_existing=True)
    )
    return calendar_of(detail, list(pauses))


def locked_prices(detail: BillingDetail) -> list[BillingPrice]:
    """The prices of a locked detail as they are now, earliest first."""
    return list(
        db.session.scalars(
            sa.select(BillingPrice)
            .where(BillingPrice.detail_id == detail.id)
            .order_by(BillingPrice.from_on)
            .execution_options(populate_existing=True)
        )
    )


def recompute_next(detail: BillingDetail) -> None:
    """Sets `next_on` of a locked detail, after anything that its calendar depends on was changed."""
    db.session.flush()
    detail.next_on = calendar.next_on(locked_calendar(detail), numbers_dealt_with(detail.id))
    db.session.flush()


def mark_invoiced(detail_id: int, number: int, invoice_id: int) -> BillingPeriod:
    """Links a period to the invoice on which it was found, whether or not it was handed over: it is never due again.

    A period taken over from elsewhere stays so and carries its invoice. Locks the detail: for several take them in the
    order of their keys.

    Raises:
        NotFound: there is no such detail, or its calendar has no period of this number.
        PeriodTaken: it stands on another invoice.
    """
    detail = lock(BillingDetail, detail_id)
    held = _held(detail_id, number)
    if held is None:
        found = calendar.period(locked_calendar(detail), number)
        if found is None:
            raise NotFound
        held = dealt_with(detail, locked_prices(detail), found, PeriodState.INVOICED)
        db.session.add(held)
    elif held.invoice_id not in (None, invoice_id):
        raise PeriodTaken(_l("The period %(ref)s stands on another invoice already.", ref=held.ref))
    if held.state == PeriodState.HANDED_OVER:
        held.state = PeriodState.INVOICED
    held.invoice_id = invoice_id
    detail.version += 1  # a form that was open meanwhile is told
    recompute_next(detail)
    return held


def unmark(detail_id: int, number: int) -> None:
    """Takes the link to the invoice away: the period is what it was before, handed over, taken over, or due again.

    Raises:
        NotFound: there is no such detail.
    """
    detail = lock(BillingDetail, detail_id)
    held = _held(detail_id, number)
    if held is None:
        return
    held.invoice_id = None
    if held.state == PeriodState.INVOICED:
        if held.hand_over_id is not None:
            held.state = PeriodState.HANDED_OVER
        else:
            db.session.delete(held)
    detail.version += 1
    recompute_next(detail)


def take_over(detail: BillingDetail, until: date, by: Actor | Visitor | None) -> int:
    """Marks the periods of a locked detail that begin on `until` or before, and that nobody dealt with, as invoiced
    elsewhere: they are never due here. Gives how many."""
    prices = locked_prices(detail)
    found = list(calendar.due(locked_calendar(detail), numbers_dealt_with(detail.id), until))
    db.session.add_all(dealt_with(detail, prices, each, PeriodState.TAKEN_OVER) for each in found)
    if found:
        first, last = found[0], found[-1]
        record(
            detail,
            "billing_detail.taken_over",
            by,
            {
                "periods": (None, len(found)),
                "first": (None, first.starts_on.isoformat()),
                "last": (None, last.starts_on.isoformat()),
            },
        )
    recompute_next(detail)
    return len(found)


def dealt_with(
    detail: BillingDetail, prices: Collection[BillingPrice], found: calendar.Period, state: PeriodState
) -> BillingPeriod:
    """The row of a period, its figures and credit as they are now."""
    price = price_on(prices, found.starts_on)
    return BillingPeriod(
        detail_id=detail.id,
        number=found.number,
        ref=period_ref(detail, found.number),
        state=state,
        starts_on=found.starts_on,
        ends_on=found.ends_on,
        net=price.net,
        vat_rate=price.vat_rate,
        currency=detail.currency,
        reseller_id=detail.reseller_id,
        hand_over_id=None,
        invoice_id=None,
        given=None,
        created_at=now(),
    )


def _held(detail_id: int, number: int) -> BillingPeriod | None:
    return db.session.scalar(
        sa.select(BillingPeriod)
        .where(BillingPeriod.detail_id == detail_id, BillingPeriod.number == number)
        .execution_options(populate_existing=True)
    )
