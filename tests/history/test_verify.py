"""Whoever changes or removes one stored row of the history past the application is found out."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskCliRunner

from app.catalogue.models import Service
from app.core.db import Base, db, write
from app.history import chain, service
from app.history.chain import seal_entries, verify
from app.history.models import HistoryEntry, HistoryHead, HistoryValue
from app.history.service import Visitor, record
from tests.sentences import a_service

SAYS_NOTHING = {("history_value", "id")}
"""A value's own key only orders the fields of an entry on a page."""


def changed(subject: Base, times: int = 2) -> None:
    for number in range(times):
        with write():
            record(
                subject, "service.changed", Visitor("Anna"), {"code": (f"a{number}", f"b{number}"), "position": (1, 2)}
            )


@pytest.fixture
def history(context: None) -> None:
    """Two records with four entries each: two sealed, two not yet."""
    services = [a_service(), a_service()]
    for one in services:
        changed(one)
    assert seal_entries() == 4
    for one in services:
        changed(one)
    assert_whole(sealed=4, unsealed=4)


def assert_whole(sealed: int, unsealed: int) -> None:
    verdict = verify()
    assert verdict.faults == []
    assert (verdict.sealed, verdict.unsealed) == (sealed, unsealed)


def behind_our_back(statement: sa.Executable) -> None:
    """As somebody with the database's password would do it: no foreign key in the way."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            connection = connection.execution_options(gangway_write=True)
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.execute("PRAGMA foreign_keys=OFF")  # type: ignore[attr-defined] # sqlite3's own connection
            try:
                assert connection.execute(statement).rowcount in (1, -1)  # an insert does not count
                connection.commit()
            finally:
                raw.execute("PRAGMA foreign_keys=ON")  # type: ignore[attr-defined] # as above
        else:
            connection.execute(sa.text("SET session_replication_role = replica"))
            assert connection.execute(statement).rowcount in (1, -1)  # an insert does not count
            connection.execute(sa.text("SET session_replication_role = DEFAULT"))
            connection.commit()
    db.session.remove()


def other(column: sa.Column[Any], value: Any) -> Any:
    """A different value that the column can hold."""
    match column.type, value:
        case (_, None) if column.name == "seal_number":
            return 4711
        case (sa.JSON(), _):
            return {"code": "other"}
        case (sa.Integer(), int()):
            return value + 1000
        case (sa.Integer(), None):
            return 4711
        case (sa.String(), str()):
            return ("f" if value[0] != "f" else "e") + value[1:]
        case (sa.String(), None):
            return "f" * 64
        case _:
            return datetime(2001, 1, 1, tzinfo=UTC)


ROWS: dict[str, sa.Select[Any]] = {
    "a sealed entry": sa.select(HistoryEntry).where(HistoryEntry.seal_number == 2),
    "the last sealed entry": sa.select(HistoryEntry).where(HistoryEntry.seal_number == 4),
    "an unsealed entry": sa.select(HistoryEntry).where(HistoryEntry.seal.is_(None)).order_by(HistoryEntry.id).limit(1),
    "the last entry": sa.select(HistoryEntry).order_by(HistoryEntry.id.desc()).limit(1),
    "a value of a sealed entry": sa.select(HistoryValue).order_by(HistoryValue.id).limit(1),
    "a value of the last entry": sa.select(HistoryValue).order_by(HistoryValue.id.desc()).limit(1),
    "the head": sa.select(HistoryHead),
}
CHANGES = [
    pytest.param(name, column.name, id=f"{name}: {column.name}")
    for name, query in ROWS.items()
    for column in query.column_descriptions[0]["entity"].__table__.columns
    if (column.table.name, column.name) not in SAYS_NOTHING
]


@pytest.mark.parametrize(("name", "column"), CHANGES)
def test_a_changed_column_is_found(history: None, name: str, column: str) -> None:
    row = db.session.scalars(ROWS[name]).one()
    table = row.__table__
    value = getattr(row, column)
    behind_our_back(sa.update(table).where(table.c.id == row.id).values({column: other(table.c[column], value)}))
    assert verify().faults


@pytest.mark.parametrize("name", ROWS)
def test_a_removed_row_is_found(history: None, name: str) -> None:
    row = db.session.scalars(ROWS[name]).one()
    behind_our_back(sa.delete(row.__table__).where(row.__table__.c.id == row.id))
    assert verify().faults


def test_a_change_just_before_the_seal_is_found_after_it(history: None) -> None:
    entry = db.session.scalars(ROWS["an unsealed entry"]).one()
    behind_our_back(sa.update(HistoryEntry).where(HistoryEntry.id == entry.id).values(verb="service.other"))
    seal_entries()
    assert verify().faults


def test_an_entry_with_its_values_cannot_be_put_in_again_elsewhere(history: None) -> None:
    """Two neighbours that swap places in the chain show."""
    one, two = (db.session.scalars(sa.select(HistoryEntry).where(HistoryEntry.seal_number == n)).one() for n in (1, 2))
    ids = one.id, two.id
    behind_our_back(sa.update(HistoryEntry).where(HistoryEntry.id == ids[0]).values(seal_number=99))
    behind_our_back(sa.update(HistoryEntry).where(HistoryEntry.id == ids[1]).values(seal_number=1))
    behind_our_back(sa.update(HistoryEntry).where(HistoryEntry.id == ids[0]).values(seal_number=2))
    assert verify().faults


def test_a_copied_entry_is_found(history: None) -> None:
    entry = db.session.scalars(ROWS["a sealed entry"]).one()
    values = {column.name: getattr(entry, column.name) for column in HistoryEntry.__table__.columns}
    copy = {**values, "id": entry.id + 500, "number": 5, "seal": None, "seal_number": None}
    behind_our_back(sa.insert(HistoryEntry).values(copy))
    assert any("was removed" in fault for fault in verify().faults)


def test_an_erased_value_is_told_and_not_mistaken_for_a_removed_one(history: None) -> None:
    value = db.session.scalars(ROWS["a value of a sealed entry"]).one()
    with write():
        service.erase([db.session.get_one(HistoryValue, value.id)])
    verdict = verify()
    assert verdict.faults == []
    assert sum(verdict.erased.values()) == 1


def test_a_value_that_only_looks_erased_is_found(history: None) -> None:
    value = db.session.scalars(ROWS["a value of a sealed entry"]).one()
    forged = {"old": None, "new": None, "erased_at": datetime(2026, 1, 1, tzinfo=UTC), "salt": "0" * 32}
    behind_our_back(sa.update(HistoryValue).where(HistoryValue.id == value.id).values(forged))
    assert verify().faults


def test_values_of_every_json_kind_survive_the_database(context: None) -> None:
    one = a_service()
    kinds = {"text": ("", "Łódź \U0001f600"), "number": (0, -3), "list": ([], ["b", "a"]), "none": (None, None)}
    kinds |= {"deep": ({}, {"b": [1, {"a": None}], "a": True})}
    with write():
        record(one, "service.changed", None, kinds)
    seal_entries()
    assert_whole(sealed=1, unsealed=0)
    assert json.dumps(service.entries_of(one)[0].values[0].new)


def test_the_command_tells_and_ends_with_one_on_a_fault(history: None, app: Flask) -> None:
    runner: FlaskCliRunner = app.test_cli_runner()
    fine = runner.invoke(args=["history", "verify"])
    assert fine.exit_code == 0
    assert "4 entries sealed and checked, 4 not sealed yet" in fine.output
    behind_our_back(sa.delete(HistoryEntry).where(HistoryEntry.seal_number == 3))
    wrong = runner.invoke(args=["history", "verify"])
    assert wrong.exit_code == 1
    assert "entry 3 of the chain is missing" in wrong.output


def test_the_nightly_check_is_kept_for_the_desk(history: None) -> None:
    assert chain.check().faults == []
    behind_our_back(sa.delete(HistoryHead))
    chain.check()
    latest = chain.latest_check()
    assert latest is not None
    assert latest.faults == ["the head of the chain is missing"]


def test_a_record_without_an_id_is_a_mistake(context: None) -> None:
    with pytest.raises(RuntimeError, match="flush"), write():
        record(Service(code="x", names={}, hints={}), "service.added", None)
