"""Every list as a file: both formats say the same, follow the list's filter, and cost as much for many rows as few."""

from __future__ import annotations

import contextvars
import csv
import io
import re
from collections.abc import Iterator

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import AnyConverter

from app.access.guard import access_of
from app.access.permissions import P
from app.core.db import new_ref
from app.people import queries
from app.people.models import Person
from tests import software
from tests.leads.sentences import a_lead, an_account
from tests.outbox.conftest import a_mail
from tests.queries import counting
from tests.sentences import a_reseller, a_service, a_staff_member, owner_of, sign_in

pytestmark = pytest.mark.usefixtures("context")

MOST_QUERIES = 10


def files(app: Flask) -> Iterator[tuple[str, str]]:
    """Permission and address, without its ending, of every list that is a file and needs nothing else to be named."""
    for rule in app.url_map.iter_rules():
        if rule.arguments == {"format"} and isinstance(rule._converters["format"], AnyConverter):
            asked = access_of(app, rule.endpoint)
            assert isinstance(asked, P), rule.endpoint
            yield asked.value, str(rule).rpartition(".<")[0]


def somebody_for(path: str, asked: str = "") -> Person:
    """Who may see the list, with something in it."""
    if asked.startswith("software_") and path.startswith("/panel"):
        partner, name = software.a_software_partner(), f"=Till {new_ref('T')}"
        software.an_integration(software.a_product(partner, name), software.a_package(f"Package {name}"))
        return queries.by_id(software.owner_of(partner).id)
    reseller = a_reseller()
    a_lead(of=reseller, services=[a_service()], shops=["https://quillmark.example"], company_name="=SUM(1)")
    an_account(of=reseller, services=[a_service()], shops=["https://quillmark.example"], company_name="@Quill")
    person = owner_of(reseller) if path.startswith("/panel") else a_staff_member("administrator", "sales", "finance")
    return queries.by_id(person.id)


def table(client: FlaskClient, address: str) -> list[list[str]]:
    content = client.get(address).get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(content, newline=""), delimiter=";"))


def test_there_is_a_file_for_every_list(app: Flask) -> None:
    found = {path for _asked, path in files(app)}
    assert found >= {
        "/desk/accounts/accounts", "/desk/api/tokens", "/desk/applications", "/desk/leads/leads", "/desk/mail/mail",
        "/desk/billing/hand-overs", "/desk/documents", "/desk/imports/imports", "/desk/invoices/invoices",
        "/desk/privacy/erasures", "/desk/privacy/retention", "/desk/reseller-addresses", "/desk/reseller-people",
        "/desk/systems/accesses", "/desk/systems/systems", "/desk/welcome-package/welcome-package",
        "/panel/invoices/totals/totals",
        "/desk/requests/requests", "/desk/resellers", "/desk/services/services", "/desk/staff/staff",
        "/panel/accounts/accounts", "/panel/leads/leads", "/panel/people/people", "/panel/services/services",
        "/panel/shops/shops", "/panel/products/products", "/panel/questions/questions",
        "/desk/packages/packages", "/desk/products/products", "/desk/questions/questions",
        "/desk/technical-links/technical-links",
    }  # fmt: skip


@pytest.mark.on("sqlite")
def test_both_formats_say_the_same(app: Flask, client: FlaskClient) -> None:
    for asked, path in files(app):
        sign_in(client, somebody_for(path, asked))
        rows = table(client, f"{path}.csv")
        answer = client.get(f"{path}.xlsx")
        sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).active
        assert sheet is not None, path
        assert sheet.freeze_panes == "A2"
        assert [str(cell.value) for cell in sheet[1]] == rows[0], path
        assert sheet.max_row == len(rows), path
        assert {len(row) for row in rows} == {len(rows[0])}, path
        assert not [cell.coordinate for row in sheet.iter_rows() for cell in row if cell.data_type == "f"], path
        assert client.get(f"{path}.pdf").status_code == 404, path


def test_a_list_is_read_on_when_its_door_has_returned(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As over the network, where it is sent bit by bit."""
    monkeypatch.setattr("app.core.tables._CHUNK", 2)  # the header and the first of both
    for name in ("Anna Kowalik", "Łukasz O'Żółć"):
        a_mail(name=name)
    browser = sign_in(FlaskClient(app, app.response_class), somebody_for("/desk"))
    read = contextvars.Context().run(lambda: b"".join(browser.get("/desk/mail/mail.csv").iter_encoded()))
    assert "Łukasz O'Żółć" in read.decode()


def test_a_name_that_looks_like_a_formula_is_text(client: FlaskClient) -> None:
    sign_in(client, somebody_for("/panel"))
    assert any("'=SUM(1)" in row for row in table(client, "/panel/leads/leads.csv"))
    sheet = openpyxl.load_workbook(io.BytesIO(client.get("/panel/leads/leads.xlsx").get_data())).active
    assert sheet is not None
    assert "=SUM(1)" in [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type != "f"]


def test_the_links_on_a_list_lead_to_what_it_shows(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    a_lead(company_name="Quillmark")
    a_lead(company_name="Penfold")
    for headers in ({}, {"HX-Request": "true"}):  # also after a search has changed the list alone
        page = client.get("/desk/leads?q=penf&group=all", headers=headers).text
        link = re.search(r'href="(/desk/leads/leads\.csv\?[^"]*)"', page)
        assert link, page
        rows = table(client, link[1].replace("&amp;", "&"))
        assert [("Penfold" in row) for row in rows[1:]] == [True]


def test_a_file_asks_as_often_for_many_rows_as_for_few(app: Flask, client: FlaskClient) -> None:
    person = somebody_for("/desk")
    sign_in(client, person)

    def asked(path: str) -> int:
        with counting(app) as n:
            client.get(f"{path}.csv").get_data()
        return n.count

    paths = [path for _permission, path in files(app) if path.startswith("/desk")]
    few = {path: asked(path) for path in paths}
    reseller = a_reseller()
    for _more in range(5):
        a_lead(of=reseller, services=[a_service()], shops=["https://a.example"])
        an_account(of=a_reseller(), services=[a_service()])
    assert {path: asked(path) for path in paths} == few
    assert max(few.values()) <= MOST_QUERIES, few
