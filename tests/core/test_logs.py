"""Logs tell what happened in fields, and hold no secret: no token of a personal link, nothing that somebody typed."""

from __future__ import annotations

import io
import json
import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
import structlog
from flask import Flask
from flask.testing import FlaskClient

from app.access import links
from app.access.links import Purpose
from app.core.db import db, write
from app.outbox import sender, service
from app.outbox.mail import Recipient
from app.outbox.mailer import Line
from app.outbox.models import MailRow
from app.people import emails
from app.people.models import Person
from tests.mailserver import MailServer
from tests.outbox.conftest import sending_to
from tests.sentences import a_person, post


@pytest.fixture
def loud(app: Flask) -> Iterator[io.StringIO]:
    """Everything that is logged, as much as in production and more."""
    before = structlog.get_config()
    log = io.StringIO()
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG),
        logger_factory=structlog.PrintLoggerFactory(log),
    )
    yield log
    structlog.configure(**before)


def lines(loud: io.StringIO) -> tuple[str, list[dict[str, Any]]]:
    text = loud.getvalue()
    return text, [json.loads(line) for line in text.splitlines()]


def a_sign_in_link(person: Person) -> tuple[str, MailRow]:
    with write():
        link, path = links.mint(Purpose.SIGN_IN, person.id)
        assert link.expires_at is not None
        mail = emails.SignInLink(person.name, link.expires_at)
        row = service.post(mail, Recipient.of(person), conversation=f"person:{person.ref}", secret_link=path)
    return path, row


def test_a_request_is_one_line_of_fields(client: FlaskClient, loud: io.StringIO) -> None:
    client.get("/healthz?who=anna@people.example")
    text, events = lines(loud)
    (told,) = [event for event in events if event["event"] == "request"]
    assert (told["method"], told["path"], told["status"], told["level"]) == ("GET", "/healthz", 200, "info")
    assert told["ms"] >= 0
    assert len(told["id"]) == 12
    assert told["timestamp"]
    assert "anna@people.example" not in text


def test_the_token_of_a_sign_in_link_is_in_no_log(
    app: Flask, client: FlaskClient, context: None, mail_server: MailServer, loud: io.StringIO
) -> None:
    person = a_person()
    path, row = a_sign_in_link(person)
    token = path.removeprefix("/go/")
    with sending_to(app, mail_server.url):
        assert sender.send_due(Line(), "worker") == 1
    assert token in mail_server.received[0].as_string().replace("=\n", "")
    client.get(path)
    client.get(f"{path}/elsewhere")
    assert post(client, path).status_code in (200, 303)
    client.get(path)
    text, events = lines(loud)
    assert [event["outcome"] for event in events if event["event"] == "mail"] == ["sent"]
    assert [event["mail"] for event in events if event["event"] == "mail"] == [row.ref]
    assert sum(event.get("path", "").startswith("/go/[redacted]") for event in events) >= 4
    assert token not in text
    assert person.email not in text


SECRET = {"token", "proof"}
"""What a part of an address is called when knowing it opens something."""
HARMLESS = {
    *(
        "absence_ref",
        "acceptance_ref",
        "action_ref",
        "address",
        "call_ref",
        "case_ref",
        "category",
        "code",
        "contact_ref",
        "detail",
        "digest",
        "event",
        "do",
        "document_ref",
        "file_ref",
        "format",
        "goal_ref",
        "handover_ref",
        "id",
        "key",
        "kind",
        "locale",
        "message_ref",
        "name",
        "number",
        "part",
        "path",
        "person_id",
        "playbook",
        "ref",
        "request_ref",
        "review_ref",
        "session_ref",
        "task_ref",
        "token_ref",
        "training_ref",
        "width",
    ),
    *("slug", "state", "who"),
}
"""A slug is given away to be typed and printed, `who` is an encrypted address; the others open nothing to whoever
may not read the record."""


def test_every_secret_in_an_address_is_blanked(app: Flask, client: FlaskClient, loud: io.StringIO) -> None:
    seen: set[str] = set()
    for rule in app.url_map.iter_rules():
        assert rule.arguments <= SECRET | HARMLESS, f"{rule}: say whether its parts are secret"
        seen |= rule.arguments
        if not rule.arguments & SECRET or "GET" not in (rule.methods or ()):
            continue
        values = {name: f"{name}-{'x' * 30}" for name in rule.arguments}
        path = re.sub(r"<(?:\w+:)?(\w+)>", lambda part, values=values: values[part[1]], rule.rule)
        doubled = path[0] + path[1:].replace("/", "//")
        for way in (path, doubled, f"{path}/more", path.replace("-x", "%2Dx")):
            client.get(way)
        for name in rule.arguments & SECRET:
            assert "[redacted]" in loud.getvalue()
            assert f"{name}-x" not in loud.getvalue(), f"the log tells the {name} of {rule}"
    assert seen >= SECRET


def test_a_failing_mail_logs_no_link(app: Flask, context: None, mail_server: MailServer, loud: io.StringIO) -> None:
    path, row = a_sign_in_link(a_person())
    mail_server.answer_data = "451 I do not like it"
    with sending_to(app, mail_server.url):
        sender.send_due(Line(), "worker")
    db.session.rollback()
    attempt = db.session.get_one(MailRow, row.id, populate_existing=True)
    text, _events = lines(loud)
    token = path.removeprefix("/go/")
    assert token not in text + f"{attempt.last_error}{attempt.text}{attempt.html}{attempt.args}"


def test_a_database_error_names_no_values(app: Flask, context: None) -> None:
    first, second = a_person(), a_person()
    with pytest.raises(sa.exc.IntegrityError) as raised, write():
        db.session.execute(sa.update(Person).where(Person.id == second.id).values(email=first.email))
    assert "parameters hidden" in str(raised.value)
