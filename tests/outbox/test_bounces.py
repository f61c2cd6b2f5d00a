"""A returned mail finds the mail it is about."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import db
from app.outbox import bounces
from app.outbox.models import MailRow, MailState
from tests.mailserver import MailServer
from tests.outbox.conftest import a_mail, send_all

NOTICE = """From: MAILER-DAEMON@mx.example
To: noreply@gangway.example
Subject: Undelivered Mail Returned to Sender
Message-ID: <bounce-1@mx.example>
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver your mail.

--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Final-Recipient: rfc822; anna@reader.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 <anna@reader.example>:
    Recipient address rejected

--b
Content-Type: {kind}

From: noreply@gangway.example
Subject: Welcome
Message-ID: {message_id}

Body
--b--
"""


def notice(message_id: str, *, action: str = "failed", kind: str = "message/rfc822") -> bytes:
    return NOTICE.format(message_id=message_id, action=action, kind=kind).replace("\n", "\r\n").encode()


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_the_notice_names_the_mail_and_the_reason(kind: str) -> None:
    found = bounces.read(notice("<one@localhost>", kind=kind))
    assert found is not None
    assert found.message_id == "<one@localhost>"
    assert found.permanent
    assert found.reason == "smtp; 550 5.1.1 <anna@reader.example>: Recipient address rejected"


def test_a_delay_is_no_return() -> None:
    found = bounces.read(notice("<one@localhost>", action="delayed"))
    assert found is not None
    assert not found.permanent


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe\x00",
        b"Subject: Out of office\r\n\r\nBack on Monday.",
        notice("no id"),
        notice("<one@localhost>").replace(b"Action: failed", b"X: y"),
        b"Content-Type: message/delivery-status\r\n\r\nAction: failed\r\n",
    ],
)
def test_anything_else_is_left_alone(raw: bytes) -> None:
    assert bounces.read(raw) is None


def test_the_command_marks_the_mail(app: Flask, sending: MailServer) -> None:
    row = a_mail()
    send_all()
    runner = app.test_cli_runner()
    answer = runner.invoke(args=["outbox", "bounce"], input=notice(row.message_id))
    assert answer.output == f"{row.ref} is marked as returned.\n"
    db.session.rollback()
    found = db.session.get_one(MailRow, row.id, populate_existing=True)
    assert found.state == MailState.BOUNCED
    assert "Recipient address rejected" in (found.last_error or "")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (notice("<foreign@elsewhere.example>"), "No mail of ours"),
        (notice("<one@localhost>", action="delayed"), "only delayed"),
        (b"Subject: hello\r\n\r\n", "Not a delivery status"),
    ],
)
def test_the_command_says_what_it_left_alone(app: Flask, context: None, raw: bytes, said: str) -> None:
    answer = app.test_cli_runner().invoke(args=["outbox", "bounce"], input=raw)
    assert answer.exit_code == 0
    assert said in answer.output
