"""The page of all changes tells them in words."""

from __future__ import annotations

import ast
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient

from app.catalogue import service as catalogue
from app.core.db import write
from app.history import words
from app.history.service import record
from tests.leads.sentences import a_lead
from tests.queries import counting
from tests.sentences import a_reseller, a_service, a_staff_member, sign_in

APP = Path(__file__).parents[2] / "app"


def written_verbs() -> dict[str, str]:
    """Every verb that stands as such in a call of `record`, and where."""
    found = {}
    texts = {path: path.read_text() for path in APP.rglob("*.py")}
    for path in (path for path, text in texts.items() if "record(" in text):
        for node in ast.walk(ast.parse(texts[path])):
            if isinstance(node, ast.Call) and len(node.args) > 2 and _called(node.func) == "record":
                for part in ast.walk(node.args[1]):
                    if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value[-1] not in "._":
                        found[part.value] = path.name
    return found


def _called(function: ast.expr) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")


def test_every_verb_has_words(app: Flask) -> None:
    verbs = written_verbs()
    assert len(verbs) > 50
    assert {verb: where for verb, where in verbs.items() if not words.WORDS.get(verb)} == {}


def test_records_are_linked_where_the_reader_may_open_them(app: Flask, client: FlaskClient, context: None) -> None:
    lead, boss = a_lead(of=a_reseller()), a_staff_member("administrator", name="Ruth Abendroth")
    catalogue.add(catalogue.ServiceDetails("payments", {"en": "Payments"}, {}, True), boss)
    with write():
        record(boss, "person.unheard_of", boss)
    leader = sign_in(app.test_client(), a_staff_member("team_leader"))
    page = leader.get("/desk/history").text
    assert f'<a href="/desk/leads/{lead.ref}">{lead.ref}</a>' in page
    assert "The lead was registered" in page
    assert "Service added" in page
    assert "person.unheard_of" in page, "an unknown verb shows its code"
    assert f"/desk/staff/{boss.ref}" not in page, "the team leader may not open it"
    everything = sign_in(client, boss).get("/desk/history").text
    assert f'<a href="/desk/staff/{boss.ref}">Ruth Abendroth</a>' in everything
    for address in ("/desk/services/payments", f"/desk/staff/{boss.ref}"):
        assert client.get(address).status_code == 200


def test_every_kind_of_record_has_a_page(app: Flask) -> None:
    from app.web.records import KINDS

    with app.test_request_context():
        for kind in KINDS.values():
            app.url_map.bind("localhost").build(kind.endpoint, {kind.argument: "x"} if kind.argument else {})


def test_the_page_asks_the_same_however_much_there_is(app: Flask, client: FlaskClient, context: None) -> None:
    sign_in(client, a_staff_member("administrator"))
    a_lead()
    client.get("/desk/history")
    with counting(app) as few:
        client.get("/desk/history")
    for _ in range(5):
        a_lead()
        a_service()
    with counting(app) as many:
        client.get("/desk/history")
    assert few == many
    assert many <= 6
