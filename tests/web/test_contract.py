"""What outsiders may rely on: addresses, field names, answers and commands keep their names."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.access.roles import StaffRole
from app.core import identifiers
from app.core.db import db
from app.core.i18n import LOCALES, in_locale
from app.leads.models import Lead
from app.outbox.models import MailRow, MailState
from tests import sentences as s
from tests.leads.sentences import a_lead, an_account
from tests.leads.test_registration import filled

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]

APPLY = "first_name last_name email phone company_name country company_number street postcode city website about"
REGISTER = (
    "typed_by company_name country company_number street postcode city contact_name email phone website "
    "services shops-0-url shops-0-platform note submission_key"
)
OF_COUNTRY = {
    "PL": {"regon", "krs"},
    "NL": {"vat_number"},
    "FI": {"einvoice_address", "einvoice_operator"},
    "BE": set[str](),
    "FR": {"vat_number"},
}


def names_in(page: str) -> set[str]:
    return set(re.findall(r'<(?:input|select|textarea|button)[^>]*\sname="([^"]+)"', page))


def a_form() -> str:
    s.a_service()
    reseller = s.a_reseller()
    return f"/r/{s.link_of(reseller).slug}"


def test_the_forms_carry_the_promised_fields(client: FlaskClient) -> None:
    assert names_in(client.get("/resellers/apply").text) >= {*APPLY.split(), "csrf_token"}
    path = a_form()
    for country, more in OF_COUNTRY.items():
        assert names_in(client.get(f"{path}?country={country}").text) >= {*REGISTER.split(), "csrf_token"} | more
    assert names_in(client.get("/sign-in").text) >= {"email", "password", "csrf_token"}


def test_the_addresses_answer(client: FlaskClient) -> None:
    path = a_form()
    for address in ("/", "/resellers/apply", path, "/sign-in", "/healthz"):
        assert client.get(address).status_code == 200, address
    assert client.get(f"{path}/qr.svg").mimetype == "image/svg+xml"
    assert client.get(f"/reseller_klient_{path[3:]}.html").status_code in (301, 302, 308)
    assert client.get("/sign-out").status_code == 405
    assert s.post(client, "/sign-out", page="").status_code == 303
    assert client.get("/go/nobody-knows-this").status_code == 404
    assert client.get("/panel").location.startswith("/sign-in?")


@pytest.mark.parametrize("locale", LOCALES)
def test_a_number_is_taken_as_people_write_it_or_refused_in_their_language(client: FlaskClient, locale: str) -> None:
    path = a_form()
    client.get(f"/?lang={locale}")
    wrong = s.post(client, path, filled(company_number="PL 856-734-62-16"))
    with pytest.raises(identifiers.InvalidNumber) as refused, in_locale(locale):
        identifiers.normalise_company_number("PL", "8567346216")
    with in_locale(locale):
        own = html.escape(str(refused.value.message), quote=False)
    assert refused.value.code == "check"
    assert wrong.status_code == 422
    assert f'<html lang="{locale}"' in wrong.text
    assert html.unescape(wrong.text).count(html.unescape(own)) >= 2, "in the summary and beside the field"
    assert "PL 856-734-62-16" in wrong.text
    for country, typed, kept, postcode, post_kept, phone in (
        ("PL", "PL 856-734-62-15", "8567346215", "62-200", "62-200", "61 123 45 67"),
        ("NL", "8421 73 05", "84217305", "1234ab", "1234 AB", "020 123 4567"),
        ("FI", "2332748-7", "2332748-7", "00100", "00100", "09 123 4567"),
    ):
        form = filled(
            country=country, company_number=typed, postcode=postcode, phone=phone, submission_key=country, website=""
        )
        assert s.post(client, path, form).status_code == 303, country
        lead = db.session.scalars(db.select(Lead).order_by(Lead.id.desc())).first()
        assert lead is not None
        assert (lead.company_number, lead.postcode) == (kept, post_kept)


@pytest.mark.parametrize("locale", LOCALES)
def test_a_body_above_the_limit_is_refused_in_the_visitors_language(client: FlaskClient, locale: str) -> None:
    path = a_form()
    client.get(f"/?lang={locale}")
    for size in (2_000_000, 10_000_000):
        answer = client.post(path, data={"note": "a" * size}, headers={"Origin": "http://localhost"})
        assert answer.status_code == 413
        assert f'<html lang="{locale}"' in answer.text


COLUMNS = {
    "/panel/leads/leads.csv": ("Lead", "State", "Company name", "Country", "Company number"),
    "/panel/accounts/accounts.csv": ("Reference",),
    "/panel/shops/shops.csv": ("Shop address", "Platform", "Company", "Lead or account", "State"),
    "/panel/services/services.csv": ("Service", "Company", "Lead or account", "State"),
}


@pytest.mark.parametrize("path", COLUMNS)
def test_a_table_opens_with_as_many_values_as_columns(client: FlaskClient, path: str) -> None:
    reseller, service = s.a_reseller(), s.a_service()
    shops = ["https://quillmark.example"]
    lead = a_lead(of=reseller, services=[service], shops=shops, company_name='Quill; "Mark"\n=SUM(1)')
    account = an_account(of=reseller, services=[service], shops=shops)
    s.sign_in(client, s.owner_of(reseller))
    answer = client.get(path)
    assert (answer.status_code, answer.mimetype) == (200, "text/csv")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    rows = list(csv.reader(io.StringIO(answer.data.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert tuple(rows[0][: len(COLUMNS[path])]) == COLUMNS[path]
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert any(ref in row for row in rows for ref in (lead.ref, account.ref))


# --- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("demo")
def test_the_people_of_the_demo_are_told_as_promised(app: Flask, client: FlaskClient) -> None:
    told = app.test_cli_runner().invoke(args=["demo", "people", "--json"])
    assert told.exit_code == 0
    people: list[dict[str, Any]] = json.loads(told.output)
    assert {tuple(person) for person in people} == {("role", "name", "locale", "email", "password", "links")}
    roles = [person["role"] for person in people]
    assert {role.value for role in StaffRole} <= set(roles)
    forms = [person["links"]["registration"] for person in people if "registration" in person["links"]]
    assert len(forms) >= 2
    for path in forms:
        assert client.get(path).status_code == 200
    customers = [person["links"] for person in people if person["role"] == "customer"]
    assert len(customers) >= 2
    for links in customers:
        assert client.get(links["plan"]).status_code == 200
        assert client.get(links["feed"]).mimetype == "text/calendar"
    again = json.loads(app.test_cli_runner().invoke(args=["demo", "people", "--json"]).output)
    for person in (*people, *again):
        if "status" in person["links"]:
            assert client.get(person["links"]["status"]).status_code == 200, (
                "links are minted afresh, earlier ones work"
            )
    for person in people:
        if person["password"]:
            browser = app.test_client()
            form = {"email": person["email"], "password": person["password"]}
            assert s.post(browser, "/sign-in", form).status_code == 303, person["role"]


def test_the_demo_goes_only_into_an_empty_database(app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    loaded: list[bool] = []
    monkeypatch.setattr("app.demo.loader.load", lambda: loaded.append(True))
    run = app.test_cli_runner().invoke
    assert "Loading the demo" in run(args=["demo", "load", "--if-empty"]).output
    assert loaded == [True]
    s.a_staff_member("administrator")
    refused = run(args=["demo", "load"])
    assert (refused.exit_code, "only into an empty database" in refused.output) == (1, True)
    quiet = run(args=["demo", "load", "--if-empty"])
    assert (quiet.exit_code, quiet.output) == (0, "")
    assert loaded == [True]


def test_people_are_told_a_line_each_without_applicants(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    dana = {"role": "sales", "locale": "nl", "email": "dana@brimora.example", "password": None}

    def listed(*, with_applicants: bool = True) -> list[dict[str, Any]]:
        asked.append(with_applicants)
        return [{**dana, "links": {"registration": "/r/polana", "plan": "/go/x"}}]

    monkeypatch.setattr("app.demo.people.listed", listed)
    told = app.test_cli_runner().invoke(args=["demo", "people"])
    assert told.output.split() == ["sales", "nl", "dana@brimora.example", "/r/polana", "/go/x"]
    assert asked == [False], "a line of theirs would mint a link that nobody asked for"


def test_a_production_installation_tells_of_nobody(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "GANGWAY", replace(app.config["GANGWAY"], mode="production"))
    for command in (["demo", "people", "--json"], ["demo", "load"]):
        refused = app.test_cli_runner().invoke(args=command)
        assert refused.exit_code != 0
        assert "production" in refused.output


def test_the_outbox_is_sent_by_a_command(app: Flask, client: FlaskClient) -> None:
    s.post(client, a_form(), filled())
    sent = app.test_cli_runner().invoke(args=["outbox", "send"])
    assert sent.exit_code == 0, sent.output
    db.session.commit()
    states = db.session.scalars(db.select(MailRow.state)).all()
    assert len(states) == 3, "to the reseller, and a receipt and the privacy notice to the contact person"
    assert set(states) == {MailState.SHOWN}, "without a mail server the demo shows them at the desk"
