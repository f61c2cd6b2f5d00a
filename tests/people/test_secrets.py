"""Password, authenticator app, recovery codes, reset: what one signs in with, and changing it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.history import service as history
from app.history.models import HistoryValue
from app.people import passwords
from app.people.models import Person, RecoveryCode
from tests.people.people_sentences import (
    PASSWORD,
    SECRET,
    again,
    closed,
    enter,
    link_to,
    mailed,
    mails,
    with_app,
    with_password,
)
from tests.sentences import a_person, a_reseller, a_staff_member, keys_lost, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")
NEW = "seven slow barges drift"


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("short", "at least 12"),
        ("elevenchars", "at least 12"),
        ("a" * 201, "at most 200"),
        ("password1234", "lists of passwords"),
        ("qwertyuiop12", "easy to guess|lists of passwords"),
        ("aaaaaaaaaaaaaaa", "repeats itself"),
        ("abcdefghijklm", "repeats itself|follows"),
        ("Kowalik.Anna1", "your name"),
        ("brimorabrimora", "easy to guess"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, why: str) -> None:
    with pytest.raises(passwords.WeakPassword) as caught:
        passwords.check(password, "Brimora Software B.V.", "Anna Kowalik", "anna.kowalik@polana.example")
    assert re.search(why, str(caught.value.message))


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "kaksi kissaa juoksee",
        "zażółć gęślą jaźń",
        "x7Fq!pLs09vB",
        "狐狸跳过懒狗的背后面去",
        " ".join(f"{n * 7919:x}ł" for n in range(28)),
    ],
)
def test_any_signs_are_fine(password: str) -> None:
    if len(password) >= 12:
        passwords.check(password, "Brimora Software B.V.")
    kept = passwords.hashed(password)
    assert passwords.matches(kept, password)
    assert not passwords.matches(kept, password + "x")


def test_changing_the_password_signs_other_browsers_out_and_tells_by_mail(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_person())
    other = sign_in(app.test_client(), person)
    sign_in(client, person)
    assert post(client, "/profile/password", {"password": NEW}).location == "/profile"
    assert client.get("/profile").status_code == 200
    assert other.get("/profile").status_code == 303
    assert mailed() == [("security_notice", person.email)]
    assert enter(app.test_client(), person.email, NEW).status_code == 303


def test_a_weak_new_password_stands_beside_its_field_and_is_not_shown_again(client: FlaskClient) -> None:
    person = with_password(a_person())
    sign_in(client, person)
    answer = post(client, "/profile/password", {"password": "qwertyuiop12"})
    assert answer.status_code == 422
    assert 'id="password-error"' in answer.get_data(as_text=True)
    assert "qwertyuiop12" not in answer.get_data(as_text=True)


def test_whoever_came_in_a_while_ago_shows_again_who_they_are(client: FlaskClient) -> None:
    person = with_password(a_person())
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        sign_in(client, person)
        clock.shift(timedelta(minutes=11))
        assert client.get("/profile/password").location == "/profile/proof?next=/profile/password"
        assert post(client, "/profile/password", {"password": NEW}, page="").location.startswith("/profile/proof")
        proof = "/profile/proof?next=/profile/password"
        assert post(client, proof, {"password": "not this one"}).status_code == 422
        assert post(client, proof, {"password": PASSWORD}).location == "/profile/password"
        assert client.get("/profile/password").status_code == 200


def test_who_has_neither_password_nor_app_proves_it_by_mail(client: FlaskClient) -> None:
    owner = owner_of(a_reseller())
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        sign_in(client, owner)
        clock.shift(timedelta(minutes=11))
        post(client, "/profile/proof?next=/profile/email")
        assert post(client, link_to(owner.email)).location == "/profile/email"
        assert client.get("/profile/email").status_code == 200


def test_a_reset_link_sets_a_password_once_and_signs_out_everywhere(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_person())
    elsewhere = sign_in(app.test_client(), person)
    post(client, "/password/forgotten", {"email": person.email})
    path = link_to(person.email)
    assert client.get(path).status_code == 200
    assert post(client, path).location == "/password/new"
    assert post(client, "/password/new", {"password": "short"}).status_code == 422
    assert post(client, "/password/new", {"password": NEW}).location == "/sign-in"
    assert elsewhere.get("/profile").status_code == 303
    assert app.test_client().get(path).status_code == 410
    assert client.get("/password/new").location == "/password/forgotten"
    assert enter(client, person.email, NEW).status_code == 303
    assert [template for template, _to in mailed()] == ["password_reset", "security_notice"]


def test_a_reset_does_not_get_around_the_code(client: FlaskClient) -> None:
    person = with_app(with_password(a_staff_member("administrator")))
    post(client, "/password/forgotten", {"email": person.email})
    post(client, link_to(person.email))
    post(client, "/password/new", {"password": NEW})
    assert enter(client, person.email, NEW).location == "/sign-in/code"


def test_a_reset_link_lasts_half_an_hour(client: FlaskClient) -> None:
    person = with_password(a_person())
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        post(client, "/password/forgotten", {"email": person.email})
        path = link_to(person.email)
        post(client, path)
        clock.shift(timedelta(minutes=31))
        assert client.get(path).status_code == 410
        assert client.get("/password/new").location == "/password/forgotten", "also for who had entered by it"


def test_a_reset_tells_nobody_who_is_known(client: FlaskClient) -> None:
    gone = closed(a_person())
    assert post(client, "/password/forgotten", {"email": gone.email}).location == "/password/forgotten/sent"
    assert post(client, "/password/forgotten", {"email": "x@y.example"}).location == "/password/forgotten/sent"
    assert mailed() == []


def set_up(client: FlaskClient, query: str = "") -> tuple[str, list[str]]:
    """Reads the key off the page as a person does, confirms it, and gives key and recovery codes."""
    page = client.get(f"/profile/authenticator{query}").get_data(as_text=True)
    secret = re.search(r"<span class=\"gw-ref\">([A-Z2-7 ]+)</span>", page)
    assert secret
    key = secret[1].replace(" ", "")
    assert "data:image/svg+xml" in page
    answer = post(client, f"/profile/authenticator{query}", {"code": pyotp.TOTP(key).now()})
    assert answer.location == f"/profile/recovery-codes{query}"
    codes = re.findall(r"<li>([0-9A-Z]{5}-[0-9A-Z]{5})</li>", client.get(answer.location).get_data(as_text=True))
    return key, codes


def test_an_app_is_set_up_by_its_code_and_gives_ten_recovery_codes_once(client: FlaskClient) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    key, codes = set_up(client)
    assert len(set(codes)) == 10
    assert client.get("/profile/recovery-codes").get_data(as_text=True).count(codes[0]) > 0, "until they are kept"
    assert post(client, "/profile/recovery-codes/kept", page="").location == "/profile"
    assert codes[0] not in client.get("/profile/recovery-codes").get_data(as_text=True)
    kept = again(person)
    assert kept.has_totp
    assert key not in (kept.totp_secret or "")
    stored = set(db.session.scalars(db.select(RecoveryCode.code_hash)))
    assert not any(code in text or code.replace("-", "") in text for code in codes for text in stored)
    assert mailed() == [("security_notice", person.email)]


def test_looking_at_the_set_up_page_keeps_nothing(client: FlaskClient) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    first, second = (client.get("/profile/authenticator").get_data(as_text=True) for _ in range(2))
    keys = {re.search(r"gw-ref\">([A-Z2-7 ]+)<", page)[1] for page in (first, second)}  # type: ignore[index]
    assert len(keys) == 1, "reloading must not change the key under the person's hands"
    assert again(person).totp_secret is None
    assert post(client, "/profile/authenticator", {"code": "123"}).status_code == 422
    assert not again(person).has_totp


def test_a_recovery_code_stands_in_for_the_app_once(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    _key, codes = set_up(client)
    typed = codes[3].lower().replace("-", " ").replace("0", "o").replace("1", "l")
    other = app.test_client()
    enter(other, person.email)
    assert post(other, "/sign-in/code", {"code": typed}).location == "/desk"
    third = app.test_client()
    enter(third, person.email)
    assert post(third, "/sign-in/code", {"code": codes[3]}).status_code == 422
    assert mails()[-1].args["what"] == "code_used"
    assert mails()[-1].args["codes_left"] == 9


def test_with_the_apps_key_gone_recovery_codes_still_let_in(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    key, codes = set_up(client)
    with keys_lost(app):
        other = app.test_client()
        enter(other, person.email)
        answer = post(other, "/sign-in/code", {"code": pyotp.TOTP(key).now()})
        assert answer.status_code == 422
        assert "Enter a recovery code" in answer.get_data(as_text=True)
        assert post(other, "/sign-in/code", {"code": "00000-00000"}).status_code == 422
        assert post(other, "/sign-in/code", {"code": codes[0]}).location == "/desk"


def test_new_recovery_codes_end_the_earlier_ones(client: FlaskClient, app: Flask) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    _key, codes = set_up(client)
    post(client, "/profile/recovery-codes/kept", page="")
    assert post(client, "/profile/recovery-codes").location == "/profile/recovery-codes"
    other = app.test_client()
    enter(other, person.email)
    assert post(other, "/sign-in/code", {"code": codes[0]}).status_code == 422


def test_the_app_can_be_removed_by_whoever_may_go_without(client: FlaskClient) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    sign_in(client, person)
    assert client.get("/profile/authenticator/removal").status_code == 200
    assert post(client, "/profile/authenticator/removal").location == "/profile"
    assert not again(person).has_totp


@pytest.fixture
def production(app: Flask):
    demo = app.config["GANGWAY"]
    app.config["GANGWAY"] = replace(demo, mode="production")
    yield
    app.config["GANGWAY"] = demo


@pytest.mark.usefixtures("production")
def test_an_administrator_sets_up_the_app_before_anything_else(client: FlaskClient) -> None:
    person = with_password(a_staff_member("administrator"))
    assert enter(client, person.email).location == "/profile/authenticator?next=/desk"
    for page in ("/desk/staff", "/desk/staff/invite", "/desk/settings"):
        assert client.get(page).location == f"/profile/authenticator?next={page}"
    assert post(client, "/desk/staff/invite", {}, page="").location == "/profile/authenticator"
    assert "Not now" not in client.get("/profile/authenticator").get_data(as_text=True)
    set_up(client)
    assert client.get("/desk/staff").status_code == 200
    assert post(client, "/profile/authenticator/removal").status_code == 409
    assert again(person).has_totp


@pytest.mark.usefixtures("production")
def test_the_way_to_the_desk_leads_past_app_and_codes(client: FlaskClient) -> None:
    person = with_password(a_staff_member("administrator"))
    assert enter(client, person.email).location == "/profile/authenticator?next=/desk"
    set_up(client, "?next=/desk")
    page = client.get("/profile/recovery-codes?next=/desk").get_data(as_text=True)
    assert '<input type="hidden" name="next" value="/desk">' in page
    assert post(client, "/profile/recovery-codes/kept", {"next": "/desk"}, page="").location == "/desk"
    elsewhere = post(client, "/profile/recovery-codes/kept", {"next": "//evil.example"}, page="")
    assert elsewhere.location == "/profile"


@pytest.mark.usefixtures("production")
def test_other_staff_are_asked_and_may_say_later(client: FlaskClient) -> None:
    person = with_password(a_staff_member("sales"))
    assert enter(client, person.email).location == "/profile/authenticator?next=/desk"
    page = client.get("/profile/authenticator?next=/desk").get_data(as_text=True)
    assert re.search(r'href="/desk"[^>]*>Not now', page)
    assert client.get("/profile").status_code == 200


def test_the_record_tells_what_happened_and_no_secret(client: FlaskClient) -> None:
    person = with_password(a_staff_member("sales"))
    sign_in(client, person)
    key, codes = set_up(client)
    post(client, "/profile/password", {"password": NEW})
    found = again(person)
    verbs = [entry.verb for entry in history.entries_of(found)]
    assert verbs == ["person.password_changed", "person.totp_added"]
    told = " ".join(str(value.old) + str(value.new) for value in db.session.scalars(db.select(HistoryValue)))
    told += " ".join(str(mail.args) for mail in mails())
    for secret in (NEW, PASSWORD, key, codes[0], SECRET, str(found.password_hash)):
        assert secret not in told
    assert isinstance(found, Person)
