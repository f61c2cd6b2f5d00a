"""Billing details from files."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from app.billing.models import BillingDetail, BillingPeriod, BillingPrice
from app.core.db import db, write
from app.customers.models import Account
from app.people.models import Person
from tests.imports.sentences import (
    a_company,
    csv_of,
    imported,
    lines_of,
    numbers_of,
    previewed,
    reasons_of,
    somebody_who_imports,
)
from tests.sentences import a_reseller, a_service, sign_in

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def by() -> Person:
    return somebody_who_imports("finance", "sales")


@pytest.fixture
def company(by: Person) -> dict[str, str]:
    """An account credited to a reseller, and a service with a usual price."""
    service = a_service("online-payments", en="Online payments")
    with write():
        service.net, service.currency, service.vat_rate, service.months = Decimal(49), "PLN", Decimal(23), 1
    line = a_company(reseller=a_reseller("Polana", name_sort="polana").ref)
    imported("accounts", csv_of([line]), by)
    return {"country": "PL", "company_number": line["company_number"], "service": "online-payments"}


def the_detail() -> BillingDetail:
    return db.session.scalars(sa.select(BillingDetail).execution_options(populate_existing=True)).one()


def test_a_line_takes_the_usual_terms_and_the_accounts_reseller(by: Person, company: dict[str, str]) -> None:
    run = imported("billing-details", csv_of([{**company, "starts_on": "31.01.2026"}]), by)
    assert numbers_of(run) == (1, 0, 0, 0)
    detail = the_detail()
    assert (detail.starts_on, detail.months, detail.currency) == (date(2026, 1, 31), 1, "PLN")
    assert detail.reseller_id == db.session.scalar(sa.select(Account.reseller_id))
    assert detail.past_unclear, "nobody said whether its past was invoiced elsewhere"
    assert db.session.scalar(sa.select(BillingPrice.net)) == Decimal(49)


def test_periods_invoiced_elsewhere_are_marked_once(by: Person, company: dict[str, str]) -> None:
    content = csv_of([{**company, "starts_on": "2026-01-31", "invoiced_until": "2026-03-31", "reseller": ""}])
    imported("billing-details", content, by)
    detail = the_detail()
    assert (detail.reseller_id, detail.past_unclear, detail.next_on) == (None, False, date(2026, 4, 30))
    assert set(db.session.scalars(sa.select(BillingPeriod.state))) == {"taken_over"}
    assert numbers_of(imported("billing-details", content, by)) == (0, 0, 1, 0)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(BillingPeriod)) == 3


def test_a_price_changes_from_a_day_once_something_was_invoiced(by: Person, company: dict[str, str]) -> None:
    line = {**company, "starts_on": "2026-01-31", "invoiced_until": "2026-03-31"}
    imported("billing-details", csv_of([line]), by)
    dearer = {**line, "net": "59,00"}
    run = previewed("billing-details", csv_of([dearer]), by)
    assert [column for column, _said in reasons_of(run)[2]] == ["price_from"]
    run = imported("billing-details", csv_of([{**dearer, "price_from": "2026-04-01"}]), by)
    assert lines_of(run)[0].changes == {"net": ["49.00", "59.00"], "price_from": ["", "2026-04-01"]}
    prices = db.session.execute(sa.select(BillingPrice.from_on, BillingPrice.net).order_by(BillingPrice.from_on))
    assert [tuple(row) for row in prices] == [(date(2026, 1, 31), 49), (date(2026, 4, 1), 59)]


def test_a_fresh_detail_is_corrected_and_ended(by: Person, company: dict[str, str]) -> None:
    line = {**company, "starts_on": "2027-01-31"}
    imported("billing-details", csv_of([line]), by)
    imported("billing-details", csv_of([{**line, "months": "Every year", "net": "500", "ends_on": "2030-12-31"}]), by)
    detail = the_detail()
    assert (detail.months, detail.ends_on) == (12, date(2030, 12, 31))
    assert db.session.scalar(sa.select(BillingPrice.net)) == Decimal(500)


def test_wrong_lines_are_told(by: Person, company: dict[str, str]) -> None:
    lines = [
        {**company, "starts_on": "31 Feb"},
        {**company, "company_number": "1", "starts_on": "2026-01-31"},
        {**company, "service": "nothing", "starts_on": "2026-01-31"},
        {**company, "starts_on": "2026-01-31", "ends_on": "2025-01-01"},
        {**company, "starts_on": "2026-01-31", "currency": "JPY"},
    ]
    run = previewed("billing-details", csv_of(lines), by)
    assert {number: reasons[0][0] for number, reasons in reasons_of(run).items()} == {
        2: "starts_on",
        3: "company_number",
        4: "service",
        5: "ends_on",
        6: "currency",
    }


@pytest.mark.parametrize("language", ["en", "fi"])
def test_our_own_list_comes_back_unchanged(
    client: FlaskClient, by: Person, company: dict[str, str], language: str
) -> None:
    sign_in(client, by)
    lines = [
        {**company, "starts_on": "2026-01-31", "net": "1 049,50", "text": "Plan A"},
        {**company, "starts_on": "2027-01-01", "months": "0", "vat_rate": "", "reseller": ""},
    ]
    for line in lines:
        imported("billing-details", csv_of([line]), by)
    file = client.get(f"/desk/billing/details.csv?lang={language}").get_data()
    assert numbers_of(imported("billing-details", file, by)) == (0, 0, 2, 0)
