"""The worker is killed while it tells another system of an event, and two workers tell of many."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.clock import now
from app.core.db import db, write
from app.outbox.webhooks import gathering, service
from app.outbox.webhooks.models import Delivery, DeliveryState, Webhook
from app.outbox.webhooks.service import Details
from tests import receiver as elsewhere
from tests.faults.processes import Process, environment
from tests.mailserver import wait_until
from tests.receiver import Handler, Receiver, takes
from tests.sentences import a_staff_member

pytestmark = pytest.mark.fault


@pytest.fixture
def receiver(context: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setattr("app.core.reaching.is_public", elsewhere.is_public)
    with Receiver(tmp_path) as running:
        yield running


@contextmanager
def a_worker(app: Flask, folder: Path, receiver: Receiver, name: str) -> Iterator[Process]:
    """`flask worker`, which may reach the receiver."""
    folder = folder / name
    folder.mkdir(exist_ok=True)
    env = environment(app, folder, SSL_CERT_FILE=str(receiver.certificate))
    process = Process(elsewhere.run_flask("worker"), env, folder / "worker.log")
    try:
        yield process
    finally:
        process.kill()


def events_for(receiver: Receiver, count: int) -> list[str]:
    """Events that wait, by their number."""
    admin = a_staff_member("administrator")
    webhook = service.add(Details(receiver.url, "", ("lead.*",)), admin, lookup=elsewhere.lookup)
    with write():
        found = db.session.get_one(Webhook, webhook.id)
        tests = [gathering.add_test(found, now()) for _number in range(count)]
    return [test.ref for test in tests]


def all_arrived() -> None:
    def done() -> bool:
        db.session.rollback()
        return set(db.session.scalars(sa.select(Delivery.state))) == {DeliveryState.DELIVERED}

    wait_until(done, 60, lambda: str(list(db.session.execute(sa.select(Delivery.state, Delivery.attempts)))))


def test_a_killed_worker_loses_no_event_and_repeats_one_at_most(app: Flask, receiver: Receiver, tmp_path: Path) -> None:
    ids = events_for(receiver, 4)
    reached, go_on = threading.Event(), threading.Event()

    def hold(handler: Handler) -> None:
        reached.set()
        go_on.wait(10)
        takes(handler)

    receiver.answer = hold
    with a_worker(app, tmp_path, receiver, "one") as worker:
        assert reached.wait(30), worker.log.read_text()[-2000:]
        worker.kill()  # the other system has it; we have not noted it
    receiver.answer = takes
    go_on.set()
    with write():
        db.session.execute(
            sa.update(Delivery)
            .where(Delivery.state == DeliveryState.SENDING)
            .values(lease_until=now() - timedelta(seconds=1))
        )
    with a_worker(app, tmp_path, receiver, "two") as worker:
        all_arrived()
        assert worker.end() == 0
    assert sorted(set(receiver.ids)) == sorted(ids)
    assert len(receiver.ids) == len(ids) + 1


def test_two_workers_tell_of_each_event_once(app: Flask, receiver: Receiver, tmp_path: Path) -> None:
    ids = events_for(receiver, 30)
    with a_worker(app, tmp_path, receiver, "one") as one, a_worker(app, tmp_path, receiver, "two") as two:
        all_arrived()
        assert (one.lives, two.lives) == (True, True)
    assert sorted(receiver.ids) == sorted(ids)
