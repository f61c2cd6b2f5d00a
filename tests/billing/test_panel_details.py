"""A reseller sees what its customers are invoiced for, what is credited to it and nothing else (R14)."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import BillingDetail
from app.billing.service import changes
from app.billing.service import details as service
from app.billing.service.details import DetailTerms
from app.core.db import db
from app.customers.models import Account
from app.partners.models import Reseller
from tests import sentences as s
from tests.leads.sentences import an_account
from tests.queries import counting

pytestmark = pytest.mark.usefixtures("context")

MARCH = date(2027, 3, 1)


@pytest.fixture
def reseller() -> Reseller:
    return s.a_reseller()


@pytest.fixture
def panel(app: Flask, reseller: Reseller) -> FlaskClient:
    return s.sign_in(app.test_client(), s.owner_of(reseller))


def invoiced(account: Account, what: Any = None, **terms: Any) -> BillingDetail:
    """A detail on an account, credited to the account's reseller unless told otherwise."""
    given: dict[str, Any] = {
        "service_id": (what or s.a_service(en="Webshop hosting")).id,
        "net": Decimal("49.00"),
        "currency": "EUR",
        "months": 1,
        "starts_on": MARCH,
        "vat_rate": Decimal(21),
        "reseller_id": account.reseller_id,
    }
    return service.add(account.id, DetailTerms(**(given | terms)), s.a_staff_member("finance"))


def test_the_list_says_what_is_invoiced_and_when_next(panel: FlaskClient, reseller: Reseller) -> None:
    detail = invoiced(an_account(of=reseller), net=Decimal("1234.50"), months=12, text="Two shops")

    page = panel.get("/panel/billing").text

    for words in ("Quillmark Stationers", "Webshop hosting", "Two shops", "Every year", "1 Mar 2027", detail.ref):
        assert words in page
    assert "€1,234.50" in page
    assert "go to the customer" in page
    assert "1 234,50" in panel.get("/panel/billing?lang=fi").text.replace("\xa0", " ")


def test_only_what_is_credited_to_the_reseller_exists(panel: FlaskClient, reseller: Reseller) -> None:
    account = an_account(of=reseller)
    own = invoiced(account)
    direct = invoiced(account, text="Secret text", reseller_id=None)
    theirs = invoiced(an_account(of=s.a_reseller("Oakmere")))

    page = panel.get("/panel/billing").text
    file = panel.get("/panel/billing/details.csv").text

    assert own.ref in page
    assert own.ref in file
    for hidden in (direct.ref, theirs.ref, "Secret text"):
        assert hidden not in page + file
    assert "1 billing detail" in page
    assert panel.get(f"/panel/billing/{own.ref}").status_code == 200
    unknown = panel.get("/panel/billing/B-00000000")
    for other in (direct, theirs):
        answer = panel.get(f"/panel/billing/{other.ref}")
        assert (answer.status_code, answer.data) == (404, unknown.data)


def test_a_detail_on_anothers_account_shows_the_name_and_no_more(panel: FlaskClient, reseller: Reseller) -> None:
    account = an_account(of=s.a_reseller("Oakmere"), phone="+48611111111", contact_name="Hidden Person")
    detail = invoiced(account, reseller_id=reseller.id)

    page = panel.get(f"/panel/billing/{detail.ref}").text

    assert account.company_name in page
    assert f"/panel/accounts/{account.ref}" not in page
    assert detail.ref in panel.get("/panel/billing?q=quillmark").text
    for hidden in ("hidden person", account.company_number, account.email):
        assert detail.ref not in panel.get("/panel/billing", query_string={"q": hidden}).text


def test_the_list_is_searched_narrowed_and_ordered(panel: FlaskClient, reseller: Reseller) -> None:
    hosting, support = s.a_service(en="Hosting"), s.a_service(en="Support")
    first = invoiced(an_account(of=reseller, company_name="Harrow Lane"), hosting, starts_on=date(2027, 5, 1))
    second = invoiced(an_account(of=reseller, company_name="Lumen Pike"), support, starts_on=date(2027, 4, 1))
    staff = s.a_staff_member("finance")
    third = invoiced(an_account(of=reseller), hosting, starts_on=date(2027, 6, 1))
    changes.pause(third.id, third.version, date(2026, 1, 1), None, staff)

    def found(query: str) -> list[str]:
        page = panel.get(f"/panel/billing?{query}").text
        places = {detail.ref: page.find(f'/panel/billing/{detail.ref}"') for detail in (first, second, third)}
        return sorted((ref for ref, place in places.items() if place >= 0), key=places.__getitem__)

    assert found("q=harrow") == [first.ref]
    assert found(f"service={support.id}") == [second.ref]
    assert found("state=paused") == [third.ref]
    assert found("sort=next") == [second.ref, first.ref]
    assert found(f"q={third.ref}") == [third.ref]
    assert set(found("")) == {first.ref, second.ref, third.ref}


def test_the_page_of_a_detail_tells_its_periods(panel: FlaskClient, reseller: Reseller) -> None:
    detail = invoiced(an_account(of=reseller), starts_on=date(2027, 1, 31))
    changes.change_price(
        detail.id, detail.version, date(2027, 3, 1), Decimal("59.00"), Decimal(21), s.a_staff_member("finance")
    )

    page = panel.get(f"/panel/billing/{detail.ref}").text

    assert "28 Feb 2027 – 30 Mar 2027" in page
    assert "€59.00" in page
    assert "Nothing is invoiced to you" in page


def test_the_account_tells_what_is_invoiced_and_when_next(panel: FlaskClient, reseller: Reseller) -> None:
    account = an_account(of=reseller)
    own, direct = invoiced(account), invoiced(account, s.a_service(en="Secret service"), reseller_id=None)

    page = panel.get(f"/panel/accounts/{account.ref}").text

    assert f"/panel/billing/{own.ref}" in page
    assert "Next invoice: 1 March 2027" in page
    assert direct.ref not in page
    assert "Secret service" not in page


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("path", ["/panel/billing", "/panel/billing?sort=next&q=quill", "/panel/accounts/{account}"])
def test_pages_ask_as_often_with_many_details_as_with_one(
    app: Flask, panel: FlaskClient, reseller: Reseller, path: str
) -> None:
    account = an_account(of=reseller)
    what = s.a_service(en="Hosting")
    invoiced(account, what)
    address = path.format(account=account.ref)
    panel.get(address)
    with counting(app) as few:
        panel.get(address)
    for days in range(12):
        invoiced(account, what, starts_on=MARCH + timedelta(days=days))
    with counting(app) as many:
        assert panel.get(address).text.count("Hosting") >= 12
    assert few.count == many.count
    assert many <= (6 if "accounts" not in path else 12), many


def test_the_pages_follow_one_another(panel: FlaskClient, reseller: Reseller, monkeypatch: pytest.MonkeyPatch) -> None:
    account, what = an_account(of=reseller), s.a_service(en="Hosting")
    made = [invoiced(account, what, starts_on=MARCH + timedelta(days=days)).ref for days in range(52)]
    seen: list[str] = []
    address: str | None = "/panel/billing?sort=next"
    while address:
        page = panel.get(address).text
        seen += [ref for ref in made if f'/panel/billing/{ref}"' in page]
        import html
        import re

        following = re.search(r'rel="next" href="([^"]+)"', page)
        address = f"/panel/billing{html.unescape(following[1])}" if following else None
    assert sorted(seen) == sorted(made)
    db.session.rollback()
