"""What changes of a billing detail from a day on: its price, pauses, its end, and what was invoiced elsewhere.

The verbs are one `write()` each. `price_anew` and `set_end` do their part inside somebody else's.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import sqlalchemy as sa

from app.billing import calendar
from app.billing.models import BillingDetail, BillingPause, BillingPrice
from app.billing.queries.details import numbers_dealt_with
from app.billing.service.details import Changes, held_detail, keep, plain, set_values, touch
from app.billing.service.periods import locked_calendar, locked_prices, take_over
from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.core.i18n import _l
from app.history.service import Actor


def change_price(
    detail_id: int, version: int, from_on: date, net: Decimal, vat_rate: Decimal | None, by: Actor
) -> BillingDetail:
    """Another price for the periods that begin on `from_on` or later, until the next price that was agreed. Periods
    dealt with keep theirs.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        FieldError: no period that is still to be invoiced would have the new price.
    """
    with write():
        detail = held_detail(detail_id, version)
        price_anew(detail, from_on, net, vat_rate, by)
    return detail


def price_anew(detail: BillingDetail, from_on: date, net: Decimal, vat_rate: Decimal | None, by: Actor) -> None:
    """What `change_price` does, of a locked detail inside this `write()`."""
    prices = locked_prices(detail)
    if from_on < detail.starts_on:
        raise FieldError("from_on", _l("The detail begins later. Choose its first day or a later one."))
    if not _has_period(detail, from_on):
        raise FieldError("from_on", _l("No period that is still to be invoiced begins on this day or later."))
    before = max((price for price in prices if price.from_on <= from_on), key=lambda price: price.from_on)
    if (before.net, before.vat_rate) == (net, vat_rate):
        raise FieldError("net", _l("This is the price already. Enter the new one."))
    changes: Changes = {"from_on": (None, from_on.isoformat()), "net": (str(before.net), str(net))}
    if before.vat_rate != vat_rate:
        changes["vat_rate"] = (plain(before.vat_rate), plain(vat_rate))
    if before.from_on == from_on:
        before.net, before.vat_rate = net, vat_rate
    else:
        db.session.add(BillingPrice(detail_id=detail.id, from_on=from_on, net=net, vat_rate=vat_rate))
    keep(detail, "billing_detail.price_changed", by, changes)


def pause(detail_id: int, version: int, from_on: date, until_on: date | None, by: Actor) -> BillingDetail:
    """Periods that begin within it, both days counted, are not invoiced; the calendar goes on underneath.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        FieldError: the days do not go together, or another pause covers some of them.
    """
    if until_on is not None and until_on < from_on:
        raise FieldError("until_on", _l("The pause ends before it begins. Check the two days."))
    with write():
        detail = held_detail(detail_id, version)
        for other in _pauses(detail):
            if (other.until_on is None or other.until_on >= from_on) and (
                until_on is None or other.from_on <= until_on
            ):
                raise FieldError("from_on", _l("It is paused then already. Choose other days, or resume it first."))
        if not _has_period(detail, from_on, until_on):
            raise FieldError("from_on", _l("No period that is still to be invoiced begins on these days."))
        db.session.add(BillingPause(detail_id=detail.id, from_on=from_on, until_on=until_on))
        changes = {"from_on": (None, from_on.isoformat()), "until_on": (None, _iso(until_on))}
        keep(detail, "billing_detail.paused", by, changes)
    return detail


def resume(detail_id: int, version: int, pause_id: int, on: date, by: Actor) -> BillingDetail:
    """Ends a pause: periods that begin on this day or later are invoiced again. A pause that had not begun by then goes
    away altogether.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        NotFound: the detail has no such pause.
        FieldError: the pause is over by that day.
    """
    with write():
        detail = held_detail(detail_id, version)
        held = next((each for each in _pauses(detail) if each.id == pause_id), None)
        if held is None:
            raise NotFound
        if held.until_on is not None and held.until_on < on:
            raise FieldError("on", _l("The pause is over by then. Choose an earlier day."))
        changes = {
            "from_on": (held.from_on.isoformat(), None),
            "until_on": (_iso(held.until_on), None),
            "resumed_on": (None, on.isoformat()),
        }
        if on <= held.from_on:
            db.session.delete(held)
        else:
            held.until_on = on - timedelta(days=1)
        keep(detail, "billing_detail.resumed", by, changes)
    return detail


def end(detail_id: int, version: int, ends_on: date, by: Actor) -> BillingDetail:
    """No period begins after this day; those dealt with stay.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        FieldError: the detail begins later: then it is removed, not ended.
    """
    with write():
        detail = held_detail(detail_id, version)
        set_end(detail, ends_on, by)
    return detail


def set_end(detail: BillingDetail, ends_on: date | None, by: Actor) -> None:
    """What `end` and `reopen` do, of a locked detail inside this `write()`."""
    if ends_on is not None and ends_on < detail.starts_on:
        raise FieldError("ends_on", _l("The detail begins later. Choose its first day or a later one."))
    verb = "billing_detail.reopened" if ends_on is None else "billing_detail.ended"
    keep(detail, verb, by, set_values(detail, ends_on=ends_on))


def reopen(detail_id: int, version: int, by: Actor) -> BillingDetail:
    """Takes the end away: the calendar goes on, also over the days since.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
    """
    with write():
        detail = held_detail(detail_id, version)
        set_end(detail, None, by)
    return detail


def settle_past(detail_id: int, version: int, until: date | None, by: Actor) -> BillingDetail:
    """Says what was invoiced elsewhere: the periods that begin on `until` or before and that nobody dealt with. None:
    nothing was, and they stay due.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        FieldError: no such period is left.
    """
    with write():
        detail = held_detail(detail_id, version)
        changes = set_values(detail, past_unclear=False)
        if until is not None and not take_over(detail, until, by):
            raise FieldError("until", _l("No period that is still to be invoiced begins on this day or before."))
        if until is None:
            keep(detail, "billing_detail.past_is_due", by, changes)
        else:
            touch(detail)
    return detail


# --- what they share --------------------------------------------------------------------------------------------------


def _has_period(detail: BillingDetail, from_on: date, until_on: date | None = None) -> bool:
    """Whether a period that is still to be invoiced begins on these days."""
    found = next(
        calendar.coming(locked_calendar(detail), numbers_dealt_with(detail.id), since=from_on),
        None,
    )
    return found is not None and (until_on is None or found.starts_on <= until_on)


def _pauses(detail: BillingDetail) -> list[BillingPause]:
    return list(
        db.session.scalars(
            sa.select(BillingPause).where(BillingPause.detail_id == detail.id).execution_options(populate_existing=True)
        )
    )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
