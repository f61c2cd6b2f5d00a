"""Arranging invoices in sentences: `a_document(paid=...)`, `kept(a_document())`, `a_period(on=account)`."""

from __future__ import annotations

import itertools
from datetime import date
from decimal import Decimal
from typing import Any

from app.billing.models import BillingDetail, BillingPeriod, BillingPrice, Invoice, InvoiceKind, InvoiceSource
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service import invoices
from app.core.clock import now
from app.core.db import db, write
from app.customers.models import Account, AccountService
from app.partners.models import Reseller
from app.people.models import Person
from tests.sentences import a_service

_counter = itertools.count(1)


def amounts(net: str = "100.00", rate: str | None = "23.00", vat: str | None = None) -> VatTotal:
    """The total of one rate; its VAT is reckoned unless given."""
    charged = Decimal(rate) if rate is not None else None
    reckoned = (Decimal(net) * (charged or 0) / 100).quantize(Decimal("0.01"))
    return VatTotal(charged, Decimal(net), Decimal(vat) if vat is not None else reckoned)


def a_document(number: str = "", **values: Any) -> ReceivedInvoice:
    """An invoice over 123.00 zł, due two weeks after its date."""
    own = {
        "number": number or f"FV/2026/{next(_counter):04d}",
        "issued_on": date(2026, 3, 2),
        "due_on": date(2026, 3, 16),
        "currency": "PLN",
        "buyer_name": "Quillmark Stationers",
        "buyer_country": "PL",
        "vat_totals": (amounts(),),
        "source": InvoiceSource.CSV,
    }
    return ReceivedInvoice(**{**own, **values})


def a_credit_note(of: str, net: str = "100.00", **values: Any) -> ReceivedInvoice:
    """A credit note that names the invoice with number `of`."""
    number = values.pop("number", f"KOR/2026/{next(_counter):04d}")
    return a_document(
        number, kind=InvoiceKind.CREDIT_NOTE, credits_number=of, due_on=None, vat_totals=(amounts(net),), **values
    )


def kept(document: ReceivedInvoice, by: Person | None = None) -> Invoice:
    with write():
        invoice = invoices.keep(document, by)
    return invoice


def a_period(
    on: Account, *, of: Reseller | None = None, net: str = "100.00", number: int = 0, **values: Any
) -> BillingPeriod:
    """A period of a new monthly billing detail that was handed over, credited to `of` or to nobody."""
    service = a_service()
    moment = now()
    starts_on = values.pop("starts_on", date(2026, 3, 1))
    own = {"currency": "PLN", "state": "handed_over", "ends_on": date(2026, 3, 31), **values}
    with write():
        db.session.add(AccountService(account_id=on.id, service_id=service.id, created_at=moment))
        db.session.flush()
        detail = BillingDetail(
            account_id=on.id,
            service_id=service.id,
            reseller_id=of.id if of else None,
            months=1,
            currency=own["currency"],
            starts_on=starts_on,
            ends_on=None,
            next_on=date(2026, 4, 1),
            created_at=moment,
            updated_at=moment,
            prices=[BillingPrice(from_on=starts_on, net=Decimal(net), vat_rate=Decimal("23.00"))],
        )
        db.session.add(detail)
        db.session.flush()
        period = BillingPeriod(
            detail_id=detail.id,
            number=number,
            ref=f"{detail.ref}/{number}",
            starts_on=starts_on,
            net=Decimal(net),
            vat_rate=Decimal("23.00"),
            reseller_id=of.id if of else None,
            hand_over_id=None,
            invoice_id=None,
            created_at=moment,
            **own,
        )
        db.session.add(period)
    db.session.expire_all()
    return period
