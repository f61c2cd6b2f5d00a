"""Whatever stands in whichever field of whichever form, the answer is a page and never a failure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html

from app.access import policy
from app.access.guard import access_of
from app.access.permissions import P
from app.people import queries
from tests.crawl import enter, personal_links, walk
from tests.sentences import sign_in

pytestmark = pytest.mark.on("postgres")
WORDS = "👩🏽‍🔧 Łukasz O'Żółć <b>{{ 7 * 7 }}</b> %(x)s"
STRANGE = ("9" * 10_000, "a\x00b", "a\ud800b")
START = {
    "reseller": "/panel",
    "service partner": "/panel",
    "software partner": "/panel/software",
    "administrator": "/desk",
    "finance": "/desk",
    "coordinator": "/desk",
    "client": "",
    "customer": "",
}

BESIDES = ("finance", "coordinator")
"""Who try only the doors that no administrator opens."""


@dataclass(frozen=True)
class Field:
    name: str
    value: str
    written: bool
    """A person writes words into it."""
    sent: bool
    """A program can send anything in it."""


def forms_on(path: str, body: str) -> Iterator[tuple[str, str, list[Field]]]:
    """Method, address and fields of each form of a page."""
    page: Any = html.fromstring(body)
    for form in page.iter("form"):
        fields = []
        for field in form.iter("input", "textarea", "select"):
            name, kind = field.get("name"), field.get("type")
            if not name or kind in ("submit", "file"):
                continue
            if kind in ("checkbox", "radio"):
                fields.append(Field(name, field.get("value") or "on", False, False))
            else:
                words = field.tag == "textarea" or (field.tag == "input" and kind in (None, "text", "search"))
                fields.append(Field(name, str(field.value or ""), words, name != "csrf_token"))
        yield form.get("method", "get").lower(), form.get("action") or path, fields


def attempts(fields: list[Field]) -> Iterator[tuple[str, str]]:
    """What is sent, with what to call it: words of all sorts where a person may write, and else what no form sends."""
    if any(field.written for field in fields):
        yield "words", encoded((field.name, WORDS if field.written else field.value) for field in fields)
    for strange in STRANGE:
        yield ascii(strange[:4]), encoded((field.name, strange if field.sent else field.value) for field in fields)


def encoded(pairs: Iterable[tuple[str, str]]) -> str:
    """As a program sends it that knows no rules: half a surrogate pair too."""
    return "&".join(f"{quote_plus(name)}={quote_plus(text.encode('utf-8', 'surrogatepass'))}" for name, text in pairs)


@pytest.mark.parametrize("walker", START)
def test_no_field_breaks_a_page(app: Flask, demo: list[dict[str, Any]], walker: str) -> None:
    known = next(known for known in demo if known["role"] == walker)
    client = app.test_client()
    if walker == "customer":
        starts = [enter(client, path) for path in personal_links(demo)]
    elif START[walker]:
        person = queries.by_email(known["email"])
        assert person is not None
        sign_in(client, person)
        starts = [START[walker], "/profile"]
    else:
        starts = list(known["links"].values())
    visits = [visit for visit in walk(app, client, starts) if visit.status == 200 and "<form" in visit.body]
    failed: list[str] = []
    seen: set[tuple[str, ...]] = set()
    tried = _doors_of_administrators(app, demo) if walker in BESIDES else set[str]()
    adapter = app.url_map.bind("localhost")
    for visit in visits:
        for method, address, fields in forms_on(visit.path, visit.body):
            endpoint = adapter.match(address.split("?")[0], method=method.upper())[0]
            kind = (endpoint, *(field.name for field in fields))
            if endpoint in tried or kind in seen or not any(field.sent for field in fields):
                continue
            seen.add(kind)
            for label, body in attempts(fields):
                try:
                    status = _status(client, method, address, body)
                except Exception as problem:
                    failed.append(f"{method} {address} with {label}: {problem!r}"[:300])
                else:
                    if status >= 500:
                        failed.append(f"{method} {address} with {label}: {status}")
    assert seen
    assert not failed, "\n".join(failed)


def _doors_of_administrators(app: Flask, demo: list[dict[str, Any]]) -> set[str]:
    administrator = queries.by_email(next(known["email"] for known in demo if known["role"] == "administrator"))
    assert administrator is not None
    asked = {endpoint: access_of(app, endpoint) for endpoint in app.view_functions}
    return {name for name, right in asked.items() if isinstance(right, P) and policy.allows(administrator, right)}


def _status(client: FlaskClient, method: str, address: str, body: str) -> int:
    if method == "get":
        return client.get(address.split("?", maxsplit=1)[0] + "?" + body).status_code
    headers = {"Origin": "http://localhost", "Content-Type": "application/x-www-form-urlencoded"}
    return client.post(address, data=body, headers=headers).status_code
