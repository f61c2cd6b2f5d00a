"""A mail that takes a file along: read as it leaves, whatever its name, beside the words and a calendar's entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from app.core.db import write
from app.outbox import service
from app.outbox.mail import Attached, CalendarPart, Mail, Recipient
from tests.mailserver import MailServer
from tests.outbox.conftest import send_all

CONTENT = bytes(range(256)) * 40


@dataclass(frozen=True)
class Bringing(Mail):
    """A mail with a file, and an entry if it is told so."""

    template = "test_bringing"
    name: str
    dated: bool

    def attached(self) -> Attached | None:
        return Attached(self.name, "application/pdf", CONTENT) if self.name else None

    def calendar(self, to: Recipient) -> CalendarPart | None:
        return (
            CalendarPart("REQUEST", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n") if self.dated else None
        )

    @classmethod
    def sample(cls) -> Self:
        return cls("order.pdf", False)


@pytest.fixture(autouse=True)
def _words(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {
        "emails/test_bringing/subject.txt": "A file",
        "emails/test_bringing/body.txt": "Here",
        "emails/test_bringing/body.html": "<html><head></head><body><p>Here</p></body></html>",
    }
    loader = ChoiceLoader([DictLoader(words), app.jinja_env.loader])  # type: ignore[list-item] # there is one
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    app.extensions.pop("gangway_mail_templates", None)


@pytest.mark.parametrize(("name", "dated"), [("Potwierdzenie Żółć.pdf", False), ("order.pdf", True), ("", False)])
def test_the_file_arrives_byte_by_byte(sending: MailServer, name: str, dated: bool) -> None:
    with write():
        service.post(Bringing(name, dated), Recipient("anna@reader.example", "Anna", "en"), conversation="x:1")
    send_all()
    mail = sending.received[0]
    files = {part.get_filename(): part for part in mail.walk() if part.get_filename()}
    assert set(files) == {*([name] if name else []), *(["invite.ics"] if dated else [])}
    if name:
        assert mail.get_content_type() == "multipart/mixed"
        assert (files[name].get_content_type(), files[name].get_payload(decode=True)) == ("application/pdf", CONTENT)
    kinds = [part.get_content_type() for part in mail.walk()]
    assert {"text/plain", "text/html"} <= set(kinds)
    assert ("text/calendar" in kinds) == dated
