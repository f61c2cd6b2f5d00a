"""A PostgreSQL that crashes, goes away, is full, or whose rows somebody else holds: whoever asks is told in time, what
was acknowledged is there afterwards, and every process goes on by itself."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from app.core.db import Base, db
from app.leads.models import Lead, Submission
from app.outbox.models import MailRow
from tests import databases
from tests.conftest import settings_for
from tests.faults.processes import a_web_server, a_worker
from tests.faults.test_database import typed
from tests.faults.test_worker import let_leases_run_out
from tests.faults.visitors import Visitor, check
from tests.mailserver import MailServer, wait_until
from tests.sentences import a_nip, a_reseller, csrf_of, link_of

pytestmark = [pytest.mark.fault, pytest.mark.on("postgres")]


# --- the server crashes, stays away for a while, and comes back -------------------------------------------------------


def status_of(url: str) -> tuple[int, str | None]:
    try:
        with urllib.request.urlopen(url, timeout=20) as answer:
            return answer.status, None
    except urllib.error.HTTPError as answered:
        return answered.code, answered.headers["Retry-After"]


def test_a_crash_of_postgresql_loses_nothing_and_everybody_goes_on(mail_server: MailServer, tmp_path: Path) -> None:
    with databases.a_server_of_its_own() as server:
        app = create_app(settings_for(server.get_uri(), tmp_path / "own"))
        with app.app_context():
            Base.metadata.create_all(db.engine)
            slugs = [link_of(a_reseller(f"Polana {number}")).slug for number in range(2)]
            db.session.commit()
            with a_worker(app, tmp_path, mail_server.url) as worker, a_web_server(app, tmp_path, 1) as web:
                visitors = [
                    Visitor(web.url, slug, number, [a_nip() for _ in range(5)]) for number, slug in enumerate(slugs, 1)
                ]
                threads = [threading.Thread(target=visitor.run, args=(threading.Event(),)) for visitor in visitors]
                for thread in threads:
                    thread.start()
                wait_until(lambda: sum(len(each.acknowledged) for each in visitors) >= 2, 30, worker.log.read_text)
                processes = {child.pid for child in web.children()}
                databases.stop_at_once(server)
                try:
                    assert status_of(f"{web.url}/healthz") == (200, None)
                    assert status_of(f"{web.url}/readyz")[0] == 503
                    assert status_of(f"{web.url}/r/{slugs[0]}") == (503, "10")
                    assert status_of(f"{web.url}/sign-in") in {(200, None), (503, "10")}
                finally:
                    databases.start_again(server)
                for thread in threads:
                    thread.join(60)
                acknowledged = {receipt: nip for each in visitors for receipt, nip in each.acknowledged.items()}
                assert len(acknowledged) == 10, [visitor.refused for visitor in visitors]
                assert set().union(*(visitor.refused for visitor in visitors)) <= {503}, web.log.read_text()[-5000:]
                assert {child.pid for child in web.children()} == processes, "no process had to be started anew"
                assert worker.lives
                let_leases_run_out()  # of the mail that was under way
                wait_until(lambda: _unsent() == 0, 40, lambda: worker.log.read_text()[-3000:])
                assert worker.end() == 0
            check(acknowledged)
            assert set(mail_server.ids) == set(db.session.scalars(sa.select(MailRow.message_id)))
            db.session.remove()
            db.engine.dispose()


def _unsent() -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(MailRow).where(MailRow.state != "sent")) or 0


# --- a lock that somebody keeps, a disk that is full ------------------------------------------------------------------


@contextmanager
def held_by_another(app: Flask) -> Iterator[None]:
    """Another program holds a table and does not let go. Patience is shortened for the test."""

    def told(connection: object, record: object) -> None:
        connection.execute("SET lock_timeout = '300ms'")  # type: ignore[attr-defined] # psycopg's own connection
        connection.commit()  # type: ignore[attr-defined]

    db.session.rollback()
    db.session.remove()
    db.engine.dispose()
    other = sa.create_engine(app.config["GANGWAY"].database_url)
    sa.event.listen(db.engine, "connect", told)
    try:
        with other.begin() as connection:
            connection.exec_driver_sql("LOCK TABLE submission IN EXCLUSIVE MODE")
            yield
    finally:
        sa.event.remove(db.engine, "connect", told)
        db.session.remove()
        db.engine.dispose()
        other.dispose()


@contextmanager
def full(app: Flask) -> Iterator[None]:
    """The server says what it says when its disk is full."""
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$"
        )
        connection.exec_driver_sql("CREATE TRIGGER no_room BEFORE INSERT ON submission EXECUTE FUNCTION no_room()")
    try:
        yield
    finally:
        db.session.rollback()
        with db.engine.begin() as connection:
            connection.exec_driver_sql("DROP TRIGGER no_room ON submission")
            connection.exec_driver_sql("DROP FUNCTION no_room")


@pytest.mark.parametrize("trouble", [held_by_another, full])
def test_a_registration_that_cannot_be_saved_keeps_its_text(
    app: Flask, client: FlaskClient, context: None, trouble: object
) -> None:
    slug = link_of(a_reseller()).slug
    data = {"csrf_token": csrf_of(client, f"/r/{slug}"), **typed(slug)}
    with trouble(app):  # type: ignore[operator] # one of the two above
        began = time.monotonic()
        answer = client.post(f"/r/{slug}", data=data)
        assert time.monotonic() - began < 10
    page = answer.get_data(as_text=True)
    assert answer.status_code == 503, page
    for words in ("Kwiaciarnia Pod Lipą", "Łucja Bąk", "Please call in the morning."):
        assert words in page
    assert [db.session.scalar(sa.select(sa.func.count()).select_from(each)) for each in (Lead, MailRow)] == [0, 0]
    assert client.post(f"/r/{slug}", data=data).status_code == 303
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Submission)) == 1


def test_nobody_waits_for_a_lock_without_end(app: Flask, context: None) -> None:
    """As on SQLite, where a writer waits fifteen seconds for its turn."""
    assert db.session.scalar(sa.text("SHOW lock_timeout")) == "15s"
