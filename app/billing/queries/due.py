"""What is to be invoiced until a day: the calendar less the periods dealt with, read in one stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from app.billing import calendar
from app.billing.calendar import Calendar, Pause, Period
from app.billing.models import BillingDetail, BillingPause, BillingPeriod, BillingPrice
from app.billing.queries.details import named
from app.core.db import db
from app.core.money import Hundredths, vat_of
from app.core.paging import Page, page_of

MOST = 10_000
"""Periods that a page counts; more are "more than 10,000", and counted when they are handed over."""

STEP = 1_000
"""Rows that are held at a time when everything is read."""


@dataclass(frozen=True)
class Price:
    """The net amount and VAT rate of the periods that begin on `from_on` or later."""

    from_on: date
    net: Decimal
    vat_rate: Decimal | None


@dataclass(frozen=True)
class Reckoning:
    """What the periods of a detail are reckoned from."""

    detail_id: int
    currency: str
    next_on: date
    calendar: Calendar
    prices: tuple[Price, ...]
    dealt_with: frozenset[int]

    def due(self, until: date) -> Iterator[Period]:
        """Before `next_on` nothing can be due, so neither the calendar nor the rows are looked at from the start."""
        return calendar.due(self.calendar, self.dealt_with, until, since=self.next_on)

    def price_of(self, period: Period) -> Price:
        begun = [price for price in self.prices if price.from_on <= period.starts_on]
        return max(begun or self.prices[:1], key=lambda price: price.from_on)


@dataclass(frozen=True)
class DuePeriod:
    """One line of the list: a period with the detail to which it belongs."""

    detail: BillingDetail
    period: Period
    price: Price

    @property
    def ref(self) -> str:
        return f"{self.detail.ref}/{self.period.number}"

    @property
    def vat(self) -> Decimal:
        return vat_of(self.price.net, self.price.vat_rate)


@dataclass
class Totals:
    """How many periods and what they come to, by currency."""

    count: int = 0
    details: int = 0
    capped: bool = False
    """There is more than was counted."""
    by_currency: dict[str, Decimal] = field(default_factory=dict)
    """Net amounts."""

    @property
    def lines(self) -> list[tuple[str, Decimal]]:
        return sorted(self.by_currency.items())


def due_by(until: date) -> sa.Select[BillingDetail]:
    """The details with a period to be invoiced until this day."""
    return sa.select(BillingDetail).where(BillingDetail.next_on <= until)


def page(until: date, cursor: str | None) -> Page[BillingDetail]:
    """A page of those details, the longest due first."""
    found: Page[BillingDetail] = page_of(
        named(due_by(until)), BillingDetail.next_on, BillingDetail.id, descending=False, cursor=cursor
    )
    return found


def lines_of(details: Sequence[BillingDetail], until: date) -> list[DuePeriod]:
    """The periods of these details that are due, in one query."""
    known = {detail.id: detail for detail in details}
    reckoned = {each.detail_id: each for each in reckonings(BillingDetail.id.in_(list(known)))} if known else {}
    return [
        DuePeriod(detail, period, reckoned[detail.id].price_of(period))
        for detail in details
        if detail.id in reckoned
        for period in reckoned[detail.id].due(until)
    ]


def totals(until: date, most: int = MOST) -> Totals:
    """In one query that stops after `most` periods."""
    found = Totals()
    for each in reckonings(BillingDetail.next_on <= until):
        found.details += 1
        for period in each.due(until):
            found.count += 1
            if found.count > most:
                found.capped = True
                return found
            net = each.price_of(period).net
            found.by_currency[each.currency] = found.by_currency.get(each.currency, Decimal(0)) + net
    return found


def everything(until: date) -> Iterator[DuePeriod]:
    """All lines for a file, some hundred details at a time."""
    cursor = None
    while True:
        part: Page[BillingDetail] = page_of(
            named(due_by(until)),
            BillingDetail.next_on,
            BillingDetail.id,
            descending=False,
            cursor=cursor,
            size=STEP // 2,
        )
        yield from lines_of(part.items, until)
        if part.next is None:
            return
        cursor = part.next
        db.session.expunge_all()


# --- the stream -------------------------------------------------------------------------------------------------------

_PRICE, _PAUSE, _DEALT = "price", "pause", "dealt with"


def reckonings(which: sa.ColumnElement[bool]) -> Iterator[Reckoning]:
    """What `which` details are reckoned from, by their next day: one query, a thousand rows in memory at a time.

    Prices, pauses and periods come as rows of one union, for joining them would multiply them with each other. Of the
    periods only those from the next day on are asked for: what was dealt with in years before costs nothing.
    """
    rows = db.session.execute(_union(which).execution_options(yield_per=STEP))
    for detail_id, own in groupby(rows, key=lambda row: row.detail_id):
        yield _reckoning(detail_id, own)


def _union(which: sa.ColumnElement[bool]) -> sa.Select[Any]:
    about = (
        BillingDetail.id.label("detail_id"),
        BillingDetail.next_on.label("next_on"),
        BillingDetail.starts_on.label("starts_on"),
        BillingDetail.months.label("months"),
        BillingDetail.ends_on.label("ends_on"),
        BillingDetail.currency.label("currency"),
    )
    no_day, no_amount = sa.null().cast(sa.Date), sa.cast(sa.null(), Hundredths)
    no_number = sa.null().cast(sa.Integer)
    wanted = sa.and_(which, BillingDetail.next_on.is_not(None))
    prices = (
        sa.select(
            *about,
            sa.literal(_PRICE).label("kind"),
            BillingPrice.from_on.label("from_on"),
            no_day.label("until_on"),
            BillingPrice.net.label("net"),
            BillingPrice.vat_rate.label("vat_rate"),
            no_number.label("number"),
        )
        .join(BillingPrice, BillingPrice.detail_id == BillingDetail.id)
        .where(wanted)
    )
    pauses = (
        sa.select(
            *about, sa.literal(_PAUSE), BillingPause.from_on, BillingPause.until_on, no_amount, no_amount, no_number
        )
        .join(BillingPause, BillingPause.detail_id == BillingDetail.id)
        .where(wanted)
    )
    dealt = (
        sa.select(
            *about, sa.literal(_DEALT), BillingPeriod.starts_on, no_day, no_amount, no_amount, BillingPeriod.number
        )
        .join(
            BillingPeriod,
            sa.and_(BillingPeriod.detail_id == BillingDetail.id, BillingPeriod.starts_on >= BillingDetail.next_on),
        )
        .where(wanted)
    )
    union = sa.union_all(prices, pauses, dealt).subquery()
    return sa.select(union).order_by(union.c.next_on, union.c.detail_id, union.c.kind, union.c.from_on)


def _reckoning(detail_id: int, rows: Iterable[Any]) -> Reckoning:
    prices: list[Price] = []
    pauses: list[Pause] = []
    numbers: set[int] = set()
    row: Any = None
    for row in rows:
        match row.kind:
            case "price":
                prices.append(Price(row.from_on, row.net, row.vat_rate))
            case "pause":
                pauses.append(Pause(row.from_on, row.until_on))
            case _dealt_with:
                numbers.add(row.number)
    return Reckoning(
        detail_id,
        row.currency,
        row.next_on,
        Calendar(row.starts_on, row.months, row.ends_on, tuple(pauses)),
        tuple(prices),
        frozenset(numbers),
    )
