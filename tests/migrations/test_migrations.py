"""The migrations go up and down with rows in the tables, on the database that GANGWAY_TEST_DB names."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade

from app import create_app
from app.core.db import Base, db
from tests.conftest import settings_for
from tests.faults.processes import Process, environment
from tests.mailserver import wait_until


@pytest.fixture
def empty(app: Flask, tmp_path: Path) -> Iterator[Flask]:
    """An application on a database without a table. Depends on `app`, whose PostgreSQL it uses."""
    if os.environ.get("GANGWAY_TEST_DB") == "postgres":
        url = app.config["GANGWAY"].database_url
        server = re.sub(r"\+\w+", "", url)
        name = "gangway_migrations_" + os.environ.get("PYTEST_XDIST_WORKER", "main")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            connection.execute(f"CREATE DATABASE {name}")
        made = create_app(settings_for(sa.make_url(url).set(database=name).render_as_string(False), tmp_path))
    else:
        made = create_app(settings_for(f"sqlite:///{tmp_path / 'empty.sqlite'}", tmp_path))
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


def _all(query: str) -> list[tuple[object, ...]]:
    with db.engine.connect() as connection:
        return [tuple(row) for row in connection.execute(sa.text(query))]


def _differences() -> list[object]:
    """What `flask db check` would say, columns and constraints alike."""
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_name": _ours, "compare_type": True})
        return list(compare_metadata(context, Base.metadata))


def _ours(name: str | None, kind: str, parents: object) -> bool:
    return not name or (
        not (kind == "table" and "_search" in name) and not (kind == "index" and name.endswith("_trgm"))
    )


def _fill() -> None:
    """One notice and one change request as 0004 knew them, and what points at them. Columns that 0004 asks for and
    that do not matter here get whatever fits their type."""
    known = sa.MetaData()
    known.reflect(db.engine)
    for table, values in (
        ("person", {"id": 1, "email": "a@b.example"}),
        ("organisation", {"id": 1}),
        ("reseller", {"id": 1, "organisation_id": 1}),
        ("account", {"id": 1, "state": "active"}),
        ("lead", {"id": 1, "reseller_id": 1, "state": "converted", "account_id": 1}),
        ("privacy_notice", {"id": 7, "lead_id": 1, "email": "ida@k.example"}),
        ("privacy_request", {"id": 1, "notice_id": 7}),
        ("change_request", {"id": 5, "lead_id": 1, "account_id": 1, "reseller_id": 1, "asked_by_id": 1}),
        ("change_item", {"id": 1, "request_id": 5}),
    ):
        _insert(known.tables[table], values)


def _insert(table: sa.Table, values: dict[str, object]) -> None:
    asked = {
        column.name: _something(column)
        for column in table.c
        if not column.nullable and column.server_default is None and column.computed is None
    }
    with db.engine.begin() as connection:
        connection.execute(table.insert().values({**asked, **values}))


def _something(column: sa.Column[object]) -> object:
    from datetime import UTC, date, datetime

    kind = column.type
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 3, 9, 10, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 3, 9)
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, sa.JSON):
        return {}
    return "x"


def test_they_make_what_the_models_say(empty: Flask) -> None:
    upgrade()
    assert _differences() == []


def test_accounts_without_a_lead_up_and_down(empty: Flask) -> None:
    upgrade(revision="0004")
    _fill()

    upgrade(revision="0005")
    assert _all("SELECT id, lead_id, account_id, email, withheld_by_id FROM privacy_notice") == [
        (7, 1, None, "ida@k.example", None)
    ]
    assert _all("SELECT id, lead_id, account_id FROM change_request") == [(5, 1, 1)]
    assert _all("SELECT notice_id FROM privacy_request") == [(7,)]
    assert _all("SELECT request_id FROM change_item") == [(5,)]

    known = sa.MetaData()
    known.reflect(db.engine)
    notices, requests = known.tables["privacy_notice"], known.tables["change_request"]
    asks = {"reseller_id": 1, "asked_by_id": 1, "ref": "Q-2"}
    with pytest.raises(sa.exc.IntegrityError):
        _insert(notices, {"id": 8, "lead_id": None, "account_id": None})
    with pytest.raises(sa.exc.IntegrityError):
        _insert(notices, {"id": 8, "lead_id": 1, "account_id": 1})
    with pytest.raises(sa.exc.IntegrityError):
        _insert(requests, {"id": 6, "lead_id": None, "account_id": None, **asks})
    with pytest.raises(sa.exc.IntegrityError):
        _insert(notices, {"id": 8, "lead_id": None, "account_id": 99})
    _insert(notices, {"id": 8, "lead_id": None, "account_id": 1, "withheld_by_id": 1})
    with pytest.raises(sa.exc.IntegrityError):
        _insert(notices, {"id": 9, "lead_id": None, "account_id": 1})
    _insert(requests, {"id": 6, "lead_id": None, "account_id": 1, **asks})
    _insert(known.tables["change_item"], {"id": 2, "request_id": 6})
    _insert(known.tables["privacy_request"], {"id": 2, "ref": "D-2", "notice_id": 8})

    downgrade(revision="0004")
    assert _all("SELECT id, lead_id FROM privacy_notice") == [(7, 1)]
    assert _all("SELECT id, lead_id, account_id FROM change_request") == [(5, 1, 1)]
    assert _all("SELECT id, notice_id FROM privacy_request ORDER BY id") == [(1, 7), (2, None)]
    assert _all("SELECT id FROM change_item") == [(1,)]
    assert "account_id" not in {column["name"] for column in sa.inspect(db.engine).get_columns("privacy_notice")}

    upgrade()
    assert _differences() == []


LOUD = """
import logging, sys
logging.basicConfig(level=logging.INFO)
sys.argv[1:] = ["--app", "wsgi", "db", "upgrade"]
from flask.cli import main
main()
"""
"""`flask db upgrade` that says what it is at."""


@pytest.mark.fault
def test_an_upgrade_that_was_killed_is_done_by_the_next_one(empty: Flask, tmp_path: Path) -> None:
    process = Process([sys.executable, "-c", LOUD], environment(empty, tmp_path / "other"), tmp_path / "upgrade.log")
    try:
        wait_until(lambda: "0005 -> 0006" in process.log.read_text(), 50, process.log.read_text)
    finally:
        process.kill()
    tables = set(sa.inspect(db.engine).get_table_names())
    assert "plan_task" not in tables, "nothing half: what was being made is not there"
    stands = _all("SELECT version_num FROM alembic_version") if "alembic_version" in tables else []
    assert stands in ([], [("0005",)])
    upgrade()
    assert _differences() == []


def test_they_go_all_the_way_down(empty: Flask) -> None:
    upgrade()
    downgrade(revision="base")
    assert set(sa.inspect(db.engine).get_table_names()) <= {"alembic_version"}
