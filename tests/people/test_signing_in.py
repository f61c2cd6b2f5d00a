"""Signing in by password, by mailed link and with a code; landing; signing out."""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.access import links
from app.core.crypto import decrypt
from app.core.db import db, write
from app.people import passwords, queries
from app.people.models import Person
from tests.people.people_sentences import PASSWORD, SECRET, enter, mailed, mails, with_app, with_password
from tests.sentences import a_person, a_reseller, a_staff_member, owner_of, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def links_mailed() -> list[str]:
    return [decrypt(mail.secret) for mail in mails() if mail.secret]


def test_staff_land_at_the_desk_and_resellers_in_the_panel(client: FlaskClient, app: Flask) -> None:
    staff, owner = with_password(a_staff_member("sales")), with_password(owner_of(a_reseller()))
    assert enter(client, staff.email).location == "/desk"
    assert enter(app.test_client(), owner.email).location == "/panel"


def test_somebody_without_a_place_is_told_what_to_do(client: FlaskClient) -> None:
    person = with_password(a_person())
    response = enter(client, person.email)
    assert response.location == "/home"
    assert "ask an owner of your organisation" in client.get("/home").get_data(as_text=True)


def test_one_answer_for_an_unknown_address_a_wrong_password_and_a_closed_person(client: FlaskClient) -> None:
    known, closed = with_password(a_person()), with_password(a_person())
    with write():
        db.session.get_one(Person, closed.id).closed_at = datetime(2026, 1, 1, tzinfo=UTC)
    answers = []
    for email, password in (
        (known.email, "not this one at all"),
        ("nobody@else.example", PASSWORD),
        (closed.email, PASSWORD),
    ):
        response = enter(client, email, password)
        assert response.status_code == 422
        text = response.get_data(as_text=True).replace(email, "")
        answers.append(re.sub(r'csrf[_-]token" (value|content)="[^"]+"', "", text))
    assert answers[0] == answers[1] == answers[2]
    assert "The e-mail address or the password is not right" in answers[0]


def test_a_password_is_one_however_the_keyboard_spells_it(client: FlaskClient) -> None:
    person = with_password(a_person(), "zażółć gęślą jaźń")
    decomposed = unicodedata.normalize("NFD", "zażółć gęślą jaźń")
    assert enter(client, person.email, decomposed).status_code == 303


def test_a_hash_made_with_old_parameters_is_renewed(client: FlaskClient) -> None:
    from argon2 import PasswordHasher

    person = a_person()
    with write():
        db.session.get_one(Person, person.id).password_hash = PasswordHasher(2, 128, 1).hash(PASSWORD)
    enter(client, person.email)
    db.session.expire_all()
    kept = db.session.get_one(Person, person.id).password_hash
    assert kept is not None
    assert not passwords.outdated(kept)
    assert passwords.matches(kept, PASSWORD)


@pytest.mark.parametrize(
    "wanted",
    [
        "//evil.example",
        "/\\evil.example",
        "https:evil.example",
        "https://evil.example",
        "/\t/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "/ /evil.example",
    ],
)
def test_a_foreign_place_is_never_where_one_lands(client: FlaskClient, wanted: str) -> None:
    person = with_password(a_staff_member("sales"))
    assert enter(client, person.email, next=wanted).location == "/desk"


def test_one_lands_where_one_wanted_to_go(client: FlaskClient) -> None:
    person = with_password(a_staff_member("sales"))
    page = client.get("/profile?lang=fi")
    assert page.status_code == 303
    assert page.location == "/sign-in?next=/profile?lang%3Dfi"
    assert enter(client, person.email, next="/profile?tab=1").location == "/profile?tab=1"


def test_the_language_follows_the_person(client: FlaskClient) -> None:
    person = with_password(a_person(locale="fi"))
    client.get("/sign-in?lang=fr")
    enter(client, person.email)
    assert '<html lang="fi"' in client.get("/profile").get_data(as_text=True)


def test_the_session_before_is_not_the_session_after(client: FlaskClient) -> None:
    person = with_password(a_person())
    client.get("/sign-in")
    with client.session_transaction() as session:
        before = session["csrf_token"]
        session["planted"] = "by somebody"
    enter(client, person.email)
    with client.session_transaction() as session:
        assert session.get("csrf_token") != before
        assert "planted" not in session


