"""Billing details: added, corrected, removed, moved with their account; each change in the detail's history.

`add` and the other verbs are one `write()` each. `put`, `drop` and `move` do their part inside somebody else's. What
changes from a day on (price, pauses, the end) stands in `changes.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail, BillingPause, BillingPeriod, BillingPrice
from app.billing.queries.details import numbers_dealt_with
from app.billing.service.periods import locked_prices, recompute_next, take_over
from app.catalogue.models import PERIODS, Service
from app.core.clock import now, today
from app.core.db import db, lock, write
from app.core.errors import Conflict, DomainError, FieldError, MovedOn, NotFound
from app.core.i18n import _l
from app.core.money import known_currency
from app.core.search import search_text
from app.customers import service as customers
from app.customers.models import Account, AccountService
from app.history.service import Actor, Visitor, record
from app.partners.models import Reseller
from app.settings.models import vendor

Changes = dict[str, tuple[Any, Any]]

LONG_AGO = timedelta(days=31)
"""Who adds a detail that began earlier than this says whether its periods were invoiced elsewhere, or is asked."""


@dataclass(frozen=True)
class DetailTerms:
    """What is agreed with a customer about one service (R14)."""

    service_id: int
    net: Decimal
    currency: str
    months: int
    """0 for one-off, else 1, 6, 12 or 36."""
    starts_on: date
    vat_rate: Decimal | None = None
    """In per cent; None where no VAT is charged."""
    ends_on: date | None = None
    text: str = ""
    reseller_id: int | None = None
    """To whom it is credited, usually the account's reseller; None for what the vendor sold directly."""
    taken_over_until: date | None = None
    """Periods that begin on this day or before were invoiced in another system."""


class DetailMovedOn(MovedOn):
    """Somebody else saved the detail meanwhile, or a period of it was dealt with."""


class AccountClosed(Conflict):
    """It is archived or merged: nothing can be added to it."""


class DealtWith(DomainError):
    """A period of it was handed over, taken over or invoiced, so this can no longer be changed."""


def add(account_id: int, terms: DetailTerms, by: Actor, *, key: str | None = None) -> BillingDetail:
    """A new detail on an account. The same form sent again (`key`) gives the detail that it made.

    Raises:
        NotFound: there is no such account or service.
        AccountClosed: the account is archived or merged.
        FieldError: the terms do not go together.
    """
    with write():
        account = lock(Account, account_id)
        if key and (made := _made_by(key)) is not None:
            return made
        return put(account, terms, by, key=key, past_is_known=True)


def put(
    account: Account,
    terms: DetailTerms,
    by: Actor | Visitor | None,
    *,
    key: str | None = None,
    past_is_known: bool = False,
) -> BillingDetail:
    """A new detail on a locked account, inside this `write()`; adds the service to the account when it is missing.

    Unless `past_is_known`, a detail that began long ago and says nothing of `taken_over_until` waits for finance to
    say whether those periods were invoiced elsewhere; they are due all the same.

    Raises: as `add`.
    """
    if not account.is_live:
        raise AccountClosed(_l("This account is closed. Nothing can be added to it."))
    check(terms)
    moment = now()
    service = db.session.get(Service, terms.service_id)
    if service is None or (terms.reseller_id is not None and db.session.get(Reseller, terms.reseller_id) is None):
        raise NotFound
    _have_service(account.id, terms, moment)
    began_long_ago = terms.starts_on < today(vendor().timezone) - LONG_AGO
    detail = BillingDetail(
        account_id=account.id,
        service_id=service.id,
        reseller_id=terms.reseller_id,
        text=terms.text,
        months=terms.months,
        currency=terms.currency,
        starts_on=terms.starts_on,
        ends_on=terms.ends_on,
        next_on=None,
        past_unclear=began_long_ago and not past_is_known and terms.taken_over_until is None,
        key=key,
        created_at=moment,
        updated_at=moment,
        version=1,
        search="",
        prices=[BillingPrice(from_on=terms.starts_on, net=terms.net, vat_rate=terms.vat_rate)],
        pauses=[],
    )
    db.session.add(detail)
    db.session.flush()
    detail.search = _found_by(detail)
    record(detail, "billing_detail.added", by, {name: (None, value) for name, value in _told(detail, terms).items()})
    recompute_next(detail)
    if terms.taken_over_until is not None:
        take_over(detail, terms.taken_over_until, by)
    return detail


def edit(detail_id: int, version: int, terms: DetailTerms, by: Actor) -> BillingDetail:
    """Corrects a detail: its text and credit at any time, the rest while no period of it was dealt with. The service
    stays (remove the detail and add another one); `taken_over_until` is not looked at.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        FieldError: the terms do not go together, or what was invoiced stands on the one that was changed.
    """
    with write():
        detail = held_detail(detail_id, version)
        correct(detail, terms, by)
    return detail


