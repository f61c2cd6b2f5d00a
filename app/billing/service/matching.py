"""Whose invoice it is and for which periods: by the numbers and stable ids in a document, else as staff say."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.billing.calendar import Calendar, period
from app.billing.models import BillingDetail, BillingPeriod, Invoice
from app.billing.service.periods import mark_invoiced
from app.core import identifiers
from app.core.db import db
from app.customers import service as customers
from app.customers.models import Account, AccountState

Changes = dict[str, tuple[Any, Any]]

STABLE_ID = re.compile(r"(B-[0-9A-HJKMNP-TV-Z]{8})/([0-9]{1,4})")


@dataclass(frozen=True)
class Readings:
    """What a buyer's number can mean: keys of companies, and VAT numbers."""

    company_keys: frozenset[str]
    vat_numbers: frozenset[str]

    def __bool__(self) -> bool:
        return bool(self.company_keys or self.vat_numbers)


def readings_of(country: str, number: str) -> Readings:
    """The companies that a number in a document can stand for: NIP, KvK number, btw-id, Y-tunnus, SIRET, SIREN, TVA,
    enterprise number, with or without prefix. Without a country every country is tried."""
    compact = re.sub("[^0-9A-Z]", "", identifiers.plain_digits(number).upper())
    if not compact:
        return Readings(frozenset(), frozenset())
    prefix = compact[:2] if compact[:2] in identifiers.COUNTRIES else ""
    countries = [prefix] if prefix else [country] if country in identifiers.COUNTRIES else list(identifiers.COUNTRIES)
    keys: set[str] = set()
    vat: set[str] = set()
    if country and country not in identifiers.COUNTRIES and not prefix:
        return Readings(frozenset(), frozenset({compact}))
    for code in countries:
        found = _canonical(code, "company_number", number)
        if found:
            keys.add(identifiers.company_key(code, found))
        found = _canonical(code, "vat_number", number)
        if found:
            vat.add(found)
            keys |= _company_of_vat(code, found)
        if code == "FR" and re.fullmatch("[0-9]{9}", compact.removeprefix("FR")):
            keys.add(f"FR:{compact.removeprefix('FR')}")  # a SIREN alone
    return Readings(frozenset(keys), frozenset(vat))


def _canonical(country: str, kind: str, number: str) -> str:
    try:
        return identifiers.normalise_identifier(country, kind, number)
    except identifiers.Invalid:
        return ""


def _company_of_vat(country: str, vat_number: str) -> set[str]:
    """The company whose VAT number follows from its company number; a Dutch btw-id tells no KvK number."""
    body = vat_number[2:]
    match country:
        case "PL" | "BE":
            return {f"{country}:{body}"}
        case "FI":
            return {f"FI:{body[:7]}-{body[7:]}"}
        case "FR":
            return {f"FR:{body[2:]}"}
        case _:
            return set()


def accounts_of(readings: Readings) -> list[Account]:
    """The live accounts that these numbers belong to; of a shared VAT number there may be several."""
    if not readings:
        return []
    return list(
        db.session.scalars(
            sa.select(Account)
            .where(
                Account.state == AccountState.ACTIVE,
                sa.or_(
                    Account.company_key.in_(readings.company_keys),
                    Account.vat_number.in_(readings.vat_numbers),
                ),
            )
            .order_by(Account.id)
            .limit(10)
        )
    )


def account_by_number(country: str, number: str) -> Account | None:
    """The one account that a buyer's number means without doubt; none where it can mean several companies."""
    return accounts_by_number([(country, number)])[country, number]


