"""Arranging billing in sentences: `some_terms(service)`, `a_detail(on=account)`."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from app.billing.models import BillingDetail, BillingPeriod
from app.billing.service import details
from app.billing.service.details import DetailTerms
from app.catalogue.models import Service
from app.core.db import db
from app.customers.models import Account
from app.partners.models import Reseller
from app.people.models import Person
from tests.leads.sentences import an_account
from tests.sentences import a_service, a_staff_member


def some_terms(service: Service | None = None, **values: Any) -> DetailTerms:
    """149 euros a month from 1 January 2026, credited to nobody."""
    return DetailTerms(
        **{
            "service_id": (service or a_service()).id,
            "net": Decimal("149.00"),
            "currency": "EUR",
            "months": 1,
            "starts_on": date(2026, 1, 1),
            "vat_rate": Decimal("23.00"),
            **values,
        }
    )


def a_detail(
    *,
    on: Account | None = None,
    service: Service | None = None,
    of: Reseller | None = None,
    by: Person | None = None,
    **values: Any,
) -> BillingDetail:
    """A detail on an account (a new one unless given), credited to nobody unless `of` a reseller."""
    account = on or an_account(of=of)
    terms = some_terms(service, reseller_id=of.id if of else None, **values)
    return details.add(account.id, terms, by or a_staff_member("finance"))


def periods_of(detail: BillingDetail) -> list[BillingPeriod]:
    """The periods that somebody dealt with, in order."""
    db.session.rollback()
    return list(
        db.session.scalars(
            db.select(BillingPeriod)
            .where(BillingPeriod.detail_id == detail.id)
            .order_by(BillingPeriod.number)
            .execution_options(populate_existing=True)
        )
    )
