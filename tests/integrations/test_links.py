"""Technical links: kept at the desk, read in the panel, some by everybody (S1, S2)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.i18n import in_locale
from app.history.models import HistoryEntry
from app.integrations.models import TechnicalLink
from app.integrations.queries import links as queries
from app.integrations.service import links as service
from app.integrations.service.links import LinkDetails
from app.people.models import Person
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in

pytestmark = pytest.mark.usefixtures("context")

SENT = {
    "kind": "documentation",
    "url": "docs.brimora.example/api",
    "title_en": "API documentation",
    "title_pl": "Dokumentacja API",
    "note_en": "Begin here.",
    "is_public": "y",
}


@pytest.fixture
def manager() -> Person:
    return a_staff_member("account_manager", name="Marit Vos")


def a_link(title: str = "API documentation", **values: Any) -> TechnicalLink:
    details = {"kind": "documentation", "notes": {}, "url": "https://docs.example/" + title.replace(" ", "-")}
    return service.add(
        LinkDetails(**{**details, "titles": {"en": title}, "is_public": False, **values}),
        a_staff_member("coordinator"),
    )


def titles() -> list[str]:
    db.session.expire_all()
    return [link.title for link in queries.all_links()]


def test_staff_add_a_link_once(client: FlaskClient, manager: Person) -> None:
    sign_in(client, manager)
    made, twice = (post(client, "/desk/technical-links/new", SENT) for _time in range(2))
    assert made.status_code == twice.status_code == 303
    (link,) = db.session.scalars(sa.select(TechnicalLink)).all()
    assert (link.url, link.is_public, link.titles["pl"]) == (
        "https://docs.brimora.example/api",
        True,
        "Dokumentacja API",
    )
    with in_locale("pl"):
        assert link.title == "Dokumentacja API"
    with in_locale("fi"):
        assert (link.title, link.note) == ("API documentation", "Begin here.")
    assert "API documentation" in client.get("/desk/technical-links").text


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://docs.example/a?b=c#d", "https://docs.example/a?b=c#d"),
        ("mailto: API@Brimora.example", "mailto:API@brimora.example"),
        ("TEL:+48 22 123 (45) 67", "tel:+48221234567"),
        ("http://docs.example", None),
        ("javascript:alert(1)", None),
        ("data:text/html,<script>alert(1)</script>", None),
        ("mailto:nobody", None),
        ("tel:22 123 45 67", None),
        ("https://user:word@docs.example", None),
    ],
)
def test_only_addresses_that_are_safe_to_follow(
    client: FlaskClient, manager: Person, typed: str, kept: str | None
) -> None:
    sign_in(client, manager)
    answer = post(client, "/desk/technical-links/new", {**SENT, "url": typed})
    assert answer.status_code == (303 if kept else 422)
    assert [link.url for link in db.session.scalars(sa.select(TechnicalLink))] == ([kept] if kept else [])
    if kept is None:
        assert "javascript:alert(1)" not in answer.text.replace('value="javascript:alert(1)"', "")


def test_whoever_comes_second_keeps_what_was_typed(client: FlaskClient, manager: Person) -> None:
    link = a_link()
    path = f"/desk/technical-links/{link.ref}"
    sign_in(client, manager)
    changed = {**SENT, "title_en": "Mine", "version": "1"}
    assert post(client, path, changed, page=path).status_code == 303
    stale = post(client, path, {**changed, "title_en": "Theirs"}, page=path)
    assert stale.status_code == 409
    assert 'value="Theirs"' in stale.text
    assert post(client, path, {**changed, "title_en": "Theirs", "version": "2"}, page=path).status_code == 303
    assert titles() == ["Theirs"]
    written = sa.select(HistoryEntry.verb).where(HistoryEntry.record_type == "technical_link").order_by(HistoryEntry.id)
    verbs = db.session.scalars(written).all()
    assert verbs == ["technical_link.added", "technical_link.changed", "technical_link.changed"]
    assert "Technical link changed" in client.get(path).text


def test_links_stand_kind_by_kind_in_the_order_of_the_desk(client: FlaskClient, manager: Person) -> None:
    a_link("Slack", kind="channel", url="https://slack.example")
    first, second = a_link("First"), a_link("Second")
    a_link("Third")
    assert titles() == ["First", "Second", "Third", "Slack"]
    sign_in(client, manager)
    post(client, f"/desk/technical-links/{second.ref}/position", {"to": "up"}, page="/desk/technical-links")
    assert titles() == ["Second", "First", "Third", "Slack"]
    post(client, f"/desk/technical-links/{second.ref}/position", {"to": "up"}, page="/desk/technical-links")
    post(client, f"/desk/technical-links/{first.ref}/position", {"to": "down"}, page="/desk/technical-links")
    assert titles() == ["Second", "Third", "First", "Slack"]


def test_a_removed_link_is_gone(client: FlaskClient, manager: Person) -> None:
    link = a_link()
    path = f"/desk/technical-links/{link.ref}/removal"
    sign_in(client, manager)
    assert "Remove this link?" in client.get(path).text
    assert titles() == ["API documentation"]
    assert post(client, path, {}).status_code == 303
    assert titles() == []
    assert post(client, path, {}, page="/desk/technical-links").status_code == 404


def test_only_some_are_for_everybody() -> None:
    a_link("Secret sandbox", kind="environment")
    a_link("Open", is_public=True)
    assert [link.title for link in queries.public_links()] == ["Open"]


def test_others_read_and_change_nothing(client: FlaskClient) -> None:
    link = a_link()
    sign_in(client, a_staff_member("designer"))
    page = client.get("/desk/technical-links")
    assert page.status_code == 200
    assert "Add a link" not in page.text
    assert client.get(f"/desk/technical-links/{link.ref}").status_code == 403
    assert "API documentation" in client.get("/desk/technical-links/technical-links.csv").text
    sign_in(client, a_staff_member("sales"))
    assert client.get("/desk/technical-links/new").status_code == 403


def test_the_page_asks_the_same_however_many_there_are(app: Flask, client: FlaskClient, manager: Person) -> None:
    a_link()
    sign_in(client, manager)
    with counting(app) as few:
        client.get("/desk/technical-links")
    for number in range(5):
        a_link(f"Link {number}")
    with counting(app) as many:
        client.get("/desk/technical-links")
    assert few == many
    assert many <= 4
