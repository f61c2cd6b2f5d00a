"""Whatever the verbs change is in the history with the same commit (X3): watched while the demo plays them all."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from app.core.db import Base, db
from app.history.models import HistoryEntry
from app.plans import standing
from app.web.records import KINDS
from tests import played

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
    found = re.match(r'UPDATE "?(plan|plan_task)"? SET (.*)', statement, re.DOTALL)
    return found is not None and {part.split("=")[0].strip(' "') for part in found[2].split(", ")} <= DERIVED[found[1]]


@pytest.mark.usefixtures("demo")
def test_no_commit_changes_a_record_without_an_entry(run_folder: Path) -> None:
    records = {table.name for table in Base.metadata.sorted_tables}
    assert set(OF_ITSELF) <= records
    made = [_tables(statements) for statements in played.commits(run_folder)]
    silent = []
    for tables in made:
        wrote = {name for name in tables & records if name not in OF_ITSELF}
        if "lead_note" in tables:
            wrote.discard("lead")  # who waits for whose answer
        if wrote and "history_entry" not in tables:
            silent.append(sorted(tables))
    assert silent == []
    assert sum("history_entry" in tables for tables in made) > 100, "the demo played its verbs"


def _tables(statements: list[str]) -> set[str]:
    """What they wrote, but what is only reckoned."""
    return {found[1] for each in statements if (found := WRITTEN.match(each)) and not _is_reckoned(each)}


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
