"""A mail that brings an entry for the reader's calendar: written once, sent among the alternatives and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Self

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import ChoiceLoader, DictLoader

from app.core.db import db, write
from app.outbox import service
from app.outbox.mail import CalendarPart, Mail, Recipient
from app.outbox.models import MailRow
from tests.mailserver import MailServer
from tests.outbox.conftest import send_all
from tests.sentences import a_staff_member, sign_in

ENTRY = b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REQUEST\r\nX-NAME:\xc5\xbbaneta\r\nEND:VCALENDAR\r\n"


@dataclass(frozen=True)
class Invited(Mail):
    """A mail with an entry."""

    template = "test_invited"
    asked: ClassVar[int] = 0
    company: str

    def calendar(self, to: Recipient) -> CalendarPart | None:
        type(self).asked += 1
        return CalendarPart("REQUEST", ENTRY)

    @classmethod
    def sample(cls) -> Self:
        return cls("Brimora")


@pytest.fixture(autouse=True)
def _words(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    words = {
        "emails/test_invited/subject.txt": "Invitation",
        "emails/test_invited/body.txt": "Come",
        "emails/test_invited/body.html": "<html><head></head><body><p>Come</p></body></html>",
    }
    loader = ChoiceLoader([DictLoader(words), app.jinja_env.loader])  # type: ignore[list-item] # there is one
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    app.extensions.pop("gangway_mail_templates", None)


def an_invitation() -> MailRow:
    with write():
        return service.post(Invited("Brimora"), Recipient("anna@reader.example", "Anna", "en"), conversation="x:1")


def test_it_arrives_as_an_alternative_and_as_a_file(sending: MailServer) -> None:
    Invited.asked = 0
    row = an_invitation()
    send_all()
    mail = sending.received[0]
    assert mail.get_content_type() == "multipart/mixed"
    words, file = mail.iter_parts()
    kinds = [part.get_content_type() for part in words.iter_parts()]  # type: ignore[attr-defined]  # a message
    assert kinds == ["text/plain", "text/html", "text/calendar"]
    part = list(words.iter_parts())[2]  # type: ignore[attr-defined]  # a message
    assert (part.get_param("method"), part.get_param("charset")) == ("REQUEST", "utf-8")
    assert part.get_payload(decode=True) == ENTRY
    assert (file.get_content_type(), file.get_filename()) == ("application/ics", "invite.ics")
    assert file.get_payload(decode=True) == ENTRY
    db.session.refresh(row)
    assert row.calendar == ENTRY.decode()
    assert Invited.asked == 1, "written once, with the words"


def test_the_desk_shows_it(app: Flask, context: None, client: FlaskClient) -> None:
    row = an_invitation()
    sign_in(client, a_staff_member("sales"))
    page = client.get(f"/desk/mail/{row.ref}").get_data(as_text=True)
    assert "Calendar invitation" in page
    assert "METHOD:REQUEST" in page