def test_a_code_is_asked_and_works_once(client: FlaskClient, app: Flask) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, 10, tzinfo=UTC), tick=False):
        code = pyotp.TOTP(SECRET).now()
        assert enter(client, person.email).location == "/sign-in/code"
        assert client.get("/profile").status_code == 303, "not in before the code"
        assert post(client, "/sign-in/code", {"code": f" {code[:3]} {code[3:]} "}).location == "/desk"
        assert client.get("/profile").status_code == 200
        other = app.test_client()
        enter(other, person.email)
        answer = post(other, "/sign-in/code", {"code": code})
        assert answer.status_code == 422
        assert "used already" in answer.get_data(as_text=True)


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (0, 303), (1, 303), (2, 422)])
def test_clocks_may_be_half_a_minute_off(client: FlaskClient, steps: int, status: int) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    moment = datetime(2026, 3, 9, 14, 0, 10, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        enter(client, person.email)
        code = pyotp.TOTP(SECRET).at(moment + timedelta(seconds=30 * steps))
        assert post(client, "/sign-in/code", {"code": code}).status_code == status


def test_half_a_sign_in_does_not_wait_for_ever(client: FlaskClient) -> None:
    person = with_app(with_password(a_staff_member("sales")))
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        enter(client, person.email)
        clock.shift(timedelta(minutes=11))
        assert client.get("/sign-in/code").location == "/sign-in"


def test_a_mailed_link_signs_in_once_and_only_by_its_button(client: FlaskClient, app: Flask) -> None:
    owner = owner_of(a_reseller())
    post(client, "/sign-in/link", {"email": owner.email, "next": "/panel/people"})
    (path,) = links_mailed()
    for _scan in range(3):
        assert client.get(path).status_code == 200
        assert client.head(path).status_code == 200
    response = post(client, path)
    assert (response.status_code, response.location) == (303, "/panel/people")
    assert client.get("/profile").status_code == 200
    again = app.test_client().get(path)
    assert again.status_code == 410
    assert "/sign-in/link" in again.get_data(as_text=True)


def test_a_link_asks_before_it_replaces_another_sign_in(client: FlaskClient) -> None:
    here, owner = a_staff_member("sales", name="Dana Kellerman"), owner_of(a_reseller())
    post(client, "/sign-in/link", {"email": owner.email})
    (path,) = links_mailed()
    sign_in(client, here)
    page = client.get(path).get_data(as_text=True)
    assert "Dana Kellerman" in page
    assert post(client, path).status_code == 422, "nothing happens without the answer"
    assert client.get("/profile").get_data(as_text=True).count("Dana Kellerman") > 0
    assert post(client, path, {"replace": here.ref}).location == "/panel"


def test_a_link_still_asks_for_the_code(client: FlaskClient) -> None:
    owner = with_app(owner_of(a_reseller()))
    post(client, "/sign-in/link", {"email": owner.email})
    (path,) = links_mailed()
    assert post(client, path).location == "/sign-in/code"
    assert client.get("/panel/people").status_code == 303


def test_asking_for_a_link_answers_the_same_to_everybody(client: FlaskClient) -> None:
    owner = owner_of(a_reseller())
    staff = a_staff_member("finance")
    seen = {
        post(client, "/sign-in/link", {"email": email}).location for email in (owner.email, staff.email, "x@y.example")
    }
    assert seen == {"/sign-in/link/sent"}
    assert mailed() == [("sign_in_link", owner.email), ("sign_in_by_password", staff.email)]


def test_unknown_expired_and_withdrawn_links_say_what_to_do(client: FlaskClient) -> None:
    owner = owner_of(a_reseller())
    assert client.get("/go/nonsense").status_code == 404
    with time_machine.travel(datetime(2026, 3, 9, 14, 0, tzinfo=UTC), tick=False) as clock:
        post(client, "/sign-in/link", {"email": owner.email})
        post(client, "/sign-in/link", {"email": owner.email})
        first, second = links_mailed()
        assert "a newer one took its place" in client.get(first).get_data(as_text=True)
        clock.shift(timedelta(minutes=16))
        late = client.get(second)
        assert late.status_code == 410
        assert "Its time passed" in late.get_data(as_text=True)
        assert post(client, second, page="").status_code == 410
    assert client.get("/profile").status_code == 303


def test_a_link_of_somebody_closed_meanwhile_enters_no_longer(client: FlaskClient) -> None:
    owner = owner_of(a_reseller())
    post(client, "/sign-in/link", {"email": owner.email})
    (path,) = links_mailed()
    with write():
        db.session.get_one(Person, owner.id).closed_at = datetime(2026, 1, 1, tzinfo=UTC)
    assert post(client, path).status_code == 410


def test_signing_out_is_a_post(client: FlaskClient) -> None:
    person = a_person()
    sign_in(client, person)
    assert client.get("/sign-out").status_code == 405
    assert post(client, "/sign-out", page="").location == "/sign-in"
    assert client.get("/profile").status_code == 303


def test_a_link_is_for_one_purpose(client: FlaskClient) -> None:
    person = a_person()
    with write():
        _link, path = links.mint(links.Purpose.PASSWORD_RESET, person.id)
    post(client, path)
    assert client.get("/profile").status_code == 303
    assert client.get("/welcome").status_code == 303
    assert queries.by_id(person.id).signed_in_at is None


def test_a_stale_page_is_shown_again_with_its_text_and_without_the_secret(client: FlaskClient) -> None:
    person = with_password(a_person())
    data = {"email": person.email, "password": PASSWORD, "csrf_token": "stale"}
    answer = client.post("/sign-in", data=data, headers={"Origin": "http://localhost"})
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert person.email in page
    assert "open for a long time" in page
    assert PASSWORD not in page


@pytest.mark.parametrize("field", ["email", "password", "next"])
def test_odd_signs_are_no_fault_of_ours(client: FlaskClient, field: str) -> None:
    for text in ("\x00", "a\x00b@x.example", "\ud800", "é@x.example", "x" * 10_000, "'\"><script>", "\u202e"):
        data = {"email": "a@b.example", "password": "x", field: text.encode("utf-8", "surrogatepass")}
        assert post(client, "/sign-in", data).status_code in (303, 422, 429)
    for path in ("/go/%00", "/go/%ED%A0%80", "/go/" + "x" * 3000, "/address/%00"):
        assert client.get(path).status_code == 404
