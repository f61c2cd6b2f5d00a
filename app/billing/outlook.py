"""A detail's calendar as pages show it: its next periods with their prices, those dealt with and those left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol

from app.billing import calendar
from app.billing.calendar import Calendar, Period
from app.billing.models import BillingDetail, BillingPeriod
from app.billing.queries.details import calendar_of
from app.core.money import vat_of


class Priced(Protocol):
    """A price with its first day, kept or only typed."""

    @property
    def from_on(self) -> date: ...
    @property
    def net(self) -> Decimal: ...
    @property
    def vat_rate(self) -> Decimal | None: ...


@dataclass(frozen=True)
class Line:
    """One period: what it costs, and its state as a code: a `PeriodState`, `paused`, `due` or `coming`."""

    period: Period
    net: Decimal
    vat_rate: Decimal | None
    state: str

    @property
    def vat(self) -> Decimal:
        return vat_of(self.net, self.vat_rate)


def next_lines(
    kept: Calendar,
    prices: Collection[Priced],
    day: date,
    *,
    dealt_with: Mapping[int, BillingPeriod] | None = None,
    taken_over_until: date | None = None,
    most: int = 6,
) -> list[Line]:
    """The periods from the earliest on that nobody dealt with, those within a pause too, `most` of them; `day` is today
    at the vendor's. With `taken_over_until` those up to it are told as they would be, the last three of them."""
    held = dealt_with or {}
    lines: list[Line] = []
    number = 0 if taken_over_until is None else max(0, calendar.number_from(kept, taken_over_until) - 2)
    while len(lines) < most and (found := calendar.period(kept, number)) is not None:
        if kept.ends_on is not None and found.starts_on > kept.ends_on:
            break
        number += 1
        if found.number in held:
            continue
        price = price_of(prices, found.starts_on)
        lines.append(Line(found, price.net, price.vat_rate, _state(kept, found, day, taken_over_until)))
    return lines


def of_detail(detail: BillingDetail, day: date, most: int = 6) -> list[Line]:
    """The same for a detail with its prices, pauses and periods."""
    rows = {held.number: held for held in detail.periods}
    return next_lines(calendar_of(detail), detail.prices, day, dealt_with=rows, most=most)


def price_of(prices: Collection[Priced], day: date) -> Priced:
    """The price of a period that begins on this day."""
    begun: Sequence[Priced] = [price for price in prices if price.from_on <= day]
    return max(begun, key=lambda price: price.from_on) if begun else min(prices, key=lambda price: price.from_on)


def _state(kept: Calendar, found: Period, day: date, taken_over_until: date | None) -> str:
    if taken_over_until is not None and found.starts_on <= taken_over_until:
        return "taken_over"
    if any(pause.holds(found.starts_on) for pause in kept.pauses):
        return "paused"
    return "due" if found.starts_on <= day else "coming"
