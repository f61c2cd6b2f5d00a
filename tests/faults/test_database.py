"""A database that is locked or full: the person is told, what was typed stays, nothing half is written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.core import db as database
from app.core.db import db, write
from app.outbox import sender, service
from app.outbox.mail import Recipient
from app.outbox.mailer import Line
from app.outbox.models import MailRow, MailState
from app.people.emails import SignInByPassword
from tests.mailserver import MailServer
from tests.outbox.conftest import sending_to
from tests.sentences import a_reseller, a_staff_member, csrf_of, link_of, post, sign_in

pytestmark = pytest.mark.fault


@pytest.fixture(autouse=True)
def _impatient(app: Flask, context: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    if db.engine.dialect.name != "sqlite":
        pytest.skip("a matter of SQLite's single file")
    monkeypatch.setattr(database, "WAIT_FOR_WRITER", 0.3)
    with short_patience():
        yield


@contextmanager
def short_patience() -> Iterator[None]:
    """Open connections keep their 15 seconds, so they are told one by one."""

    def told(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA busy_timeout=300")

    db.engine.dispose()
    sa.event.listen(db.engine, "connect", told)
    yield
    sa.event.remove(db.engine, "connect", told)
    db.engine.dispose()


@contextmanager
def locked_by_another() -> Iterator[None]:
    """Another program, which knows nothing of our turn, holds the writer's place."""
    db.session.rollback()
    other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        other.execute("ROLLBACK")
        other.close()


@contextmanager
def full() -> Iterator[None]:
    """The disk takes not one page more, on any connection."""

    def told(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA max_page_count=1")  # never less than there are

    db.session.rollback()
    db.session.remove()
    db.engine.dispose()
    other = sqlite3.connect(db.engine.url.database or "", isolation_level=None)
    other.execute("VACUUM")  # pages that earlier tests left free would be taken first
    other.close()
    sa.event.listen(db.engine, "connect", told)
    try:
        yield
    finally:
        sa.event.remove(db.engine, "connect", told)
        db.session.remove()
        db.engine.dispose()


def a_failed_mail() -> MailRow:
    with write():
        row = service.post(SignInByPassword("Dana"), Recipient("dana@people.example", "Dana", "en"), conversation="c")
        row.state = MailState.FAILED
    return row


def state_of(row: MailRow) -> str:
    db.session.rollback()
    return db.session.get_one(MailRow, row.id, populate_existing=True).state


def typed(slug: str) -> dict[str, str]:
    return {
        "typed_by": "client",
        "country": "PL",
        "company_name": "Kwiaciarnia Pod Lipą",
        "company_number": "8567346215",
        "street": "Lipowa 4",
        "postcode": "00-950",
        "city": "Warszawa",
        "contact_name": "Łucja Bąk",
        "email": "lucja@kwiaciarnia.example",
        "phone": "+48 22 555 01 23",
        "note": "Please call in the morning.",
        "submission_key": "0123456789abcdef0123456789abcdef",
    }


def test_a_locked_database_is_told_and_nothing_is_written(client: FlaskClient) -> None:
    row = a_failed_mail()
    sign_in(client, a_staff_member("sales"))
    token = csrf_of(client, f"/desk/mail/{row.ref}")
    with locked_by_another():
        answer = client.post(f"/desk/mail/{row.ref}/setting-aside", data={"csrf_token": token})
    assert answer.status_code == 503
    assert answer.headers["Retry-After"]
    assert state_of(row) == MailState.FAILED
    assert post(client, f"/desk/mail/{row.ref}/setting-aside", page=f"/desk/mail/{row.ref}").status_code == 303


@pytest.mark.parametrize("trouble", [locked_by_another, full])
def test_a_registration_that_cannot_be_saved_keeps_its_text(client: FlaskClient, trouble: object) -> None:
    slug = link_of(a_reseller()).slug
    token = csrf_of(client, f"/r/{slug}")
    data = {"csrf_token": token, **typed(slug), "note": "Please call in the morning. " * 300}
    with trouble():  # type: ignore[operator] # one of the two above
        answer = client.post(f"/r/{slug}", data=data)
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503, page
    for words in ("Kwiaciarnia Pod Lipą", "Łucja Bąk", "Please call in the morning."):
        assert words in page
    db.session.rollback()
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MailRow)) == 0
    again = client.post(f"/r/{slug}", data=data)
    assert again.status_code == 303, again.get_data(as_text=True)


def test_the_sender_survives_a_locked_database(app: Flask, mail_server: MailServer) -> None:
    """It raises, the worker's loop waits and comes back; the mail goes out once."""
    with write():
        row = service.post(SignInByPassword("Dana"), Recipient("dana@people.example", "Dana", "en"), conversation="c")
    with sending_to(app, mail_server.url):
        with locked_by_another(), pytest.raises(sa.exc.OperationalError):
            sender.send_due(Line(), "worker")
        assert sender.send_due(Line(), "worker") == 1
    assert state_of(row) == MailState.SENT
    assert mail_server.ids == {row.message_id: 1}


def test_pages_are_read_while_another_writes(client: FlaskClient) -> None:
    row = a_failed_mail()
    sign_in(client, a_staff_member("sales"))
    with locked_by_another():
        assert client.get(f"/desk/mail/{row.ref}").status_code == 200
        assert client.get("/readyz").status_code == 503, "no worker, but an answer"
