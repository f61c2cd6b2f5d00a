"""What the demo customers are invoiced for: details of all kinds, and two hand-overs already made."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.billing.models import BillingDetail
from app.billing.service import changes, details, handing_over
from app.billing.service.details import DetailTerms
from app.catalogue import queries as catalogue
from app.core.clock import today
from app.core.db import db, lock, write
from app.customers.models import Account
from app.demo import words
from app.people.models import Person

GLINIK, LIPOWA, PLUK, KERA = (
    "Pracownia Ceramiki Glinik",
    "Optyka Lipowa",
    "De Groene Pluk",
    "Lankapuoti Kerä Tmi",
)
"""Converted in `cast`, 70, 35, 23 and 13 days ago."""

At = Callable[[float, Callable[[], None]], None]
Staff = Callable[[str], Person]


def play(at: At, staff: Staff) -> None:
    """Puts the events in their days; `at` takes how many days ago."""
    pln_vat, eur_vat = Decimal("23.00"), Decimal("21.00")

    def agree(company: str, service: str, net: str, months: int, after: int, **more: Any) -> None:
        _add(company, _terms(company, service, net, months, after, **more), staff("account_manager"))

    at(69, lambda: agree(GLINIK, "online-payments", "149.00", 1, +4, vat_rate=pln_vat))
    at(68, lambda: agree(GLINIK, "shipping-returns", "480.00", 6, +8, vat_rate=pln_vat))
    at(66, lambda: agree(GLINIK, "custom-development", "2400.00", 0, +8, vat_rate=pln_vat, text=WORKSHOP, direct=True))
    at(57, lambda: _hand_over(1, staff("finance")))
    at(34, lambda: agree(LIPOWA, "online-payments", "129.00", 1, +1, vat_rate=pln_vat))
    at(33, lambda: agree(LIPOWA, "bookkeeping-link", "890.00", 12, -367, vat_rate=pln_vat, elsewhere=True))
    at(28, lambda: _hand_over(2, staff("finance")))
    at(25, lambda: _end(GLINIK, "shipping-returns", staff("account_manager")))
    at(22, lambda: agree(PLUK, "shipping-returns", "39.00", 1, +1, vat_rate=eur_vat))
    at(21, lambda: agree(PLUK, "custom-development", "1250.00", 0, +17, vat_rate=eur_vat, direct=True))
    at(12, lambda: agree(KERA, "shipping-returns", "25.50", 1, +1, vat_rate=Decimal("25.50")))
    at(11, lambda: agree(KERA, "online-payments", "1950.00", 36, +31, vat_rate=Decimal("25.50")))
    at(9, lambda: _another_price(GLINIK, "online-payments", "169.00", pln_vat, staff("account_manager")))
    at(6, lambda: _pause(PLUK, "shipping-returns", staff("finance")))
    at(3, lambda: _found_in_old_books(LIPOWA, "shipping-returns", "75.00", pln_vat, staff("sales")))


WORKSHOP = "Warsztat wdrożeniowy, dwa dni"


def _terms(
    company: str,
    service: str,
    net: str,
    months: int,
    after: int,
    *,
    vat_rate: Decimal,
    text: str = "",
    direct: bool = False,
    elsewhere: bool = False,
) -> DetailTerms:
    """It begins so many days after it is agreed; `elsewhere` when another system invoiced it before."""
    account, found = account_of(company), catalogue.by_code(service)
    assert found is not None
    return DetailTerms(
        service_id=found.id,
        net=Decimal(net),
        currency="PLN" if account.country == "PL" else "EUR",
        months=months,
        starts_on=vendor_today() + timedelta(days=after),
        vat_rate=vat_rate,
        text=text,
        reseller_id=None if direct else account.reseller_id,
        taken_over_until=vendor_today() if elsewhere else None,
    )


def _add(company: str, terms: DetailTerms, by: Person) -> None:
    details.add(account_of(company).id, terms, by)


def _found_in_old_books(company: str, service: str, net: str, vat_rate: Decimal, by: Person) -> None:
    """As an import brings it: it began long ago, and nobody said yet what was invoiced elsewhere."""
    account = account_of(company)
    terms = _terms(company, service, net, 12, -420, vat_rate=vat_rate)
    with write():
        details.put(lock(Account, account.id), terms, by)


def _hand_over(number: int, by: Person) -> None:
    handing_over.hand_over(vendor_today(), f"demo-hand-over-{number}", by)


def _end(company: str, service: str, by: Person) -> None:
    found = detail_of(company, service)
    changes.end(found.id, found.version, vendor_today() + timedelta(days=1), by)


def _another_price(company: str, service: str, net: str, vat_rate: Decimal, by: Person) -> None:
    found = detail_of(company, service)
    changes.change_price(found.id, found.version, vendor_today() + timedelta(days=30), Decimal(net), vat_rate, by)


def _pause(company: str, service: str, by: Person) -> None:
    found = detail_of(company, service)
    changes.pause(found.id, found.version, vendor_today(), None, by)


def account_of(company: str) -> Account:
    return db.session.scalars(sa.select(Account).where(Account.company_name == company)).one()


def detail_of(company: str, service: str) -> BillingDetail:
    found = catalogue.by_code(service)
    assert found is not None
    query = sa.select(BillingDetail).where(
        BillingDetail.account_id == account_of(company).id, BillingDetail.service_id == found.id
    )
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def vendor_today() -> date:
    return today(words.VENDOR["timezone"])