def correct(detail: BillingDetail, terms: DetailTerms, by: Actor) -> None:
    """What `edit` does, of a locked detail inside this `write()`."""
    terms = replace(terms, service_id=detail.service_id)
    prices = locked_prices(detail)
    if is_fresh(detail, prices):
        check(terms)
        price = prices[0]
        changes = set_values(price, net=terms.net, vat_rate=terms.vat_rate)
        set_values(price, from_on=terms.starts_on)
        changes |= set_values(
            detail,
            months=terms.months,
            currency=terms.currency,
            starts_on=terms.starts_on,
            ends_on=terms.ends_on,
        )
    else:
        changes = {}
    changes |= set_values(detail, text=terms.text, reseller_id=terms.reseller_id)
    if "reseller_id" in changes:
        _credit_changed(detail)
    keep(detail, "billing_detail.edited", by, changes)


class CannotBegin(DomainError):
    """The detail cannot begin on another day; the message says why."""


def begin_on(detail: BillingDetail, day: date, by: Actor | Visitor) -> bool:
    """Another first day of a locked detail, inside this `write()`: all its periods are counted from it. False when it
    begins on that day already.

    Raises:
        CannotBegin: a period of it was dealt with, or an end or a later price stands in the way.
    """
    if detail.starts_on == day:
        return False
    prices = locked_prices(detail)
    if (why := why_not_begin_on(detail, day, prices)) is not None:
        raise CannotBegin(why)
    set_values(prices[0], from_on=day)
    changes = set_values(detail, starts_on=day)
    if day >= today(vendor().timezone) - LONG_AGO:
        changes |= set_values(detail, past_unclear=False)
    keep(detail, "billing_detail.edited", by, changes)
    return True


def why_not_begin_on(detail: BillingDetail, day: date, prices: Sequence[BillingPrice]) -> Any | None:
    """Why a detail cannot begin on another day, as a sentence; None when it can. Its prices earliest first."""
    if numbers_dealt_with(detail.id):
        return _l("A period of the billing detail %(ref)s was dealt with already.", ref=detail.ref)
    if detail.ends_on is not None and detail.ends_on < day:
        return _l("The billing detail %(ref)s ends before this day.", ref=detail.ref)
    if len(prices) > 1 and prices[1].from_on <= day:
        return _l("The billing detail %(ref)s has another price before this day.", ref=detail.ref)
    return None


def is_fresh(detail: BillingDetail, prices: list[BillingPrice]) -> bool:
    """Whether its terms can still be corrected: nobody dealt with a period, and it has one price and no pause."""
    paused = db.session.scalar(sa.select(BillingPause.id).where(BillingPause.detail_id == detail.id).limit(1))
    return len(prices) == 1 and paused is None and not numbers_dealt_with(detail.id)


def remove(detail_id: int, version: int, by: Actor) -> None:
    """Takes away a detail that was added by mistake.

    Raises:
        DetailMovedOn: it was saved by somebody else since `version`.
        DealtWith: a period of it was dealt with; it can only be ended.
    """
    with write():
        drop(held_detail(detail_id, version), by)


def drop(detail: BillingDetail, by: Actor | Visitor) -> None:
    """Removes a locked detail inside this `write()`, and the service with it if adding the detail had brought it.

    Raises:
        DealtWith: a period of it was dealt with.
    """
    if numbers_dealt_with(detail.id):
        raise DealtWith(_l("A period of the billing detail %(ref)s was dealt with already.", ref=detail.ref))
    record(detail, "billing_detail.removed", by)
    db.session.execute(sa.delete(BillingPrice).where(BillingPrice.detail_id == detail.id))
    db.session.execute(sa.delete(BillingPause).where(BillingPause.detail_id == detail.id))
    service_of = (BillingDetail.account_id == detail.account_id, BillingDetail.service_id == detail.service_id)
    last = db.session.scalar(sa.select(sa.func.count()).where(*service_of)) == 1
    account_id, service_id, moment = detail.account_id, detail.service_id, detail.created_at
    db.session.execute(sa.delete(BillingDetail).where(BillingDetail.id == detail.id))
    db.session.expunge(detail)
    if last:
        db.session.execute(
            sa.delete(AccountService).where(
                AccountService.account_id == account_id,
                AccountService.service_id == service_id,
                AccountService.created_at == moment,
            )
        )


def anything_dealt_with(detail_ids: list[int]) -> bool:
    """Whether a period of one of these details was handed over, taken over or invoiced."""
    query = sa.select(BillingPeriod.id).where(BillingPeriod.detail_id.in_(detail_ids)).limit(1)
    return db.session.scalar(query) is not None


