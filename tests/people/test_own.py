"""One's own profile: details, language, address, sessions."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.people import queries
from app.people.service import own
from tests.people.people_sentences import again, enter, link_to, mailed, with_password
from tests.sentences import a_person, a_staff_member, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def test_details_are_saved_and_speak_at_once(client: FlaskClient) -> None:
    person = a_person()
    sign_in(client, person)
    client.get("/profile?lang=fr")
    data = {"name": "Anna Kowalik-Bruun", "phone": "+31 20 794 0820", "locale": "nl"}
    assert post(client, "/profile/details", data).location == "/profile"
    page = client.get("/profile").get_data(as_text=True)
    assert '<html lang="nl"' in page
    assert "+31 20 794 0820" in page
    assert again(person).phone == "+31207940820"


def test_wrong_details_stay_on_the_page(client: FlaskClient) -> None:
    sign_in(client, a_person())
    answer = post(client, "/profile/details", {"name": "", "phone": "12", "locale": "nl"})
    assert answer.status_code == 422
    page = answer.get_data(as_text=True)
    assert "Enter your name" in page
    assert 'value="12"' in page


def test_the_language_of_a_page_can_be_kept(client: FlaskClient) -> None:
    person = a_person()
    sign_in(client, person)
    assert "/profile/language" in client.get("/profile?lang=fi").get_data(as_text=True)
    assert again(person).locale == "en", "looking changes nothing"
    answer = post(client, "/profile/language", {"locale": "fi", "next": "//evil.example"}, page="")
    assert answer.location == "/profile"
    assert again(person).locale == "fi"
    post(client, "/profile/language", {"locale": "xx"}, page="")
    assert again(person).locale == "fi"


@pytest.mark.parametrize("order", [("old", "new"), ("new", "old")])
def test_an_address_changes_once_both_mailboxes_agree(client: FlaskClient, app: Flask, order: tuple[str, str]) -> None:
    person = with_password(a_person(email="anna@old.example"))
    sign_in(client, person)
    assert post(client, "/profile/email", {"email": "Anna@New.example"}).location == "/profile"
    paths = {"old": link_to("anna@old.example"), "new": link_to("anna@new.example")}
    stranger = app.test_client()
    assert post(stranger, paths[order[0]]).location == "/address/half"
    assert again(person).email == "anna@old.example"
    assert "anna@new.example" in client.get("/profile").get_data(as_text=True)
    assert post(stranger, paths[order[1]]).location == "/address/changed"
    assert again(person).email == "anna@new.example"
    assert [kind for kind, _to in mailed()] == [
        "email_change_old",
        "email_change_new",
        "email_changed",
        "email_changed",
    ]
    assert {to for kind, to in mailed() if kind == "email_changed"} == {"anna@old.example", "anna@new.example"}
    assert stranger.get("/profile").status_code == 303, "confirming signs nobody in"
    assert enter(app.test_client(), "anna@new.example").status_code == 303
    assert enter(app.test_client(), "anna@old.example").status_code == 422


def test_a_taken_address_is_told_to_its_mailbox_alone(client: FlaskClient) -> None:
    person, holder = a_person(), a_person("Veikko Salo")
    sign_in(client, person)
    assert post(client, "/profile/email", {"email": holder.email}).location == "/profile"
    assert mailed() == [("email_change_old", person.email), ("email_change_taken", holder.email)]
    assert post(client, link_to(person.email)).location == "/address/half"
    assert again(person).email == person.email


def test_an_address_taken_meanwhile_is_not_taken_over(client: FlaskClient) -> None:
    person = a_person()
    sign_in(client, person)
    post(client, "/profile/email", {"email": "wanted@new.example"})
    post(client, link_to(person.email))
    a_person(email="wanted@new.example")
    assert post(client, link_to("wanted@new.example")).status_code == 409
    assert again(person).email == person.email
    assert queries.open_email_change(person) is None


def test_a_withdrawn_or_newer_wish_closes_the_links(client: FlaskClient) -> None:
    person = a_person()
    sign_in(client, person)
    post(client, "/profile/email", {"email": "first@new.example"})
    first = link_to("first@new.example")
    post(client, "/profile/email", {"email": "second@new.example"})
    assert client.get(first).status_code == 410
    second = link_to("second@new.example")
    assert post(client, "/profile/email/withdrawal", page="").location == "/profile"
    assert client.get(second).status_code == 410
    assert post(client, "/profile/email", {"email": person.email}).status_code == 422


def test_signing_out_everywhere_ends_this_session_too(client: FlaskClient, app: Flask) -> None:
    person = a_person()
    sign_in(client, person)
    other = sign_in(app.test_client(), person)
    assert post(client, "/profile/sessions/end", page="").location == "/sign-in"
    assert client.get("/profile").status_code == 303
    assert other.get("/profile").status_code == 303


def test_an_unchanged_profile_leaves_no_trace() -> None:
    from app.history import service as history

    person = a_person()
    own.save_profile(person, own.Profile(person.name, person.phone, person.locale))
    assert history.entries_of(person) == []


def test_every_page_inside_offers_to_keep_its_language(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    assert "/profile/language" in client.get("/desk/leads?lang=pl").get_data(as_text=True)
    client.get("/desk/leads?lang=en")
    assert "/profile/language" not in client.get("/desk/leads").get_data(as_text=True)
