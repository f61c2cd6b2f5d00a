"""Two mails of the tests' own, and an application that sends to a mail server of the test."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import pytest
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from app.core.db import write
from app.outbox import mailer, sender, service
from app.outbox.mail import Mail, Recipient
from app.outbox.mailer import Line
from app.outbox.models import MailRow
from tests.mailserver import MailServer


@dataclass(frozen=True)
class Hello(Mail):
    """A plain mail."""

    template = "test_hello"
    company: str

    @classmethod
    def sample(cls) -> Self:
        return cls(company="Kwiaciarnia Pod Lipą")


@dataclass(frozen=True)
class Entry(Mail):
    """A mail with a personal link."""

    template = "test_entry"
    carries_link = True
    company: str

    def renew(self, row: MailRow) -> str | None:
        return "/go/renewed-token" if self.company != "closed" else None

    @classmethod
    def sample(cls) -> Self:
        return cls(company="Kwiaciarnia Pod Lipą")


TEMPLATES = {
    "emails/test_hello/subject.txt": "{{ _('Welcome') }}: {{ company }}\n",
    "emails/test_hello/body.txt": "{{ to.name }}\n\n{{ company }} <b>\n",
    "emails/test_hello/body.html": "<html><head><style>p { color: red }</style></head><body><p>{{ company }}</p>"
    "<a class=\"go\" href=\"{{ url('web.home', q='a&b') }}\">x</a></body></html>",
    "emails/test_entry/subject.txt": "Entry for {{ company }}",
    "emails/test_entry/body.txt": "Open {{ secret_link }}\n",
    "emails/test_entry/body.html": '<html><head></head><body><a class="go" href="{{ secret_link }}">Open</a>'
    " {{ secret_link }}</body></html>",
}


@pytest.fixture(autouse=True)
def _templates(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    loader = ChoiceLoader([DictLoader(TEMPLATES), app.jinja_env.loader])  # type: ignore[list-item] # there is one
    monkeypatch.setattr(app.jinja_env, "loader", loader)
    app.extensions.pop("gangway_mail_templates", None)


@pytest.fixture
def sending(app: Flask, context: None, mail_server: MailServer) -> Iterator[MailServer]:
    """The application sends to `mail_server`."""
    with sending_to(app, mail_server.url):
        yield mail_server


class sending_to:  # noqa: N801 - reads as a verb: with sending_to(app, url)
    """The application sends to this address for a while."""

    def __init__(self, app: Flask, url: str | None) -> None:
        self.app, self.url = app, url

    def __enter__(self) -> None:
        self.before = self.app.config["GANGWAY"]
        self.app.config["GANGWAY"] = replace(self.before, mail_url=self.url)
        mailer.init_app(self.app)

    def __exit__(self, *error: object) -> None:
        self.app.config["GANGWAY"] = self.before
        mailer.init_app(self.app)


def a_mail(
    company: str = "Kwiaciarnia Pod Lipą",
    *,
    to: str = "anna@reader.example",
    name: str = "Anna Kowalik",
    locale: str = "en",
    conversation: str = "lead:L-1",
    link: str | None = None,
) -> MailRow:
    """A queued mail; with `link` one that carries a personal link."""
    mail: Mail = Entry(company) if link else Hello(company)
    with write():
        return service.post(mail, Recipient(to, name, locale), conversation=conversation, secret_link=link)


def send_all() -> int:
    return sender.send_due(Line(), sender.owner_name())
