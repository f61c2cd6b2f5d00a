"""The registration form: who may fill it in, what it takes, what it gives back (R7, R8)."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.history import chain
from app.leads.models import Lead, LeadNote, LeadService, LeadShop, Submission
from app.leads.service.registration import is_as_sent
from app.outbox.models import MailRow
from app.partners.models import PersonalLink
from tests import sentences as s
from tests.queries import counting


def filled(**values: Any) -> dict[str, Any]:
    """What a client types: every field right unless a test says otherwise."""
    return {
        "typed_by": "client",
        "company_name": "Stolarnia Modrzew sp. z o.o.",
        "country": "PL",
        "company_number": s.a_nip(),
        "street": "ul. Wiklinowa 14/3",
        "postcode": "62-200",
        "city": "Gniezno",
        "contact_name": "Hanna Wilk",
        "email": "hanna@modrzew.example",
        "phone": "61 123 45 67",
        "submission_key": "a-key",
        **values,
    }


def test_a_registration_becomes_a_lead_with_a_receipt(app: Flask, client: FlaskClient, context: None) -> None:
    reseller = s.a_reseller()
    path = f"/r/{s.link_of(reseller).slug}"

    answer = s.post(client, path, filled(company_number="PL 856-734-62-15"))

    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    lead = db.session.scalars(db.select(Lead)).one()
    submission = db.session.scalars(db.select(Submission)).one()
    assert lead.company_number == "8567346215"
    assert lead.reseller_id == reseller.id
    assert submission.receipt in page.get_data(as_text=True)
    assert "Hanna Wilk" in page.get_data(as_text=True)


# --- the gate ---------------------------------------------------------------------------------------------------------


def _door(client: FlaskClient, reseller: Any) -> str:
    return f"/r/{s.link_of(reseller).slug}"


def test_the_form_says_who_is_credited_and_what_to_have_at_hand(client: FlaskClient, context: None) -> None:
    page = client.get(_door(client, s.a_reseller("Polana", contact="Katarzyna Milewska"))).text
    assert "Katarzyna Milewska" in page
    assert "Polana" in page
    assert "What to have at hand" in page


def test_an_unknown_link_is_not_found(client: FlaskClient) -> None:
    assert client.get("/r/Nobody-00000000").status_code == 404


def test_a_withdrawn_link_says_so(client: FlaskClient, context: None) -> None:
    reseller = s.a_reseller()
    path = _door(client, reseller)
    with write():
        db.session.get(PersonalLink, s.link_of(reseller).id).withdrawn_at = now()
    answer = client.get(path + "?lang=en")
    assert answer.status_code == 410
    assert "no longer in use" in answer.text
    assert "mailto:" in answer.text
    assert s.post(client, path, filled(), page="").status_code == 410
    assert not db.session.scalars(db.select(Lead)).all()


def test_a_suspended_reseller_takes_no_registrations(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller(state="suspended"))
    answer = client.get(path)
    assert answer.status_code == 403
    assert "closed at the moment" in answer.text


def test_each_language_has_its_form(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    for code in ("en", "nl", "pl", "fi", "fr"):
        assert f'<html lang="{code}"' in client.get(f"{path}?lang={code}").text


def test_a_member_of_the_reseller_types_for_the_client(app: Flask, context: None) -> None:
    reseller = s.a_reseller()
    member = s.owner_of(reseller)
    client = s.sign_in(app.test_client(), member)
    path = _door(client, reseller)
    assert 'value="reseller" checked' in client.get(path).text
    receipt = s.post(client, path, filled(typed_by="reseller")).headers["Location"]
    assert db.session.scalars(db.select(Submission)).one().person_id == member.id
    assert db.session.scalars(db.select(Lead)).one().ref in client.get(receipt).text


def test_a_member_registers_a_client_with_one_click_from_the_panel(app: Flask, context: None) -> None:
    reseller = s.a_reseller()
    client = s.sign_in(app.test_client(), s.owner_of(reseller))
    for page in ("/panel", "/panel/leads", "/panel/link"):
        anchors = [one for one in re.findall(r"<a .*?</a>", client.get(page).text) if "Register a client" in one]
        assert anchors, page
        assert all(f'href="{_door(client, reseller)}"' in one for one in anchors), page


# --- what is typed ----------------------------------------------------------------------------------------------------


ADDRESSES = {
    "PL": ("62-200", "61 123 45 67"),
    "NL": ("1234ab", "020 123 4567"),
    "FI": ("00100", "09 123 4567"),
    "BE": ("1000", "02 555 12 34"),
    "FR": ("75001", "01 42 68 53 00"),
}
"""A post code and a phone number as people of the country write them."""

_A_TVA: dict[str, str | None] = {"vat_number": "FR13904517208"}


@pytest.mark.parametrize(
    ("typed", "field", "stored"),
    [
        ({"company_number": "PL 856-734-62-15"}, "company_number", "8567346215"),
        ({"country": "NL", "company_number": "84217305", "postcode": "1234ab"}, "postcode", "1234 AB"),
        (
            {"country": "FI", "company_number": "2332748-7", "postcode": "00100", "phone": "09 123 4567"},
            "company_number",
            "2332748-7",
        ),
        ({"company_name": "Łukasz O'Żółć"}, "company_name", "Łukasz O'Żółć"),
        ({"phone": "22 123 45 67"}, "phone", "+48221234567"),
        ({"website": "modrzew.example"}, "website", "https://modrzew.example"),
    ],
)
def test_what_is_typed_becomes_canonical(
    client: FlaskClient, context: None, typed: dict[str, str], field: str, stored: str
) -> None:
    if typed.get("country") == "NL":
        typed = {**typed, "phone": "020 123 4567"}
    answer = s.post(client, _door(client, s.a_reseller()), filled(**typed))
    assert answer.status_code == 303, answer.text
    assert getattr(db.session.scalars(db.select(Lead)).one(), field) == stored


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        (
            {"country": "PL", "regon": "123-456-785", "krs": "KRS 0000 123456"},
            {"regon": "123456785", "krs": "0000123456"},
        ),
        ({"country": "PL"}, {"regon": None, "krs": None, "vat_number": None}),  # a sole trader has no KRS
        (
            {"country": "NL", "company_number": "KvK 8421.73.05", "vat_number": "NL 1234.56.789.B13"},
            {"company_number": "84217305", "vat_number": "NL123456789B13", "company_key": "NL:84217305"},
        ),
        (
            {
                "country": "FI",
                "company_number": "FI23327487",
                "einvoice_address": "0037 2332 7487",
                "einvoice_operator": "Maventa",
            },
            {
                "company_number": "2332748-7",
                "einvoice_address": "003723327487",
                "einvoice_operator": "003721291126",
                "company_key": "FI:2332748-7",
            },
        ),
        (
            {"country": "BE", "company_number": "BE 0123.456.749"},
            {"company_number": "0123456749", "company_key": "BE:0123456749"},
        ),
        (
            {"country": "FR", "company_number": "904 517 208 00016", "vat_number": ""},
            {"company_number": "90451720800016", "vat_number": None, "company_key": "FR:904517208"},
        ),
        ({"country": "FR", "company_number": "90451720800016", "vat_number": "fr 13 904 517 208"}, _A_TVA),
    ],
)
def test_each_country_has_its_numbers(
    client: FlaskClient, context: None, typed: dict[str, str], stored: dict[str, str | None]
) -> None:
    postcode, phone = ADDRESSES[typed["country"]]
    path = _door(client, s.a_reseller())
    answer = s.post(client, path, filled(postcode=postcode, phone=phone, **typed), page=f"{path}?country=FI")
    assert answer.status_code == 303, answer.text
    lead = db.session.scalars(db.select(Lead)).one()
    assert {name: getattr(lead, name) for name in stored} == stored


@pytest.mark.parametrize(
    ("typed", "anchor"),
    [
        ({"company_number": "856-734-62-16"}, "#company_number"),
        ({"company_number": "ABCDEFGHIJ"}, "#company_number"),
        ({"company_number": ""}, "#company_number"),
        ({"country": "XX"}, "#country"),
        ({"country": ""}, "#country"),
        ({"email": "hänna@modrzew.example"}, "#email"),
        ({"email": "no address"}, "#email"),
        ({"phone": "12"}, "#phone"),
        ({"note": "a" * 10_001}, "#note"),
        ({"company_name": "a" * 201}, "#company_name"),
        ({"company_name": "A\x00B"}, "#company_name"),
        ({"typed_by": "somebody"}, "#typed_by-0"),
        ({"shops-0-platform": "Shopify"}, "#shops-0-url"),
        ({"shops-0-url": "not an address"}, "#shops-0-url"),
        ({"postcode": "1"}, "#postcode"),
    ],
)
def test_what_cannot_be_right_is_said_beside_its_field(
    client: FlaskClient, context: None, typed: dict[str, str], anchor: str
) -> None:
    answer = s.post(client, _door(client, s.a_reseller()), filled(city="Kept City", **typed))
    assert answer.status_code == 422
    assert f'<a href="{anchor}">' in answer.text
    assert "Kept City" in answer.text
    assert "<title>Error: " in answer.text
    assert not db.session.scalars(db.select(Lead)).all()


def test_a_wrong_check_digit_has_its_own_message(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    short = s.post(client, path, filled(company_number="856734621")).text
    wrong = s.post(client, path, filled(company_number="8567346216")).text
    assert _message(short) != _message(wrong)


def _message(page: str) -> str:
    found = re.search(r'<a href="#company_number">([^<]+)', page)
    assert found
    return found[1]


def test_a_long_note_is_kept_whole(client: FlaskClient, context: None) -> None:
    assert s.post(client, _door(client, s.a_reseller()), filled(note="ż" * 10_000)).status_code == 303
    assert db.session.scalars(db.select(LeadNote)).one().body == "ż" * 10_000


def test_lone_surrogates_and_broken_utf8_are_no_error(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    token = s.csrf_of(client, path)
    body = urlencode({**filled(), "csrf_token": token}).encode() + b"&company_name=x&note=%ED%A0%80%FF&city=%00"
    answer = client.post(
        path, data=body, content_type="application/x-www-form-urlencoded", headers={"Origin": "http://localhost"}
    )
    assert answer.status_code in (303, 422)


def test_an_empty_form_names_every_field(client: FlaskClient, context: None) -> None:
    answer = s.post(client, _door(client, s.a_reseller()), {})
    assert answer.status_code == 422
    for name in (
        "typed_by-0",
        "country",
        "company_name",
        "street",
        "postcode",
        "city",
        "contact_name",
        "email",
        "phone",
    ):
        assert f'href="#{name}"' in answer.text, name


def test_a_stale_token_keeps_the_text(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    for token in ({}, {"csrf_token": "stale"}):
        answer = client.post(path, data={**filled(), **token}, headers={"Origin": "http://localhost"})
        assert answer.status_code == 422
        assert "Stolarnia Modrzew" in answer.text
    assert client.post(path, data=filled(), headers={"Origin": "http://elsewhere.example"}).status_code == 400
    assert not db.session.scalars(db.select(Lead)).all()


def test_a_body_above_the_limit_has_its_page(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    answer = client.post(path, data={"note": "x" * 1_200_000}, headers={"Origin": "http://localhost"})
    assert answer.status_code == 413
    assert "<h1>" in answer.text


def test_the_country_changes_the_fields_and_keeps_the_text(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    page = s.post(client, path, {"do": "country", "country": "FI", "company_name": "Half typ", "email": "x"})
    assert page.status_code == 200
    assert "There is a problem" not in page.text
    assert "Half typ" in page.text
    assert 'name="einvoice_address"' in page.text
    assert 'name="regon"' not in page.text
    token = s.csrf_of(client, path)
    part = client.post(
        path,
        data={"do": "country", "country": "NL", "csrf_token": token},
        headers={"HX-Request": "true", "Origin": "http://localhost"},
    )
    assert part.status_code == 200
    assert "<html" not in part.text
    assert 'name="vat_number"' in part.text


def test_the_french_vat_number_is_offered(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    page = s.post(client, path, {"do": "tva", "country": "FR", "company_number": "904 517 208 00016"})
    assert re.search(r'name="vat_number"[^>]*value="FR ?[0-9]{2} ?904 ?517 ?208"', page.text), page.text


def test_shops_are_added_and_taken_out(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    two = s.post(client, path, {"do": "add-shop", "shops-0-url": "one.example", "shops-0-platform": "Shopify"})
    assert 'name="shops-1-url"' in two.text
    assert "one.example" in two.text
    assert 'value="Shopify" selected' in two.text
    one = s.post(client, path, {"do": "drop-shop-0", "shops-0-url": "one.example", "shops-1-url": "two.example"})
    assert "one.example" not in one.text
    assert "two.example" in one.text
    assert 'name="shops-1-url"' not in one.text


def test_services_and_shops_reach_the_lead(client: FlaskClient, context: None) -> None:
    services = [s.a_service(f"svc-{number}").code for number in range(2)]
    shops = {f"shops-{n}-url": f"shop{n}.example" for n in range(12)}
    answer = s.post(client, _door(client, s.a_reseller()), filled(services=services, **shops))
    assert answer.status_code == 303
    assert db.session.scalar(db.select(db.func.count()).select_from(LeadService)) == 2
    assert db.session.scalar(db.select(db.func.count()).select_from(LeadShop)) == 12


# --- once only --------------------------------------------------------------------------------------------------------


def test_the_same_form_sent_twice_has_one_receipt(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    form = filled()
    first, second = (s.post(client, path, form).headers["Location"] for _ in range(2))
    other = s.post(client, path, {**form, "city": "Poznań"}).headers["Location"]
    assert first == second != other
    assert len(db.session.scalars(db.select(Submission)).all()) == 2
    assert len(db.session.scalars(db.select(Lead)).all()) == 1


def test_a_further_registration_joins_the_lead(client: FlaskClient, context: None) -> None:
    service = s.a_service()
    reseller = s.a_reseller()
    path = _door(client, reseller)
    form = filled(**{"shops-0-url": "one.example"})
    s.post(client, path, form)
    again = {**form, "submission_key": "other", "phone": "22 999 99 99", "services": [service.code]}

    s.post(client, path, {**again, "shops-1-url": "two.example", "note": "Call in the morning"})

    lead = db.session.scalars(
        db.select(Lead).options(db.selectinload(Lead.shops), db.selectinload(Lead.services))
    ).one()
    assert lead.phone == "+48611234567", "whoever typed last is not right for that reason"
    assert len(lead.shops) == 2
    assert len(lead.services) == 1
    assert lead.told_at is not None
    kinds = db.session.scalars(db.select(MailRow.template)).all()
    assert kinds.count("lead_received") == 1
    assert kinds.count("registration_joined") == 1
    panel = s.sign_in(client, s.owner_of(reseller)).get(f"/panel/leads/{lead.ref}").text
    assert "not taken over" in panel
    assert "+48 22 999 99 99" in panel


def test_another_resellers_company_looks_like_a_new_one(client: FlaskClient, context: None) -> None:
    first, second = s.a_reseller("Polana"), s.a_reseller("Oakmere", contact="Tom Aldous")
    form = filled()
    for reseller in (first, second):
        answer = s.post(client, _door(client, reseller), form)
        assert answer.status_code == 303
        page = client.get(answer.headers["Location"]).text
        assert "We have your registration" in page
        other = "Oakmere" if reseller is first else "Polana"
        assert other not in page
    assert len(db.session.scalars(db.select(Lead)).all()) == 2


def test_a_receipt_opens_by_its_whole_address_only(client: FlaskClient, context: None) -> None:
    reseller, other = s.a_reseller(), s.a_reseller("Oakmere", contact="Tom Aldous")
    place = s.post(client, _door(client, reseller), filled()).headers["Location"]
    number = db.session.scalars(db.select(Submission.receipt)).one()
    assert client.get(place).status_code == 200
    for wrong in (
        f"{_door(client, reseller)}/receipts/{number}",
        place[:-1] + ("0" if place[-1] != "0" else "1"),
        place.replace(s.link_of(reseller).slug, s.link_of(other).slug),
        f"{_door(client, reseller)}/receipts/é.é",
    ):
        assert client.get(wrong).status_code == 404


def test_above_the_daily_number_a_lead_is_flagged(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    for number in range(22):
        assert s.post(client, path, filled(submission_key=str(number))).status_code == 303
    assert [lead.flagged for lead in db.session.scalars(db.select(Lead).order_by(Lead.id))] == [False] * 20 + [True] * 2


def test_robots_are_set_apart_and_never_dropped(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    s.post(client, path, filled(fax_extension="123"))
    s.post(client, path, filled(submission_key="2"))
    assert [lead.suspicious for lead in db.session.scalars(db.select(Lead).order_by(Lead.id))] == [True, False]
    receipts = db.session.scalars(db.select(MailRow).where(MailRow.template == "registration_receipt")).all()
    assert len(receipts) == 1, "no mail to an address that a robot typed"


def test_nobody_is_flooded_with_receipts(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    for number in range(5):
        s.post(client, path, filled(submission_key=str(number)))
    receipts = db.session.scalars(db.select(MailRow).where(MailRow.template == "registration_receipt")).all()
    assert len(receipts) == 3


def test_the_contact_person_is_written_to_in_the_language_of_the_form(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    s.post(client, f"{path}?lang=fi", filled(), page=path)
    mail = db.session.scalars(db.select(MailRow).where(MailRow.template == "registration_receipt")).one()
    assert (mail.locale, mail.to_email) == ("fi", "hanna@modrzew.example")


def test_what_was_sent_can_be_proved(client: FlaskClient, context: None) -> None:
    s.post(client, _door(client, s.a_reseller()), filled())
    submission = db.session.scalars(db.select(Submission)).one()
    assert is_as_sent(submission)
    assert chain.verify().faults == []
    with write():
        kept = db.session.get_one(Submission, submission.id)
        kept.content = {**(kept.content or {}), "city": "Elsewhere"}
    assert not is_as_sent(kept)
    assert chain.verify().faults == [f"submission {kept.receipt} was changed"]


def test_a_registration_asks_the_database_a_handful_of_times(app: Flask, client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    with counting(app) as queries:
        client.get(path)
    assert queries.count <= 4, queries.statements
    token = s.csrf_of(client, path)
    with counting(app) as queries:
        client.post(path, data={**filled(), "csrf_token": token}, headers={"Origin": "http://localhost"})
    assert queries.count <= 14, queries.statements  # one of them asks which other systems are told


def test_each_fragment_stands_by_itself(client: FlaskClient, context: None) -> None:
    path = _door(client, s.a_reseller())
    token = s.csrf_of(client, path)
    for wish, field in (("add-shop", "shops-1-url"), ("drop-shop-0", "shops-0-url"), ("tva", "company_number")):
        part = client.post(
            path,
            data={"do": wish, "country": "FR", "csrf_token": token},
            headers={"HX-Request": "true", "Origin": "http://localhost"},
        )
        assert part.status_code == 200
        assert f'name="{field}"' in part.text
        assert "<html" not in part.text
