"""Applying once, and finding back to the application (R1, R3)."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.crypto import decrypt
from app.core.db import db
from app.core.traps import QUICK
from app.history.service import entries_of
from app.partners.models import Application
from app.partners.service import applications
from tests.partners.sentences import APPLY, an_application, an_application_form, apply, mails, the_only_application
from tests.sentences import a_staff_member, csrf_of, post

pytestmark = pytest.mark.usefixtures("context")


def test_a_company_applies_and_gets_a_receipt_and_a_mail(client: FlaskClient) -> None:
    answer = apply(client)
    assert answer.status_code == 303
    application = the_only_application()
    receipt = client.get(answer.location)
    assert application.ref in receipt.text
    assert "Żółć" not in receipt.text
    assert (application.company_number, application.postcode, application.phone) == (
        "8567346215",
        "60-123",
        "+48221234567",
    )
    assert application.website == "https://zolc.example"
    assert application.decide_by - application.created_at == timedelta(days=30)
    [mail] = mails("application_received")
    assert (mail.to_email, mail.locale) == ("lukasz@zolc.example", "en")
    assert [entry.verb for entry in entries_of(application)] == ["application.submitted"]


def test_the_mailed_link_opens_the_status_page_and_nothing_else(client: FlaskClient) -> None:
    assert client.get("/resellers/status").status_code == 404
    apply(client)
    [mail] = mails("application_received")
    path = decrypt(mail.secret or "")
    about = client.get(path)
    assert about.status_code == 200
    assert "Żółć" not in about.text
    token = csrf_of(client, path)
    entered = client.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost"})
    assert entered.status_code == 303
    assert entered.location.endswith("/resellers/status")
    page = client.get("/resellers/status")
    assert "Żółć i Synowie" in page.text
    assert client.get("/panel/link").status_code == 303
    assert client.get("/desk/applications").status_code == 303


def test_a_renewed_link_closes_the_earlier_one(client: FlaskClient) -> None:
    apply(client)
    path = decrypt(mails("application_received")[0].secret or "")
    token = csrf_of(client, path)
    client.post(path, data={"csrf_token": token}, headers={"Origin": "http://localhost"})
    applications.renew_status_link(the_only_application(), a_staff_member("sales"))
    assert client.get("/resellers/status").status_code == 404
    assert client.get(path).status_code == 410
    assert len(mails("application_received")) == 2


def test_the_same_form_twice_is_one_application(client: FlaskClient) -> None:
    first, second = apply(client), apply(client)
    assert first.location == second.location
    assert len(mails("application_received")) == 1


def test_a_form_corrected_after_going_back_is_a_further_application(client: FlaskClient) -> None:
    first = apply(client)
    second = apply(client, city="Gniezno")
    assert first.location != second.location
    assert db.session.scalar(db.select(db.func.count()).select_from(Application)) == 2


def test_a_second_application_of_a_company_looks_the_same_to_the_applicant(client: FlaskClient) -> None:
    apply(client, submission_key="one")
    answer = apply(client, submission_key="two", email="other@zolc.example", company_number="8567346215")
    assert answer.status_code == 303
    second = db.session.scalars(db.select(Application).order_by(Application.id.desc())).first()
    assert second is not None
    assert second.repeat_of_id is not None
    assert len(mails("application_received")) == 2
    told = [_alike(client.get(f"/resellers/applied/{one.ref}").text, one.ref) for one in (_first_application(), second)]
    assert told[0] == told[1]


def _first_application() -> Application:
    return db.session.scalars(db.select(Application).order_by(Application.id)).first()  # type: ignore[return-value]  # there is one


def _alike(page: str, ref: str) -> str:
    return re.sub(r'(csrf[-_]token"[^>]*(?:content|value)=)"[^"]*"', r"\1", page.replace(ref, "REF"))


def test_an_empty_application_asks_for_every_field_but_the_marked_ones(client: FlaskClient) -> None:
    page = client.get(APPLY).text
    optional = set(re.findall(r'<label[^>]*for="(\w+)"[^>]*>[^<]*(?:<[^>]+>)?\s*\(optional\)', page))
    answer = post(client, APPLY, {})
    assert answer.status_code == 422
    asked = set(re.findall(r'<a href="#([\w-]+)">', answer.text))
    assert optional == {"website", "about"}
    assert asked >= set(an_application_form()) - optional - {"submission_key"}
    assert not asked & optional


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("company_number", "856-734-62-16", "last digit"),
        ("company_number", "856734621A", "letters"),
        ("company_number", "", "Enter the"),
        ("country", "DE", "Choose one of the countries"),
        ("email", "łukasz@zolc.example", "accents"),
        ("email", "nobody", "@"),
        ("phone", "12", "too short"),
        ("postcode", "1", "Polish post code"),
        ("website", "javascript:alert(1)", "https://"),
        ("first_name", " ", "Enter your first name"),
        ("company_name", "A\x00B", "could not be read"),
        ("about", "x" * 10_001, "10,001"),
    ],
)
def test_bad_input_is_said_beside_its_field_and_nothing_is_lost(
    client: FlaskClient, field: str, typed: str, words: str
) -> None:
    answer = apply(client, **{field: typed})
    assert answer.status_code == 422
    wrong = re.findall(r'class="gw-wrong"[^>]*>.*?</p>', answer.text, re.DOTALL)
    assert len(wrong) == 1, wrong
    assert words in wrong[0]
    assert f'href="#{field}"' in answer.text
    assert "ul. Wiklinowa 14/3" in answer.text
    assert "<title>Error: " in answer.text


def test_a_lone_surrogate_breaks_nothing(client: FlaskClient) -> None:
    token = csrf_of(client, APPLY)
    body = urlencode({**an_application_form(), "csrf_token": token, "city": "CITY"}).replace("CITY", "Pozna%ED%A0%80")
    answer = client.post(
        APPLY,
        data=body,
        content_type="application/x-www-form-urlencoded",
        headers={"Origin": "http://localhost"},
    )
    # The framework hands over what is no UTF-8 as it was sent, percent signs and all.
    assert answer.status_code in (303, 422)


def test_other_countries_are_taken_in_their_own_way(client: FlaskClient) -> None:
    answer = apply(client, country="FI", company_number="2332748-7", postcode="00100", phone="09 1234567")
    assert answer.status_code == 303
    assert the_only_application().company_number == "2332748-7"


def test_the_country_changes_without_javascript_and_keeps_what_was_typed(client: FlaskClient) -> None:
    answer = post(client, APPLY, an_application_form(country="NL", company_number="84217305", do="country"))
    assert answer.status_code == 200
    assert "KvK" in answer.text
    assert "84217305" in answer.text
    assert "Żółć i Synowie" in answer.text
    assert "gw-wrong" not in answer.text
    assert not db.session.scalars(db.select(Application)).all()


def test_a_stale_form_is_shown_again_with_its_text(client: FlaskClient) -> None:
    client.get(APPLY)
    answer = client.post(
        APPLY, data={**an_application_form(), "csrf_token": "old"}, headers={"Origin": "http://localhost"}
    )
    assert answer.status_code == 422
    assert "Żółć i Synowie" in answer.text
    assert "open for a long time" in answer.text
    assert not db.session.scalars(db.select(Application)).all()


def _stamp(page: str) -> str:
    found = re.search(r'name="opened" value="([^"]+)"', page)
    assert found
    return found.group(1)


@pytest.mark.parametrize(("waits", "bait", "apart"), [(0, "robot", True), (0, "", False), (QUICK + 60, "robot", False)])
def test_only_both_traps_together_set_an_application_apart(
    client: FlaskClient, waits: int, bait: str, apart: bool
) -> None:
    with time_machine.travel(now(), tick=False) as clock:
        page = client.get(APPLY).text
        token = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert token
        clock.shift(waits)
        data = {**an_application_form(), "csrf_token": token.group(1), "opened": _stamp(page), "fax_extension": bait}
        answer = client.post(APPLY, data=data, headers={"Origin": "http://localhost"})
    assert answer.status_code == 303
    assert client.get(answer.location).status_code == 200
    assert the_only_application().suspicious is apart
    assert len(mails("application_received")) == (0 if apart else 1)


def test_staff_clear_an_application_that_was_set_apart() -> None:
    application = an_application(suspicious=True)
    assert not mails("application_received")
    for _twice in range(2):
        applications.clear(application, a_staff_member("sales"))
    assert len(mails("application_received")) == 1


def test_advice_comes_for_a_complete_number_only(client: FlaskClient) -> None:
    def advice(**args: str) -> str:
        return client.get("/identifier-advice", query_string=args, headers={"HX-Request": "true"}).text.strip()

    assert advice(country="PL", company_number="856-734") == ""
    assert "856-734-62-15" in advice(country="PL", company_number="PL8567346215")
    assert "last digit" in advice(country="PL", company_number="8567346216")
    assert "FR44732829320" in advice(country="FR", company_number="73282932000074", offer="vat_number")
    assert "FR44" not in advice(country="FR", company_number="73282932000074")
    assert advice(country="XX", company_number="1") == ""
    assert advice() == ""
    assert "&lt;" not in advice(country="PL", company_number="<script>")


def test_every_page_of_applying_speaks_five_languages(client: FlaskClient, app: Flask) -> None:
    for locale in ("en", "nl", "pl", "fi", "fr"):
        assert client.get(f"{APPLY}?lang={locale}").status_code == 200
