"""Billing details from files: new ones, and corrections of those that are there (R14).

A detail is known again by its reference, or, in files that have none, by account, service, first day and text: so the
same file imported twice adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload, selectinload

from app.access.permissions import P
from app.billing import calendar
from app.billing.models import BillingDetail, BillingPeriod
from app.billing.outlook import price_of
from app.billing.queries.details import calendar_of
from app.billing.service import changes, details
from app.billing.service.details import DetailTerms
from app.billing.service.periods import take_over
from app.catalogue import queries as catalogue
from app.catalogue.models import PERIODS, Service
from app.catalogue.words import period_name
from app.core.clock import today
from app.core.db import db, lock
from app.core.errors import FieldError
from app.core.i18n import LOCALES, _, _l, in_locale
from app.core.money import rate_written, typed
from app.core.search import fold
from app.customers import service as customers
from app.customers.imports import key_in
from app.customers.models import Account, AccountState
from app.imports import registry, values
from app.imports.importer import Column, Importer, Judgement, Line, wrong
from app.imports.models import Verdict
from app.imports.values import Told
from app.partners import queries as partners
from app.partners.imports import NO_SUCH_RESELLER
from app.partners.models import Reseller
from app.people.models import Person
from app.settings.models import vendor


@dataclass(frozen=True)
class _Plan:
    account_id: int
    terms: DetailTerms
    detail_id: int | None = None
    fresh: bool = False
    price_from: date | None = None
    """From this day on `terms` has another price; None to leave it."""
    elsewhere_until: date | None = None
    """Periods of a detail that is there to be marked as invoiced elsewhere."""


@dataclass(frozen=True)
class _Known:
    """What the lines of a batch speak of."""

    accounts: Mapping[str, Account]
    """By reference, and by company."""
    services: Mapping[str, Service]
    resellers: Mapping[str, Reseller]
    by_ref: Mapping[str, BillingDetail]
    alike: Mapping[tuple[int, int, date, str], Sequence[BillingDetail]]
    dealt_with: Mapping[int, set[int]]
    day: date


class DetailImporter(Importer):
    code = "billing-details"
    title = _l("Billing details")
    about = _l(
        "Each line is what a customer is invoiced for. It is known again by its reference, or by account, service,"
        " first day and text."
    )
    permission = P.BILLING_EDIT
    columns = (
        Column("ref", _l("Reference"), hint=_l("Of a billing detail that is there already; empty for a new one")),
        Column("account", _l("Account"), hint=_l("Reference of the account; or give country and company number")),
        Column("country", _l("Country of registration"), hint=_l("Code or name of the country"), example="PL"),
        Column("company_number", _l("Company number"), example="856-734-62-15"),
        Column("service", _l("Service"), True, _l("Code or name of the service"), "online-payments"),
        Column("text", _l("Text on the invoice"), hint=_l("If anything besides the service's name")),
        Column("net", _l("Net amount of one period"), hint=_l("Empty for the service's usual price"), example="49,00"),
        Column("vat_rate", _l("VAT rate"), hint=_l("In per cent; empty where no VAT is charged"), example="23"),
        Column("currency", _l("Currency"), hint=_l("Three letters"), example="PLN"),
        Column(
            "months",
            _l("How often it is invoiced"),
            hint=_l("Months of a period: 0 for one-off, else 1, 6, 12 or 36"),
            example="1",
        ),
        Column("starts_on", _l("First day"), True, _l("Of the first period"), "2026-01-31"),
        Column("ends_on", _l("Last day on which a period may begin"), hint=_l("Empty while it goes on")),
        Column(
            "reseller",
            _l("Credited reseller"),
            hint=_l(
                "Reference, name, company number or e-mail address; empty for what was sold directly, which no reseller"
                " sees. Without this column, the account's reseller"
            ),
        ),
        Column(
            "invoiced_until",
            _l("Invoiced elsewhere until"),
            hint=_l("Periods that begin on this day or before were invoiced in another system and are not due here"),
            example="2026-06-30",
        ),
        Column(
            "price_from",
            _l("New price from"),
            hint=_l("Needed to change the price of a detail of which something was invoiced already"),
        ),
        # What our own list has beside them.
        Column("company", _l("Company"), ignored=True),
        Column("next", _l("Next period"), ignored=True),
        Column("state", _l("State"), ignored=True),
        Column("added", _l("Added"), ignored=True),
    )

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        known = _known(lines)
        return [_judged(line, known) for line in lines]

    def locks(self, line: Line) -> Sequence[str]:
        return (customers.MERGING,)

    def apply(self, line: Line, by: Person, key: str) -> None:
        plan: _Plan = line.plan
        if plan.detail_id is None:
            said = "invoiced_until" in line.cells  # else finance is asked about what began long ago
            details.put(lock(Account, plan.account_id), plan.terms, by, key=f"import:{key}", past_is_known=said)
            return
        detail = lock(BillingDetail, plan.detail_id)
        details.correct(detail, plan.terms, by)
        if not plan.fresh:
            changes.set_end(detail, plan.terms.ends_on, by)
            if plan.price_from is not None:
                changes.price_anew(detail, plan.price_from, plan.terms.net, plan.terms.vat_rate, by)
        if plan.elsewhere_until is not None:
            take_over(detail, plan.elsewhere_until, by)


# --- what there is ----------------------------------------------------------------------------------------------------


def _known(lines: Sequence[Line]) -> _Known:
    refs = {line.text("account").upper() for line in lines} - {""}
    keys = {key_in(line) for line in lines} - {""}
    accounts: dict[str, Account] = {}
    for account in db.session.scalars(
        sa.select(Account)
        .where(Account.state == AccountState.ACTIVE, sa.or_(Account.ref.in_(refs), Account.company_key.in_(keys)))
        .options(joinedload(Account.reseller).joinedload(Reseller.organisation))
        .execution_options(populate_existing=True)
    ):
        accounts[account.ref] = accounts[account.company_key] = account
    own = {line.text("ref").upper() for line in lines} - {""}
    held = list(
        db.session.scalars(
            sa.select(BillingDetail)
            .where(
                sa.or_(
                    BillingDetail.ref.in_(own),
                    BillingDetail.account_id.in_({account.id for account in accounts.values()}),
                )
            )
            .options(
                selectinload(BillingDetail.prices),
                selectinload(BillingDetail.pauses),
                joinedload(BillingDetail.account),
                joinedload(BillingDetail.reseller).joinedload(Reseller.organisation),
            )
            .execution_options(populate_existing=True)
        )
    )
    dealt_with: dict[int, set[int]] = {detail.id: set() for detail in held}
    for detail_id, number in db.session.execute(
        sa.select(BillingPeriod.detail_id, BillingPeriod.number).where(BillingPeriod.detail_id.in_(dealt_with))
    ):
        dealt_with[detail_id].add(number)
    alike: dict[tuple[int, int, date, str], list[BillingDetail]] = {}
    for detail in held:
        alike.setdefault((detail.account_id, detail.service_id, detail.starts_on, fold(detail.text)), []).append(detail)
    return _Known(
        accounts,
        {fold(str(word)): each for each in catalogue.everything() for word in (*each.names.values(), each.code)},
        partners.named(line.text("reseller") for line in lines),
        {detail.ref: detail for detail in held},
        alike,
        dealt_with,
        today(vendor().timezone),
    )


@cache
def _words_for_months() -> dict[str, int]:
    """How often, as our own list says it in each language."""
    known = {str(months): months for months in PERIODS}
    for locale in LOCALES:
        with in_locale(locale):
            known.update({fold(str(period_name(months))): months for months in PERIODS})
    return known


@cache
def _words_for_directly() -> frozenset[str]:
    words = {""}
    for locale in LOCALES:
        with in_locale(locale):
            words.add(fold(_("Sold directly")))
    return frozenset(words)


# --- one line ---------------------------------------------------------------------------------------------------------


def _judged(line: Line, known: _Known) -> Judgement:
    told = Told()
    there: BillingDetail | None = None
    if ref := line.text("ref").upper():
        there = known.by_ref.get(ref)
        if there is None:
            return wrong(("ref", _l("There is no billing detail of this reference.")), name=ref)
    account = _account(line, known, there, told)
    service: Service | None = None
    with told:
        service = _service(line, known)
    name = " · ".join(
        part for part in (account.company_name if account else "", service.name if service else "") if part
    )
    if account is None or service is None:
        return wrong(*told.reasons, name=name or line.text("company_number"))
    text, starts_on = "", known.day
    with told:
        text = values.line_of("text", line.text("text"), 200) if "text" in line.cells or not there else there.text
    with told:
        starts_on = _needed_day("starts_on", line)
    if there is None and not told.reasons:
        fitting = known.alike.get((account.id, service.id, starts_on, fold(text)), ())
        if len(fitting) > 1:
            told.reasons.append(("ref", _l("Several billing details fit this line. Give the reference of one.")))
        there = fitting[0] if len(fitting) == 1 else None
    terms = _terms(line, known, account, service, there, text, starts_on, told)
    if there is not None and (there.service_id != service.id or there.account_id != account.id):
        told.reasons.append(("ref", _l("The billing detail of this reference has another account or service.")))
    elsewhere = price_from = None
    with told:
        elsewhere = values.day("invoiced_until", line.text("invoiced_until")) if line.text("invoiced_until") else None
    with told:
        price_from = values.day("price_from", line.text("price_from")) if line.text("price_from") else None
    if not told.reasons:
        with told:
            details.check(terms)
    if told.reasons:
        return wrong(*told.reasons, name=name)
    if there is None:
        plan = _Plan(account.id, replace(terms, taken_over_until=elsewhere))
        key = f"{account.id}/{service.id}/{starts_on}/{fold(text)}"
        return Judgement(Verdict.NEW, name, key, plan=plan)
    return _compared(there, terms, known, elsewhere, price_from, f"{name} · {there.ref}")


def _account(line: Line, known: _Known, there: BillingDetail | None, told: Told) -> Account | None:
    """The account that the line names; of a detail that is known, its own."""
    if named := line.text("account"):
        column, found = "account", known.accounts.get(named.upper())
    elif line.text("company_number"):
        column, found = "company_number", known.accounts.get(key_in(line))
    else:
        column, found = "account", there.account if there else None
    if found is None:
        told.reasons.append((column, _l("No account that is open is known by this.")))
    return found


def _service(line: Line, known: _Known) -> Service:
    found = known.services.get(fold(line.text("service")))
    if found is None:
        raise FieldError("service", _l("There is no service of this code or name."))
    return found


def _needed_day(column: str, line: Line) -> date:
    if not line.text(column):
        raise FieldError(column, _l("Enter a day here."))
    return values.day(column, line.text(column))


def _terms(
    line: Line,
    known: _Known,
    account: Account,
    service: Service,
    there: BillingDetail | None,
    text: str,
    starts_on: date,
    told: Told,
) -> DetailTerms:
    """What the line says, over what is agreed already, over what is usual for the service."""
    price = price_of(there.prices, there.next_on or known.day) if there else None
    net: Decimal | None = price.net if price else service.net
    vat_rate = price.vat_rate if price else service.vat_rate
    months, currency = (there.months, there.currency) if there else (service.months, service.currency)
    ends_on = there.ends_on if there else None
    reseller_id = there.reseller_id if there else account.reseller_id
    with told:
        if line.text("net"):
            net = values.amount("net", line.text("net"), least=Decimal(0))
        if net is None:
            raise FieldError("net", _l("Enter the amount: the service has no usual price."))
    with told:
        if "vat_rate" in line.cells:
            vat_rate = values.rate("vat_rate", line.text("vat_rate")) if line.text("vat_rate") else None
    with told:
        if line.text("currency"):
            currency = values.currency("currency", line.text("currency"))
    with told:
        if line.text("months"):
            months = _months(line.text("months"))
    with told:
        if "ends_on" in line.cells:
            ends_on = values.day("ends_on", line.text("ends_on")) if line.text("ends_on") else None
    if "reseller" in line.cells:
        word = fold(line.text("reseller"))
        found = known.resellers.get(word)
        if found is None and word not in _words_for_directly():
            told.reasons.append(("reseller", NO_SUCH_RESELLER))
        reseller_id = found.id if found else None
    return DetailTerms(
        service_id=service.id,
        net=net if net is not None else Decimal(0),
        currency=currency,
        months=months,
        starts_on=starts_on,
        vat_rate=vat_rate,
        ends_on=ends_on,
        text=text,
        reseller_id=reseller_id,
    )


def _months(text: str) -> int:
    found = _words_for_months().get(fold(text))
    if found is None:
        raise FieldError("months", _l("Write 0 for one-off, else 1, 6, 12 or 36."))
    return found


def _compared(
    there: BillingDetail,
    terms: DetailTerms,
    known: _Known,
    elsewhere: date | None,
    price_from: date | None,
    name: str,
) -> Judgement:
    """What the line would change on a detail that is there."""
    price = price_of(there.prices, there.next_on or known.day)
    numbers = known.dealt_with[there.id]
    fresh = len(there.prices) == 1 and not there.pauses and not numbers
    changes: dict[str, tuple[Any, Any]] = {}

    def differs(column: str, before: Any, after: Any) -> bool:
        if before != after:
            changes[column] = (_shown(column, before), _shown(column, after))
        return bool(before != after)

    fixed = [
        column
        for column in ("months", "currency", "starts_on")
        if differs(column, getattr(there, column), getattr(terms, column)) and not fresh
    ]
    priced = differs("net", price.net, terms.net) | differs("vat_rate", price.vat_rate, terms.vat_rate)
    differs("text", there.text, terms.text)
    differs("ends_on", there.ends_on, terms.ends_on)
    if there.reseller_id != terms.reseller_id:
        after = next((each for each in known.resellers.values() if each.id == terms.reseller_id), None)
        changes["reseller"] = (_named(there.reseller), _named(after))
    told = Told()
    told.reasons += [
        (column, _l("Something of this detail was dealt with already: end it and add a new one.")) for column in fixed
    ]
    if priced and not fresh and price_from is None:
        told.reasons.append(("price_from", _l("Enter the day from which the new price holds.")))
    if told.reasons:
        return wrong(*told.reasons, name=name)
    if priced and not fresh:
        changes["price_from"] = ("", _shown("price_from", price_from))
    marked = False
    if elsewhere is not None:
        reckoned = replace(calendar_of(there), starts_on=terms.starts_on, months=terms.months, ends_on=terms.ends_on)
        marked = next(calendar.due(reckoned, numbers, elsewhere), None) is not None
        if marked:
            changes["invoiced_until"] = ("", _shown("invoiced_until", elsewhere))
    plan = _Plan(
        there.account_id,
        terms,
        there.id,
        fresh,
        price_from if priced and not fresh else None,
        elsewhere if marked else None,
    )
    return Judgement(Verdict.CHANGED if changes else Verdict.UNCHANGED, name, there.ref, changes, plan=plan)


def _shown(column: str, value: Any) -> Any:
    match value:
        case None:
            return rate_written(None) if column == "vat_rate" else ""
        case date():
            return value.isoformat()
        case Decimal():
            return rate_written(value) if column == "vat_rate" else typed(value)
        case int() if column == "months":
            return str(period_name(value))
    return str(value)


def _named(reseller: Reseller | None) -> Any:
    return reseller.organisation.name if reseller else _l("Sold directly")


registry.offer(DetailImporter())
