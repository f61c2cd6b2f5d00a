"""The worker is killed in the middle of a large import, while it compares and while it applies."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db, write
from app.customers.models import Account
from app.history.models import HistoryEntry
from app.imports import service
from app.imports.models import ImportLine, ImportRun
from app.people.models import Person
from tests.faults.processes import a_worker
from tests.imports.sentences import a_company, csv_of, sent, somebody_who_imports
from tests.mailserver import MailServer, wait_until

pytestmark = pytest.mark.fault

LINES, WRONG = 700, 14


def a_long_file() -> bytes:
    every = LINES // WRONG
    return csv_of(
        [
            a_company(company_name=f"Company {number}", phone="12" if number % every == 7 else "022 123 45 67")
            for number in range(LINES)
        ]
    )


def now_there(run_id: int) -> ImportRun:
    db.session.rollback()
    return db.session.scalars(
        sa.select(ImportRun).where(ImportRun.id == run_id).execution_options(populate_existing=True)
    ).one()


def let_the_lease_run_out() -> None:
    with write():
        db.session.execute(sa.update(ImportRun).values(lease_until=None).execution_options(synchronize_session=False))


def count_of(what: sa.ColumnElement[bool], model: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(model).where(what)) or 0


def test_a_killed_worker_compares_and_applies_each_line_exactly_once(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    by = somebody_who_imports()
    by_id = by.id
    run_id = sent("accounts", a_long_file(), by).id
    storage = str(app.config["GANGWAY"].storage_url)
    progress: list[tuple[int, int]] = []

    def until(state: str, read: int, applied: int) -> None:
        """A worker works until it is that far, and is killed there and then."""

        def is_that_far() -> bool:
            run = now_there(run_id)
            progress.append((run.read, run.applied))
            return run.state == state or (run.read >= read and run.applied >= applied and run.state != "ready")

        with a_worker(app, tmp_path, mail_server.url, GANGWAY_STORAGE_URL=storage) as worker:
            wait_until(is_that_far, 40, lambda: worker.log.read_text()[-3000:])
            worker.kill()
        let_the_lease_run_out()

    until("ready", 1, 0)
    assert now_there(run_id).state == "reading", "killed in the middle of comparing"
    until("ready", LINES + 1, 0)
    run = now_there(run_id)
    assert (run.total, run.read, run.new, run.wrong) == (LINES, LINES, LINES - WRONG, WRONG)
    service.apply(run_id, db.session.get_one(Person, by_id))
    until("done", 0, LINES // 3)
    assert now_there(run_id).state == "applying", "killed in the middle of applying"
    until("done", 0, LINES + 1)
    run = now_there(run_id)
    assert (run.state, run.applied, run.new, run.wrong) == ("done", LINES - WRONG, LINES - WRONG, WRONG)
    assert progress == sorted(progress), "the counters never went back"
    assert count_of(ImportLine.run_id == run_id, ImportLine) == LINES
    assert count_of(ImportLine.applied, ImportLine) == LINES - WRONG
    assert count_of(sa.true(), Account) == LINES - WRONG
    assert db.session.scalar(sa.select(sa.func.count(sa.distinct(Account.company_name)))) == LINES - WRONG
    assert count_of(HistoryEntry.verb == "account.opened", HistoryEntry) == LINES - WRONG
