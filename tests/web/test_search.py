"""One search over all that a person may see at the desk (X9)."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import sentences as s
from tests.leads.sentences import a_lead, an_account


@pytest.mark.parametrize(
    "typed",
    [
        "8567346215",
        "856-734-62-15",
        "PL 856 734 62 15",
        "pl8567346215",
        "856.734.62.15",
        "zolc",
        "Łukasz",
        "hello@zolc",
    ],
)
def test_a_company_is_found_however_it_is_written(app: Flask, client: FlaskClient, context: None, typed: str) -> None:
    lead = a_lead(company_name="Łukasz Żółć", company_number="8567346215", email="hello@zolc.example")
    s.sign_in(client, s.a_staff_member())

    text = client.get("/desk/search", query_string={"q": typed}).get_data(as_text=True)

    assert f"/desk/leads/{lead.ref}" in text


@pytest.mark.parametrize("typed", ["2332748-7", "23327487", "FI2332748-7"])
def test_a_finnish_number_with_and_without_its_hyphen(
    app: Flask, client: FlaskClient, context: None, typed: str
) -> None:
    account = an_account(country="FI", company_number="2332748-7", postcode="00100")
    s.sign_in(client, s.a_staff_member())

    assert account.ref in client.get("/desk/search", query_string={"q": typed}).get_data(as_text=True)


def test_a_reference_finds_its_record_and_people_their_reseller(app: Flask, client: FlaskClient, context: None) -> None:
    reseller = s.a_reseller("Oakmere Consulting", contact="Zoë Ångström")
    account = an_account(of=reseller)
    s.sign_in(client, s.a_staff_member())

    assert account.ref in client.get(f"/desk/search?q={account.ref}").get_data(as_text=True)
    assert "Oakmere Consulting" in client.get("/desk/search?q=angstrom").get_data(as_text=True)


def test_a_role_finds_only_what_it_may_read(app: Flask, client: FlaskClient, context: None) -> None:
    a_lead(company_name="Quillmark")
    s.sign_in(client, s.a_staff_member("content_editor"))
    text = client.get("/desk/search?q=quillmark").get_data(as_text=True)
    assert "Nothing found" in text
    s.sign_in(client, s.a_staff_member("sales", name="Marit Vos"))
    assert "Marit Vos" not in client.get("/desk/search?q=marit").get_data(as_text=True).split('id="list"')[1]
    s.sign_in(client, s.a_staff_member("administrator"))
    assert "Marit Vos" in client.get("/desk/search?q=marit").get_data(as_text=True).split('id="list"')[1]


def test_as_one_types_only_the_hits_are_sent(app: Flask, client: FlaskClient, context: None) -> None:
    a_lead(company_name="Quillmark")
    s.sign_in(client, s.a_staff_member())

    text = client.get("/desk/search?q=quill", headers={"HX-Request": "true"}).get_data(as_text=True)

    assert "<html" not in text
    assert "Quillmark" in text


@pytest.mark.parametrize("typed", ['"', "'", "%", "_", "\\", "a\x00b", "AND", '" OR 1', "*", "()", "x" * 5000])
def test_nothing_typed_breaks_it(app: Flask, client: FlaskClient, context: None, typed: str) -> None:
    a_lead()
    s.sign_in(client, s.a_staff_member("administrator"))
    assert client.get("/desk/search", query_string={"q": typed}).status_code == 200
    assert client.get("/desk/leads", query_string={"q": typed}).status_code == 200