def accounts_by_number(buyers: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Account | None]:
    """The same for many buyers, each a country and a number, in one query."""
    meant = {buyer: readings_of(*buyer) for buyer in buyers}
    sure = {buyer: one for buyer, one in meant.items() if one and len(one.company_keys) <= 1}
    keys = {key for one in sure.values() for key in one.company_keys}
    numbers = {number for one in sure.values() for number in one.vat_numbers}
    by_key: dict[str, list[Account]] = defaultdict(list)
    by_vat: dict[str, list[Account]] = defaultdict(list)
    if sure:
        for account in db.session.scalars(
            sa.select(Account).where(
                Account.state == AccountState.ACTIVE,
                sa.or_(Account.company_key.in_(keys), Account.vat_number.in_(numbers)),
            )
        ):
            by_key[account.company_key].append(account)
            by_vat[account.vat_number or ""].append(account)
    found: dict[tuple[str, str], Account | None] = dict.fromkeys(meant)
    for buyer, one in sure.items():
        held = {account.id: account for key in one.company_keys for account in by_key[key]}
        held |= {account.id: account for number in one.vat_numbers for account in by_vat[number]}
        if len(held) == 1:
            found[buyer] = next(iter(held.values()))
    return found


# --- periods ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A stable id's detail, and the period's row where it has one."""

    detail: BillingDetail
    number: int
    period: BillingPeriod | None

    @property
    def ref(self) -> str:
        return f"{self.detail.ref}/{self.number}"


def found_by_refs(refs: Iterable[str]) -> dict[str, Found]:
    """What stable ids mean, in two queries; ids of nothing are left out."""
    wanted = {ref: shape for ref in refs if (shape := STABLE_ID.fullmatch(ref))}
    if not wanted:
        return {}
    details = {
        detail.ref: detail
        for detail in db.session.scalars(
            sa.select(BillingDetail)
            .where(BillingDetail.ref.in_({shape[1] for shape in wanted.values()}))
            .options(joinedload(BillingDetail.account))
            .execution_options(populate_existing=True)
        )
    }
    periods = {
        held.ref: held for held in db.session.scalars(sa.select(BillingPeriod).where(BillingPeriod.ref.in_(wanted)))
    }
    return {
        ref: Found(details[shape[1]], int(shape[2]), periods.get(ref))
        for ref, shape in wanted.items()
        if shape[1] in details
    }


def may_be_linked(found: Found, currency: str, invoice_id: int | None) -> bool:
    """Whether an invoice in this currency may claim the period: it exists, and no other invoice has it."""
    if found.detail.currency != currency:
        return False
    terms = Calendar(found.detail.starts_on, found.detail.months, found.detail.ends_on)
    if found.period is None and period(terms, found.number) is None:
        return False
    return found.period is None or found.period.invoice_id is None or found.period.invoice_id == invoice_id


def linkable(refs: Sequence[str], known: Mapping[str, Found], currency: str, invoice: Invoice | None) -> list[Found]:
    """Those of a document's stable ids that are not linked to its invoice yet and may be."""
    own = invoice.id if invoice else None
    found = [known[ref] for ref in dict.fromkeys(refs) if ref in known]
    return [
        one
        for one in found
        if may_be_linked(one, currency, own) and not (one.period and own and one.period.invoice_id == own)
    ]


def link(invoice: Invoice, found: Sequence[Found]) -> Changes:
    """Puts periods on a locked invoice, inside this `write()`; they may be linked, see `linkable`. One that was not
    handed over gets its row by that and is never due again.

    Raises:
        PeriodTaken: another invoice took one a moment ago.
    """
    had = sorted(held.ref for held in invoice.periods)
    for one in sorted(found, key=lambda one: (one.detail.id, one.number)):
        mark_invoiced(one.detail.id, one.number, invoice.id)
    return {"periods": (", ".join(had), ", ".join(sorted([*had, *(one.ref for one in found)])))}


def set_account(invoice: Invoice, account_id: int | None) -> Changes:
    """Says whose invoice a locked one is, inside this `write()`: of an account that was merged a moment ago, the one
    that it became."""
    if account_id is not None:
        account_id = customers.held_through(account_id).id
    refs: dict[int | None, str] = dict(
        db.session.execute(
            sa.select(Account.id, Account.ref).where(Account.id.in_({account_id or 0, invoice.account_id or 0}))
        ).all()
    )
    before, invoice.account_id = invoice.account_id, account_id
    return {"account": (refs.get(before), refs.get(account_id))}
