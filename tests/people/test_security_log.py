"""What whoever watches for attacks can read: who came in, who did not, what was refused; and no name, address or secret
in it."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from flask import Flask
from flask.testing import FlaskClient

from tests.people.people_sentences import PASSWORD, enter, with_password
from tests.sentences import a_reseller, csrf_of, owner_of, post

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]


@pytest.fixture
def log(app: Flask) -> Iterator[io.StringIO]:
    before = structlog.get_config()
    log = io.StringIO()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(log),
    )
    yield log
    structlog.configure(**before)


def told(log: io.StringIO) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in log.getvalue().splitlines()]
    return [line for line in lines if line.get("logger") == "security"]


def test_coming_in_and_failing_to_is_told_without_naming_anybody(client: FlaskClient, log: io.StringIO) -> None:
    person = with_password(owner_of(a_reseller()))
    enter(client, person.email, "wrong wrong wrong")
    enter(client, person.email)
    client.get("/desk")
    post(client, "/sign-out", page="")
    events = told(log)
    assert [line["event"] for line in events] == ["try failed", "signed in", "refused", "signed out"]
    failed, entered, refused, left = events
    assert len(failed["of"]) == 2, "the account and the address, as digests"
    assert (entered["person"], entered["code"], left["person"]) == (person.id, False, person.id)
    assert (refused["status"], refused["path"], refused["person"]) == (403, "/desk", person.id)
    assert len({line["seen"] for line in events}) == 1
    assert all(line["timestamp"].endswith("Z") and len(line["id"]) == 12 for line in events)
    for secret in (person.email, person.name, PASSWORD, "wrong wrong", "127.0.0.1"):
        assert secret not in log.getvalue()


def test_a_form_from_elsewhere_and_too_many_tries_are_told(client: FlaskClient, log: io.StringIO) -> None:
    client.post("/sign-in", data={}, headers={"Origin": "https://evil.example"})
    token = csrf_of(client)
    for _ in range(6):
        form = {"csrf_token": token, "email": "nobody@else.example", "password": "wrong wrong wrong"}
        client.post("/sign-in", data=form, headers={"Origin": "http://localhost"})
    assert [line.get("status") for line in told(log) if line["event"] == "refused"] == [400, 429]


def test_what_somebody_types_makes_no_line_of_its_own(client: FlaskClient, log: io.StringIO) -> None:
    client.get("/desk%0A%7B%22event%22:%22signed%20in%22%7D")
    client.post("/sign-in", data={"email": 'x\n{"event": "signed in"}'}, headers={"Origin": "https://evil.example"})
    assert "signed in" not in {json.loads(line)["event"] for line in log.getvalue().splitlines()}