def move(from_account: Account, into: Account, by: Actor) -> None:
    """Two accounts became one: the details go over, each with its own credit. Both are locked, inside this `write()`;
    the survivor has the services already."""
    db.session.flush()
    found = db.session.scalars(
        sa.select(BillingDetail)
        .where(BillingDetail.account_id == from_account.id)
        .order_by(BillingDetail.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    for detail in found:
        detail.account_id = into.id
        touch(detail)
        record(detail, "billing_detail.moved", by, {"account": (from_account.ref, into.ref)})
    db.session.flush()


# --- what they share --------------------------------------------------------------------------------------------------


def held_detail(detail_id: int, version: int) -> BillingDetail:
    """The detail, locked. Raises DetailMovedOn: it was saved by somebody else since `version`."""
    detail = lock(BillingDetail, detail_id)
    if detail.version != version:
        raise DetailMovedOn(_l("Somebody else changed this billing detail a moment ago. What you typed is still here."))
    return detail


def keep(detail: BillingDetail, verb: str, by: Actor | Visitor, changes: Changes) -> None:
    """After a change, if there was one: history, version, the next invoice date."""
    if changes:
        record(detail, verb, by, changes)
        touch(detail)
        recompute_next(detail)


def touch(detail: BillingDetail) -> None:
    """Its version moves on: a form that is open is told, and a hand-over reckons it anew."""
    detail.version += 1
    detail.updated_at = now()
    detail.search = _found_by(detail)
    db.session.flush()


def _found_by(detail: BillingDetail) -> str:
    """The account's own words are looked up with the account."""
    return search_text(detail.ref, detail.text)


def check(terms: DetailTerms) -> None:
    """Raises FieldError: the terms do not go together."""
    if terms.months not in PERIODS:
        raise FieldError("months", _l("Choose how often it is invoiced."))
    if not known_currency(terms.currency):
        raise FieldError("currency", _l("Choose a currency with two decimals."))
    if terms.ends_on is not None and terms.ends_on < terms.starts_on:
        raise FieldError("ends_on", _l("The last day is before the first one. Check the two days."))


def _have_service(account_id: int, terms: DetailTerms, moment: Any) -> None:
    """The account has the service from now on. One that is there only because the vendor sold it directly stays unseen
    by the reseller; a credited detail shows it."""
    held = db.session.scalar(
        sa.select(AccountService)
        .where(AccountService.account_id == account_id, AccountService.service_id == terms.service_id)
        .execution_options(populate_existing=True)
    )
    if held is None:
        direct = terms.reseller_id is None
        db.session.add(
            AccountService(account_id=account_id, service_id=terms.service_id, direct=direct, created_at=moment)
        )
    elif terms.reseller_id is not None:
        held.direct = False
    db.session.flush()


def _credit_changed(detail: BillingDetail) -> None:
    """A credited detail shows the account's service to the reseller. The other way round it is hidden again only when
    it came with this very detail and no other credited one has it."""
    db.session.flush()
    held = db.session.scalars(
        sa.select(AccountService)
        .where(AccountService.account_id == detail.account_id, AccountService.service_id == detail.service_id)
        .execution_options(populate_existing=True)
    ).one()
    if detail.reseller_id is not None:
        held.direct = False
    elif held.created_at == detail.created_at:
        held.direct = not db.session.scalar(
            sa.select(BillingDetail.id)
            .where(
                BillingDetail.account_id == detail.account_id,
                BillingDetail.service_id == detail.service_id,
                BillingDetail.reseller_id.is_not(None),
            )
            .limit(1)
        )


def set_values(row: Any, **values: Any) -> Changes:
    """Sets what differs and tells it in a form that the history keeps."""
    changes: Changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            changes[name] = (plain(before), plain(value))
            setattr(row, name, value)
    return changes


def _told(detail: BillingDetail, terms: DetailTerms) -> dict[str, Any]:
    told = {
        "service_id": terms.service_id,
        "text": terms.text or None,
        "net": terms.net,
        "currency": terms.currency,
        "vat_rate": terms.vat_rate,
        "months": terms.months,
        "starts_on": terms.starts_on,
        "ends_on": terms.ends_on,
        "reseller_id": terms.reseller_id,
    }
    return {name: plain(value) for name, value in told.items() if value is not None}


def plain(value: Any) -> Any:
    """As the history keeps it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _made_by(key: str) -> BillingDetail | None:
    return db.session.scalar(sa.select(BillingDetail).where(BillingDetail.key == key))


customers.MOVES.append(move)
