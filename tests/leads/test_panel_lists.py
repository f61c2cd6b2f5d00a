"""A reseller's lists of leads, accounts, shops and services: searched, narrowed, in two orders, page by page, and as a
file that holds what the page shows (R10).
"""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from tests import sentences as s
from tests.leads.sentences import a_lead, an_account

A_PAGE = 50


@pytest.fixture
def reseller(context: None) -> Any:
    return s.a_reseller()


@pytest.fixture
def panel(app: Flask, reseller: Any) -> FlaskClient:
    return s.sign_in(app.test_client(), s.owner_of(reseller))


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


def listed(client: FlaskClient, path: str, *names: str) -> list[str]:
    """Which of these names stand on the page, in its order."""
    text = page(client, path)
    return sorted((name for name in names if name in text), key=text.index)


def in_file(client: FlaskClient, path: str, column: str) -> list[str]:
    """One column of a CSV file."""
    text = client.get(path).data.decode("utf-8-sig")
    return [row[column] for row in csv.DictReader(io.StringIO(text, newline=""), delimiter=";")]


def pages(client: FlaskClient, path: str) -> Iterator[str]:
    """The list from its first page to its last, by the pager's links."""
    while path:
        text = page(client, path)
        yield text
        following = re.search(r'rel="next" href="([^"]+)"', text)
        path = path.split("?", maxsplit=1)[0] + following[1] if following and following[1].startswith("?") else ""


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Zebra", "Ęlk", "Adder"]),
        ("sort=name", ["Adder", "Ęlk", "Zebra"]),
        ("sort=odd", ["Zebra", "Ęlk", "Adder"]),
        ("group=accepted", ["Ęlk"]),
        ("group=closed", []),
        ("service=pay&sort=name", ["Adder", "Zebra"]),
        ("service=pay&q=zebra", ["Zebra"]),
        ("q=elk", ["Ęlk"]),
        ("q=elk&group=checking", []),
    ],
)
def test_leads_are_narrowed_and_in_the_order_that_was_asked(
    panel: FlaskClient, reseller: Any, query: str, shown: list[str]
) -> None:
    pay, moment = s.a_service("pay"), now()
    a_lead(of=reseller, company_name="Adder", services=[pay], created_at=moment - timedelta(days=3))
    a_lead(of=reseller, company_name="Ęlk", state="accepted", created_at=moment - timedelta(days=2))
    a_lead(of=reseller, company_name="Zebra", services=[pay], created_at=moment - timedelta(days=1))
    assert listed(panel, f"/panel/leads?{query}", "Adder", "Ęlk", "Zebra") == shown
    assert in_file(panel, f"/panel/leads/leads.csv?{query}", "Company name") == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["Zebra", "Ęlk", "Adder"]),
        ("sort=name", ["Adder", "Ęlk", "Zebra"]),
        ("q=elk", ["Ęlk"]),
        ("service={pay}&sort=name", ["Adder", "Zebra"]),
        ("service={pay}&q=elk", []),
    ],
)
def test_accounts_are_narrowed_and_in_the_order_that_was_asked(
    panel: FlaskClient, reseller: Any, query: str, shown: list[str]
) -> None:
    pay, moment = s.a_service("pay"), now()
    an_account(of=reseller, company_name="Adder", services=[pay], created_at=moment - timedelta(days=3))
    an_account(of=reseller, company_name="Ęlk", created_at=moment - timedelta(days=2))
    an_account(of=reseller, company_name="Zebra", services=[pay], created_at=moment - timedelta(days=1))
    query = query.format(pay=pay.id)
    assert listed(panel, f"/panel/accounts?{query}", "Adder", "Ęlk", "Zebra") == shown
    assert in_file(panel, f"/panel/accounts/accounts.csv?{query}", "Company name") == shown


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", ["a.example", "b.example", "c.example"]),
        ("sort=name", ["c.example", "a.example", "b.example"]),
        ("q=b.example", ["b.example"]),
        ("q=zebra", ["a.example", "b.example"]),
        ("kind=WooCommerce", ["a.example", "c.example"]),
    ],
)
def test_shops_of_leads_and_accounts_stand_in_one_list(
    panel: FlaskClient, reseller: Any, query: str, shown: list[str]
) -> None:
    a_lead(of=reseller, company_name="Adder", shops=["https://c.example"])
    a_lead(of=reseller, company_name="Zebra", shops=["https://a.example"])
    an_account(of=reseller, company_name="Zebra Two", shops=["https://b.example"])
    assert listed(panel, f"/panel/shops?{query}", "a.example", "b.example", "c.example") == shown
    assert in_file(panel, f"/panel/shops/shops.csv?{query}", "Shop address") == [f"https://{shop}" for shop in shown]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ("", [("Payments", "Zebra"), ("Shipping", "Adder"), ("Shipping", "Elk")]),
        ("sort=name", [("Shipping", "Adder"), ("Shipping", "Elk"), ("Payments", "Zebra")]),
        ("kind=ship", [("Shipping", "Adder"), ("Shipping", "Elk")]),
        ("kind=ship&q=elk", [("Shipping", "Elk")]),
    ],
)
def test_services_of_leads_and_accounts_stand_in_one_list(
    panel: FlaskClient, reseller: Any, query: str, shown: list[tuple[str, str]]
) -> None:
    pay, ship = s.a_service("pay", en="Payments"), s.a_service("ship", en="Shipping")
    a_lead(of=reseller, company_name="Zebra", services=[pay])
    a_lead(of=reseller, company_name="Elk", services=[ship])
    an_account(of=reseller, company_name="Adder", services=[ship])
    companies = [company for _service, company in shown]
    assert listed(panel, f"/panel/services?{query}", "Zebra", "Elk", "Adder") == companies
    path = f"/panel/services/services.csv?{query}"
    assert list(zip(in_file(panel, path, "Service"), in_file(panel, path, "Company"), strict=True)) == shown


@pytest.mark.parametrize(
    "path",
    [
        "/panel/leads",
        "/panel/leads?sort=name",
        "/panel/leads?q=quillmark",
        "/panel/accounts",
        "/panel/accounts?sort=name",
        "/panel/shops",
        "/panel/shops?sort=name",
        "/panel/services",
        "/panel/services?sort=name",
    ],
)
def test_pages_follow_each_other_and_miss_nothing(panel: FlaskClient, reseller: Any, path: str) -> None:
    service = s.a_service("pay")
    names = [f"Quillmark {number:03}" for number in range(A_PAGE + 3)]
    make = an_account if "accounts" in path else a_lead
    for name in names:
        make(of=reseller, company_name=name, services=[service], shops=["https://quillmark.example"])
    found = [sorted(set(re.findall(r"Quillmark \d{3}", text))) for text in pages(panel, path)]
    assert [len(one) for one in found] == [A_PAGE, 3]
    assert sorted(found[0] + found[1]) == names
