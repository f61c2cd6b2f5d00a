"""Whatever the verbs change is in the history with the same commit (X3): watched while the demo plays them all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import Base, db
from app.demo.loader import load
from app.history.models import HistoryEntry
from app.plans import standing
from app.web.records import KINDS

pytestmark = pytest.mark.usefixtures("context")

WRITTEN = re.compile(r'\s*(?:INSERT INTO|UPDATE|DELETE FROM)\s+"?(\w+)"?', re.IGNORECASE)

OF_ITSELF = {
    "erasure": "the list of what was erased",
    "history_head": "the seal on the history",
    "import_line": "what an import read; its records have their own entries",
    "import_run": "how far an import is",
    "intake_saving": "says itself who saved what, and when",
    "intake_section": "each saving is a row of its own; handing in and returning have entries of the intake",
    "lead_note": "says itself who wrote it and when",
    "outbox_mail": "says itself what was sent, with each attempt",
    "person": "the demo puts its staff in without a verb",
    "privacy_notice": "says itself who was told and when",
    "publication_link": "says itself how the link answered, and when",
    "report_lead_count": "sums of leads, which have entries",
    "report_lead_days": "sums of leads, which have entries",
    "report_mark": "up to when leads are summed up",
    "retention_run": "says itself what went and when",
    "staff_role": "the demo puts its staff in without a verb",
    "submission": "is kept as it was sent",
}
"""Tables that may be written without an entry, and why."""


DERIVED = {
    "plan": frozenset({*standing.DERIVED, "version", "updated_at"}),
    "plan_task": frozenset(standing.KEPT),
}
"""What a plan's clock alone may move: reckoned from what has entries, by night too."""


WITH_THEIR_PLAN = {"plan_contact", "plan_task"}
"""Those that a plan starts with are told by the plan's own entry."""


def _is_reckoned(statement: str) -> bool:
    """Whether only what is derived was written."""
    found = re.match(r'UPDATE "?(plan|plan_task)"? SET (.*) WHERE', statement, re.DOTALL)
    return found is not None and {part.split("=")[0].strip(' "') for part in found[2].split(", ")} <= DERIVED[found[1]]


@contextmanager
def commits() -> Iterator[list[set[str]]]:
    """The tables that each commit wrote."""
    made: list[set[str]] = []
    writing: set[str] = set()

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        if (found := WRITTEN.match(statement)) and not _is_reckoned(statement):
            writing.add(found[1])

    def keep(connection: Any) -> None:
        made.append(set(writing))
        writing.clear()

    def drop(connection: Any) -> None:
        writing.clear()

    heard = {"before_cursor_execute": note, "commit": keep, "rollback": drop}
    for name, listener in heard.items():
        sa.event.listen(db.engine, name, listener)
    try:
        yield made
    finally:
        for name, listener in heard.items():
            sa.event.remove(db.engine, name, listener)


def test_no_commit_changes_a_record_without_an_entry(app: Flask) -> None:
    records = {table.name for table in Base.metadata.sorted_tables}
    assert set(OF_ITSELF) <= records
    with commits() as made:
        load()
    silent = []
    for tables in made:
        wrote = {name for name in tables & records if name not in OF_ITSELF}
        if "lead_note" in tables:
            wrote.discard("lead")  # who waits for whose answer
        if wrote and "history_entry" not in tables:
            silent.append(sorted(tables))
    assert silent == []
    assert sum("history_entry" in tables for tables in made) > 100, "the demo played its verbs"


@pytest.mark.usefixtures("demo")
def test_every_record_of_a_kind_with_a_history_has_one() -> None:
    tables = {table.name: table for table in Base.metadata.sorted_tables}
    without = {}
    for kind in KINDS:
        if kind in OF_ITSELF or kind in WITH_THEIR_PLAN:
            continue
        table = tables[kind]
        told = sa.exists().where(HistoryEntry.record_type == kind, HistoryEntry.record_id == table.c.id)
        if count := db.session.scalar(sa.select(sa.func.count()).select_from(table).where(~told)):
            without[kind] = count
    assert without == {}


@pytest.mark.usefixtures("demo")
def test_the_page_of_the_history_names_every_kind_of_record() -> None:
    assert set(db.session.scalars(sa.select(HistoryEntry.record_type).distinct())) <= set(KINDS)
