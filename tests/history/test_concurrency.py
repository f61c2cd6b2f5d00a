"""The history makes nobody wait: writers on different records, and the sealing beside them."""

from __future__ import annotations

import threading

import pytest
import sqlalchemy as sa
from flask import Flask

from app.catalogue.models import Service
from app.core.db import db, lock, write
from app.history.chain import seal_entries, verify
from app.history.models import HistoryEntry
from app.history.service import record
from tests.sentences import a_service


def on_postgres() -> bool:
    return db.engine.dialect.name == "postgresql"


def test_two_writers_on_different_records_never_wait_for_each_other(app: Flask, context: None) -> None:
    """The first stays inside its transaction until the second has committed."""
    if not on_postgres():
        pytest.skip("SQLite has one writer at a time by itself")
    first, second = a_service(), a_service()
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context(), write():
            record(lock(Service, first.id), "service.changed", None, {"code": ("a", "b")})
            db.session.flush()
            inside.set()
            assert done.wait(10), "the second writer waited"

    holding = threading.Thread(target=hold)
    holding.start()
    assert inside.wait(5)
    with write():
        db.session.execute(sa.text("SET LOCAL lock_timeout = '2s'"))
        record(lock(Service, second.id), "service.changed", None, {"code": ("a", "b")})
    done.set()
    holding.join(10)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(HistoryEntry)) == 2
    seal_entries()
    assert verify().faults == []


def test_sealing_does_not_wait_for_a_writer(app: Flask, context: None) -> None:
    if not on_postgres():
        pytest.skip("SQLite has one writer at a time by itself")
    one = a_service()
    with write():
        record(one, "service.added", None)
    inside, done = threading.Event(), threading.Event()

    def hold() -> None:
        with app.app_context(), write():
            record(lock(Service, one.id), "service.changed", None)
            db.session.flush()
            inside.set()
            done.wait(10)

    holding = threading.Thread(target=hold)
    holding.start()
    assert inside.wait(5)
    assert seal_entries() == 1
    done.set()
    holding.join(10)
    assert seal_entries() == 1
    assert verify().faults == []


def test_sealing_by_several_workers_beside_writers_makes_one_whole_chain(app: Flask, context: None) -> None:
    ids = [a_service().id for _ in range(4)]
    stop = threading.Event()
    errors: list[BaseException] = []

    def run(step: object) -> None:
        try:
            with app.app_context():
                step()  # type: ignore[operator] # a plain function
        except BaseException as error:
            errors.append(error)

    def write_some(id: int) -> None:
        for number in range(15):
            with write():
                record(lock(Service, id), "service.changed", None, {"position": (number, number + 1)})

    def seal() -> None:
        while not stop.is_set():
            seal_entries()

    sealers = [threading.Thread(target=run, args=(seal,)) for _ in range(2)]
    writers = [threading.Thread(target=run, args=(lambda id=id: write_some(id),)) for id in ids]
    for thread in (*sealers, *writers):
        thread.start()
    for thread in writers:
        thread.join(60)
    stop.set()
    for thread in sealers:
        thread.join(60)
    assert errors == []
    db.session.rollback()
    seal_entries()
    verdict = verify()
    assert verdict.faults == []
    assert verdict.sealed == 60
