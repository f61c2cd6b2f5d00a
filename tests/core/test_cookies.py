"""What is put on a browser: few cookies, bound to this host over TLS, and none that is there already."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.db import db
from tests.conftest import settings_for
from tests.people.people_sentences import PASSWORD, with_password
from tests.sentences import a_reseller, csrf_of, link_of, owner_of, sign_in

HOST = "https://on.vendor.example"


@pytest.fixture
def over_tls(app: Flask, tmp_path: Path) -> Iterator[FlaskClient]:
    """A browser of the same installation, served over https."""
    other = create_app(settings_for(app.config["GANGWAY"].database_url, tmp_path, GANGWAY_PUBLIC_URL=HOST))
    yield other.test_client()
    with other.app_context():
        db.engine.dispose()


def test_over_tls_every_cookie_is_bound_to_this_host(over_tls: FlaskClient, context: None) -> None:
    email = with_password(owner_of(a_reseller())).email
    answers = [over_tls.get("/sign-in?lang=fi", base_url=HOST)]
    token = csrf_from(answers[0].get_data(as_text=True))
    form = {"email": email, "password": PASSWORD, "csrf_token": token}
    answers.append(over_tls.post("/sign-in", base_url=HOST, data=form, headers={"Referer": f"{HOST}/sign-in"}))
    assert answers[1].status_code == 303
    answers.append(over_tls.get("/panel", base_url=HOST))
    assert answers[2].status_code == 200
    cookies = [line for answer in answers for line in answer.headers.getlist("Set-Cookie")]
    assert {line.partition("=")[0] for line in cookies} == {"__Host-gangway", "__Host-gangway_lang"}
    for line in cookies:
        assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(line.split("; ")), line
        assert "Domain" not in line
    assert '<html lang="en"' in answers[2].get_data(as_text=True), "the choice is forgotten at the sign-in"
    assert "max-age=" in answers[2].headers["Strict-Transport-Security"]


def csrf_from(page: str) -> str:
    return page.partition('name="csrf_token"')[2].partition('value="')[2].partition('"')[0]


@pytest.mark.parametrize("path", ["/", "/resellers/apply", "/r/", "/sign-in", "/nowhere"])
def test_a_page_seen_again_sets_no_cookie(client: FlaskClient, context: None, path: str) -> None:
    path = f"/r/{link_of(a_reseller()).slug}" if path == "/r/" else path
    client.get(path)
    assert client.get(path).headers.getlist("Set-Cookie") == []


@pytest.mark.parametrize("path", ["/panel", "/panel/leads", "/panel/leads/leads.csv", "/profile"])
def test_somebody_signed_in_gets_no_cookie_by_looking(client: FlaskClient, context: None, path: str) -> None:
    sign_in(client, owner_of(a_reseller()))
    csrf_of(client, "/profile")  # the first form brings its token
    assert client.get(path).headers.getlist("Set-Cookie") == []


def test_pages_of_one_person_are_kept_by_nobody(client: FlaskClient, context: None) -> None:
    sign_in(client, owner_of(a_reseller()))
    for path in ("/panel", "/panel/leads", "/panel/leads/leads.csv", "/profile", "/panel/leads/L-00000000"):
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(path, headers=headers)
            assert answer.headers["Cache-Control"] == "no-store", path
            if answer.mimetype == "text/html":
                assert "HX-Request" in answer.vary, path
