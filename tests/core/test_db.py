"""`write()`: one turn at a time, all or nothing, and refusing what would be lost."""

from __future__ import annotations

import threading
from contextlib import suppress
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from flask import Flask, g

from app.catalogue.models import Service
from app.core.db import after_commit, db, lock, lock_named, new_ref, write
from app.core.errors import NotFound, StaleForm
from tests.sentences import a_service


def test_what_is_written_is_there_for_everybody(context: None) -> None:
    service = a_service("pay")
    db.session.remove()
    assert db.session.get(Service, service.id) is not None


def test_an_error_inside_takes_everything_back(context: None) -> None:
    with suppress(ZeroDivisionError), write():
        db.session.add(Service(code="half", names={}, hints={}))
        db.session.flush()
        1 / 0  # noqa: B018 - the error is the point
    assert db.session.scalar(sa.select(sa.func.count()).select_from(Service)) == 0


def test_a_write_inside_a_write_is_a_mistake(context: None) -> None:
    with pytest.raises(RuntimeError, match="one verb"), write(), write():
        pass


def test_a_change_outside_is_a_mistake(context: None) -> None:
    db.session.add(Service(code="stray", names={}, hints={}))
    with pytest.raises(RuntimeError, match="outside"), write():
        pass


def test_a_stale_form_writes_nothing(app: Flask) -> None:
    with app.test_request_context("/", method="POST"):
        g.stale_form = True
        with pytest.raises(StaleForm), write():
            pass


def test_callbacks_run_after_the_commit_and_only_then(context: None) -> None:
    told: list[str] = []
    with write():
        after_commit(lambda: told.append("kept"))
        assert told == []
    with suppress(ZeroDivisionError), write():
        after_commit(lambda: told.append("lost"))
        1 / 0  # noqa: B018
    assert told == ["kept"]


def test_a_locked_row_is_read_anew(app: Flask, context: None) -> None:
    service = a_service("pay")

    def another() -> None:
        with app.app_context(), write():
            lock(Service, service.id).position = 77

    thread = threading.Thread(target=another)
    thread.start()
    thread.join()
    with write():
        assert lock(Service, service.id).position == 77


def test_a_row_that_is_gone_is_not_found(context: None) -> None:
    with pytest.raises(NotFound), write():
        lock(Service, 4711)


def test_fifty_writers_that_read_first_all_get_their_turn(app: Flask, context: None) -> None:
    service = a_service("pay")
    failures: list[BaseException] = []

    def add_one() -> None:
        try:
            with app.app_context():
                db.session.get(Service, service.id)  # a read before, as a page does
                with write():
                    row = lock(Service, service.id)
                    row.position += 1
        except BaseException as error:
            failures.append(error)

    before = service.position
    threads = [threading.Thread(target=add_one) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    db.session.expire_all()
    assert db.session.get_one(Service, service.id).position == before + 50


def test_a_named_lock_holds_others_off(app: Flask, context: None) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        with app.app_context():
            inside.wait(5)
            with write():
                lock_named("company:PL:1")
                order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with write():
        lock_named("company:PL:1")
        inside.set()
        thread.join(0.3)
        order.append("first")
    thread.join(5)
    assert order == ["first", "second"]


def test_a_moment_comes_back_in_utc(context: None) -> None:
    from app.people.models import Organisation

    moment = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with write():
        db.session.add(Organisation(kind="reseller", name="Polana", created_at=moment))
    db.session.remove()
    assert db.session.scalars(sa.select(Organisation)).one().created_at == moment


def test_a_moment_without_a_zone_is_refused(context: None) -> None:
    from app.people.models import Organisation

    with pytest.raises(sa.exc.StatementError, match="time zone"), write():
        db.session.add(Organisation(kind="reseller", name="Polana", created_at=datetime(2026, 1, 1)))  # noqa: DTZ001


def test_references_are_short_and_never_the_same() -> None:
    refs = {new_ref("L") for _ in range(1000)}
    assert len(refs) == 1000
    assert all(len(ref) == 10 and not set(ref[2:]) & set("ILOU") for ref in refs)
