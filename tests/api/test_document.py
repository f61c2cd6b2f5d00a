"""The document says what the doors do, to everybody alike, and its page shows all of it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from markupsafe import escape

from app.api.document import doors
from app.core.programs import is_api
from app.outbox.webhooks.events import KINDS, address_of
from tests import sentences as s
from tests.api.sentences import a_caller, a_registration
from tests.leads.sentences import a_lead

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]


def test_it_is_open_small_and_kept_by_its_tag(client: FlaskClient) -> None:
    answer = client.get("/api/openapi.json")
    assert (answer.status_code, answer.mimetype) == (200, "application/json")
    assert answer.json["openapi"] == "3.1.0"
    again = client.get("/api/openapi.json", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert "Set-Cookie" not in answer.headers


def test_every_door_is_in_it(app: Flask, client: FlaskClient) -> None:
    paths = client.get("/api/openapi.json").json["paths"]
    told = {(path, method.upper()) for path, methods in paths.items() for method in methods}
    rules = {
        (rule.rule.replace("<", "{").replace(">", "}"), method)
        for rule in app.url_map.iter_rules()
        if is_api(app.view_functions[rule.endpoint])
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert told == rules


def test_every_reference_leads_somewhere(client: FlaskClient) -> None:
    document = client.get("/api/openapi.json").json
    for reference in _references(document):
        found = document
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _references(part: Any) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [found for inner in part.values() for found in _references(inner)]
    return [found for inner in part for found in _references(inner)] if isinstance(part, list) else []


def test_answers_have_the_shape_that_it_says(app: Flask, client: FlaskClient) -> None:
    lead = a_lead(of=s.a_reseller(), shops=["https://bryza.example"])
    caller = a_caller(app, s.a_staff_member("sales"))
    schemas = client.get("/api/openapi.json").json["components"]["schemas"]
    assert set(caller.get(f"/leads/{lead.ref}").json) == set(schemas["Lead"]["required"])
    assert set(schemas["Problem"]["required"]) <= set(caller.get("/leads/L-0").json)


def test_what_it_says_is_taken_is_taken(app: Flask, client: FlaskClient) -> None:
    post = client.get("/api/openapi.json").json["paths"]["/api/v1/leads"]["post"]
    schema = post["requestBody"]["content"]["application/json"]["schema"]
    assert {"typed_by", "company_name", "country", "email"} <= set(schema["required"])
    assert set(a_registration()) <= set(schema["properties"])
    assert not {"csrf_token", "submission_key", "fax_extension", "state", "version"} & set(schema["properties"])
    assert schema["properties"]["shops"]["items"]["properties"]["url"]["type"] == "string"


@pytest.mark.parametrize("locale", ["en", "fi"])
def test_its_page_shows_all_of_it(app: Flask, client: FlaskClient, locale: str) -> None:
    page = client.get(f"/api?lang={locale}").get_data(as_text=True)
    for door in doors():
        for operation in door.operations:
            assert escape(operation.summary) in page


def test_every_kind_that_is_told_of_has_its_address() -> None:
    for kind in KINDS:
        address = address_of(kind.code, "X-00000000")
        assert address is not None
        assert address.startswith("http://localhost/api/v1/"), kind.code
        assert address.endswith("/X-00000000"), kind.code
