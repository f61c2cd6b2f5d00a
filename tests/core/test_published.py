"""Published pages: alike for everybody, with a tag, in the language asked for, and said to search engines."""

from __future__ import annotations

import json

import pytest
from flask import Flask, Response, session
from flask.testing import FlaskClient

from app.access.guard import access_of
from app.core import published
from app.core.i18n import in_locale
from app.directory.queries import sitemap
from app.integrations.models import Stage
from tests import sentences as s
from tests import software

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def drawn(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which pages were drawn; `/privacy` is a published page meanwhile."""
    made: list[str] = []

    def view() -> Response:
        locale = published.speak(["en", "fi"])

        def draw() -> Response:
            made.append(locale)
            return Response(f"in {locale}")

        return published.answer(draw, "version 1")

    setattr(view, "gangway_access", "public")  # noqa: B010 - as the guard marks it
    monkeypatch.setitem(app.view_functions, "documents_public.privacy", published.published(view))
    return made


def test_every_published_page_is_open_to_everybody(app: Flask) -> None:
    marked = [name for name in app.view_functions if published.is_published(app, name)]
    assert "manuals_public.manual" in marked
    assert {access_of(app, name) for name in marked} == {"public"}


def test_no_published_page_sets_a_cookie_or_asks_for_one(app: Flask, client: FlaskClient) -> None:
    """Whatever it answers: also that there is no such page, in a language that is chosen by the address."""
    integration = software.an_integration(stage=Stage.LISTED)
    software.a_published_manual(integration)
    software.a_published_page(integration)
    s.sign_in(client, s.a_staff_member("administrator"))
    asked = 0
    for rule in app.url_map.iter_rules():
        if not published.is_published(app, rule.endpoint) or "GET" not in (rule.methods or ()):
            continue
        known = {"slug": "lumi-till-bokio", "category": "point-of-sale", "part": integration.id // sitemap.PART}
        values = {name: known[name] for name in rule.arguments}
        path = app.url_map.bind("localhost").build(rule.endpoint, values)
        answer = client.get(f"{path}?lang=fi")
        asked += 1
        assert "Set-Cookie" not in answer.headers, path
        if answer.status_code == 200:
            assert "Cookie" not in answer.headers.get("Vary", "").split(", "), path
            assert answer.headers["Cache-Control"].startswith("public"), path
            assert answer.headers["ETag"], path
    assert asked >= 2


def test_a_page_is_drawn_when_the_visitor_does_not_have_it(client: FlaskClient, drawn: list[str]) -> None:
    first = client.get("/privacy")
    again = client.get("/privacy", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code, again.data) == (200, 304, b"")
    assert drawn == ["en"]
    weak = client.get("/privacy", headers={"If-None-Match": f'W/{first.headers["ETag"]}, "other"'})
    assert weak.status_code == 304
    assert client.get("/privacy", headers={"If-None-Match": '"other"'}).status_code == 200
    assert "Accept-Language" in first.headers["Vary"]


def test_the_address_says_the_language_then_the_browser(client: FlaskClient, drawn: list[str]) -> None:
    client.set_cookie("gangway_lang", "fi")
    client.get("/privacy")
    client.get("/privacy?lang=fi")
    client.get("/privacy?lang=pl")
    client.get("/privacy", headers={"Accept-Language": "nl, fi;q=0.5"})
    assert drawn == ["en", "fi", "en", "fi"]


def test_a_published_page_that_would_remember_something_fails(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def view() -> Response:
        session["seen"] = True
        return Response("x")

    setattr(view, "gangway_access", "public")  # noqa: B010 - as the guard marks it
    monkeypatch.setitem(app.view_functions, "documents_public.privacy", published.published(view))
    with pytest.raises(RuntimeError, match="remember"):
        client.get("/privacy")


def test_a_page_in_one_language_has_one_address(app: Flask) -> None:
    with app.test_request_context():
        meta = published.meta_of("/manuals/x", ["fi"], description="  Two\nlines ")
    assert meta.canonical == "http://localhost/manuals/x"
    assert (meta.alternates, meta.languages, meta.description) == ((), ("fi",), "Two lines")


def test_a_page_in_several_languages_names_each(app: Flask) -> None:
    with app.test_request_context(), in_locale("fi"):
        meta = published.meta_of("/integrations", ["fi", "en"], base="https://tills.example/", page="2")
    assert meta.canonical == "https://tills.example/integrations?page=2&lang=fi"
    assert dict(meta.alternates) == {
        "en": "https://tills.example/integrations?page=2&lang=en",
        "fi": "https://tills.example/integrations?page=2&lang=fi",
        "x-default": "https://tills.example/integrations?page=2",
    }


def test_data_for_search_engines_cannot_leave_its_element(app: Flask) -> None:
    told = {"name": "</script><script>alert(1)</script> & \u2028 Łukasz"}
    with app.test_request_context():
        data = published.meta_of("/x", ["en"], data=told).data
    assert data is not None
    assert "<" not in data
    assert json.loads(data) == told
