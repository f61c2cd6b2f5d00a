"""While sending is paused nothing leaves; after it, what the person who let it go on wanted."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.core.errors import Conflict
from app.history.service import entries_of
from app.outbox import pause, pausing
from app.outbox.models import MailRow, MailState
from app.outbox.pause import OutboxPause, PauseReason
from app.web import mail_inbox
from tests.mailserver import MailServer
from tests.outbox.conftest import a_mail, send_all
from tests.sentences import a_staff_member, post, sign_in


def a_restored_backup() -> OutboxPause:
    """As `flask backup restore` leaves it, made a minute ago."""
    with write():
        standing = OutboxPause(
            reason=PauseReason.RESTORED, begun_at=now(), backup_at=now() - timedelta(minutes=1), ended_at=None
        )
        db.session.add(standing)
    return standing


def an_old_mail(to: str = "old@reader.example") -> MailRow:
    row = a_mail(to=to, conversation=f"to:{to}")
    with write():
        db.session.execute(sa.update(MailRow).where(MailRow.id == row.id).values(created_at=now() - timedelta(hours=1)))
    return row


def test_nothing_leaves_while_sending_is_paused(sending: MailServer) -> None:
    a_mail()
    standing = pausing.pause(None)
    assert pausing.pause(None).id == standing.id, "twice is once"
    assert send_all() == 0
    assert pausing.release(standing.id, None) == 0
    assert send_all() == 1
    assert len(sending.received) == 1
    assert [entry.verb for entry in entries_of(standing)] == ["outbox.released", "outbox.paused"]


def test_two_who_let_it_go_on_are_told_apart(context: None) -> None:
    standing = pausing.pause(None)
    pausing.release(standing.id, None)
    with pytest.raises(Conflict):
        pausing.release(standing.id, None)


def test_what_waited_when_the_backup_was_made_can_be_set_aside(sending: MailServer) -> None:
    old = an_old_mail()
    a_mail(to="new@reader.example", conversation="to:new")
    standing = a_restored_backup()
    assert pausing.old_waiting(standing) == 1
    assert pausing.release(standing.id, None, set_aside_old=True) == 1
    send_all()
    assert [mail["To"] for mail in sending.received] == ["Anna Kowalik <new@reader.example>"]
    assert db.session.get_one(MailRow, old.id, populate_existing=True).state == MailState.SET_ASIDE


@pytest.mark.on("sqlite")
def test_an_administrator_is_told_and_lets_it_go_on_at_the_desk(app: Flask, client: FlaskClient, context: None) -> None:
    an_old_mail()
    standing = a_restored_backup()
    administrator, sales = a_staff_member("administrator"), a_staff_member("sales")
    with app.test_request_context():
        (item,) = mail_inbox.items(administrator, 10)
        assert (item.key, item.url) == (f"pause:{standing.id}", "/desk/mail")
        assert mail_inbox.items(sales, 10) == []
    sign_in(client, sales)
    page = client.get("/desk/mail").get_data(as_text=True)
    assert "Sending is paused." in page
    assert f"/desk/mail/pauses/{standing.id}/end" not in page
    assert post(client, f"/desk/mail/pauses/{standing.id}/end", {}, page="/desk/mail").status_code == 403
    sign_in(client, administrator)
    page = client.get("/desk/mail").get_data(as_text=True)
    assert "1 mail waited when the backup was made" in page
    answer = post(client, f"/desk/mail/pauses/{standing.id}/end", {"old": "set-aside"}, page="/desk/mail")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"]).get_data(as_text=True)
    assert "1 mail was set aside." in page
    assert "Sending is paused." not in page
    assert mail_inbox.items(administrator, 10) == []
    answer = post(client, f"/desk/mail/pauses/{standing.id}/end", {}, page="/desk/mail")
    assert answer.status_code == 409


@pytest.mark.on("sqlite")
def test_the_command_line_pauses_and_lets_go(app: Flask, context: None) -> None:
    runner = app.test_cli_runner()
    assert "Nothing was paused." in runner.invoke(args=["outbox", "release"]).output
    assert "Nothing leaves since" in runner.invoke(args=["outbox", "pause"]).output
    assert pause.standing() is not None
    assert "Mails leave again." in runner.invoke(args=["outbox", "release", "--set-aside-old"]).output
    db.session.rollback()
    assert pause.standing() is None


@pytest.mark.on("sqlite")
def test_the_numbers_say_that_sending_is_paused(client: FlaskClient, context: None) -> None:
    pausing.pause(None)
    assert "gangway_outbox_paused 1.0" in client.get("/metrics").get_data(as_text=True)
