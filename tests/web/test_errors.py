"""Error pages: where little else works, and each in the language of whoever asked."""

from __future__ import annotations

import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.core.i18n import LOCALES
from app.partners.models import PersonalLink
from app.people.models import Person
from app.plans.party import Hand
from app.plans.service import starting
from tests.leads.test_registration import filled
from tests.sentences import a_person, a_plan, a_reseller, a_staff_member, link_of, owner_of, sign_in


@pytest.fixture
def one_host(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """As outside the tests: only its own host is answered."""
    monkeypatch.setitem(app.config, "TRUSTED_HOSTS", ["localhost"])


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("host", ["elsewhere.example", "a b", "localhost:port"])
def test_a_foreign_host_gets_the_page_of_a_bad_request(app: Flask, one_host: None, method: str, host: str) -> None:
    with app.app_context():
        client = sign_in(app.test_client(), a_person())
    answer = client.open("/sign-in?lang=nl", method=method, headers={"Host": host})
    assert answer.status_code == 400
    assert 'lang="nl"' in answer.text
    assert "/assets/" in answer.text
    assert "elsewhere" not in answer.text


def test_the_own_host_is_answered(app: Flask, one_host: None) -> None:
    assert app.test_client().get("/sign-in").status_code == 200


def _withdrawn() -> str:
    link = link_of(a_reseller())
    with write():
        db.session.get_one(PersonalLink, link.id).withdrawn_at = now()
    return link.slug


@pytest.mark.usefixtures("context")
def test_what_is_not_there_is_said_in_every_language(app: Flask, client: FlaskClient) -> None:
    """An unknown, withdrawn, closed link and a wrong reference: the status, one heading, in the language asked for."""
    panel, desk = app.test_client(), app.test_client()
    sign_in(panel, owner_of(a_reseller()))
    sign_in(desk, a_staff_member("sales"))
    asked = (
        (client, "/r/Nobody-00000000", 404),
        (client, f"/r/{_withdrawn()}", 410),
        (client, f"/r/{link_of(a_reseller(terms_version=0)).slug}", 403),
        (client, f"/r/{link_of(a_reseller(state='suspended')).slug}", 403),
        (client, "/go/nobody-knows-this", 404),
        (client, "/no/such/page", 404),
        (panel, "/panel/leads/L-00000000", 404),
        (panel, "/panel/accounts/C-00000000", 404),
        (panel, "/panel/link/999999/withdrawal", 404),
        (desk, "/desk/leads/L-00000000", 404),
        (desk, "/desk/staff", 403),
    )
    for browser, path, status in asked:
        said = {}
        for locale in LOCALES:
            answer = browser.get(f"{path}?lang={locale}")
            assert (answer.status_code, f'<html lang="{locale}"' in answer.text) == (status, True), path
            [said[locale]] = re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text, re.DOTALL)
        assert len(set(said.values())) == len(LOCALES), (path, said)


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("token", [{}, {"csrf_token": "stale"}, {"csrf_token": "\x00"}])
def test_a_stale_form_comes_back_whole_in_every_language(client: FlaskClient, token: dict[str, str]) -> None:
    path, typed = f"/r/{link_of(a_reseller()).slug}", filled(company_name="Łukasz O'Żółć", note="ż" * 10_000)
    for locale in LOCALES:
        client.get(f"{path}?lang={locale}")
        answer = client.post(path, data={**typed, **token}, headers={"Origin": "http://localhost"})
        page = html.unescape(answer.text)
        assert (answer.status_code, f'<html lang="{locale}"' in page) == (422, True)
        for name in ("company_name", "company_number", "street", "city", "contact_name", "email", "note"):
            assert typed[name] in page, name


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize("part", ["A%00B", "A%0AB", "%7F"])
def test_an_address_with_a_control_character_leads_nowhere(app: Flask, client: FlaskClient, part: str) -> None:
    """PostgreSQL takes no NUL, and would answer with an error instead of not finding it."""
    sign_in(client, a_staff_member("administrator"))
    tried = 0
    for rule in app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or not rule.arguments:
            continue
        address = re.sub(r"<int:[^>]+>", "1", rule.rule)
        address = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", address)
        if "<path:" in address or "<" not in address:
            continue
        answer = client.get(re.sub(r"<[^>]+>", part, address))
        assert answer.status_code == 404, f"{rule.rule} answers {answer.status_code}"
        tried += 1
    assert tried > 50


@pytest.mark.usefixtures("context")
def test_a_number_that_no_column_holds_leads_nowhere(app: Flask, client: FlaskClient) -> None:
    sign_in(client, a_staff_member("administrator"))
    rules = [rule.rule for rule in app.url_map.iter_rules() if "<int:" in rule.rule and "GET" in (rule.methods or ())]
    assert rules
    for rule in rules:
        address = re.sub(r"<any\(([^,)]+)[^>]*>", r"\1", re.sub(r"<int:[^>]+>", "99999999999999999999", rule))
        assert client.get(re.sub(r"<[^>]+>", "X-1", address)).status_code == 404


@pytest.mark.usefixtures("context")
@pytest.mark.parametrize(
    "address",
    ["/desk/leads?reseller=%00", "/desk/plans?manager=%00&playbook=%00", "/desk/trainings?trainer=%00"],
)
def test_a_question_with_nul_is_asked_without_it(client: FlaskClient, address: str) -> None:
    sign_in(client, a_staff_member("administrator"))
    assert client.get(address).status_code == 200


@pytest.mark.usefixtures("context")
def test_a_conflict_that_no_fragment_tells_of_takes_the_whole_page(client: FlaskClient) -> None:
    """Else a page with its own head would stand in the part that htmx asked for."""
    sign_in(client, a_staff_member("account_manager"))
    plan = a_plan()
    by = db.session.get_one(Person, plan.manager_id)
    starting.archive(plan.id, "They went elsewhere", Hand(person=by))
    asked = client.get(f"/desk/plans/{plan.ref}/facts", headers={"HX-Request": "true"})
    assert asked.status_code == 409
    assert (asked.headers["HX-Retarget"], asked.headers["HX-Reswap"]) == ("body", "innerHTML")
    assert "HX-Retarget" not in client.get(f"/desk/plans/{plan.ref}/facts").headers
