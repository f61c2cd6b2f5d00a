"""Several machines in small: PostgreSQL, two web servers of two processes each, two workers, each with a data folder of
its own, while people register and every process is replaced once. Nothing is lost, done twice, or refused."""

from __future__ import annotations

import json
import signal
import threading
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app.core.db import db
from app.core.schedule import JobRun
from app.outbox.models import MailAttempt, MailRow, MailState
from tests.faults.processes import Process, Web, a_web_server, a_worker
from tests.faults.visitors import Visitor, check
from tests.mailserver import MailServer, wait_until
from tests.sentences import a_nip, a_reseller, link_of

pytestmark = pytest.mark.scale

VISITORS = 4
EACH = 6
MAILS_OF_A_LEAD = 3


def folder(root: Path, name: str) -> Path:
    (root / name).mkdir()
    return root / name


def children(web: Web) -> set[int]:
    return {child.pid for child in web.children()}


def replace_processes(web: Web) -> None:
    """As a deployment does: the new ones are there before the old ones have finished and left."""
    before = children(web)
    web.signal(signal.SIGHUP)
    wait_until(lambda: len(children(web) - before) == 2 and not children(web) & before, 40, lambda: "not replaced")


def jobs_in(log: Path) -> Counter[tuple[str, str]]:
    """Job and slot of each run that a worker told of."""
    told = [json.loads(line) for line in log.read_text().splitlines() if line.startswith("{")]
    return Counter((line["job"], line["slot"]) for line in told if line.get("event") == "job" and line["ok"])


@pytest.mark.on("postgres")
def test_two_of_everything_do_everything_once(
    app: Flask, context: None, tmp_path: Path, mail_server: MailServer
) -> None:
    slugs = [link_of(a_reseller(f"Polana {number}")).slug for number in range(VISITORS)]
    with ExitStack() as running:
        webs = [running.enter_context(a_web_server(app, folder(tmp_path, f"web{number}"))) for number in (1, 2)]
        workers: list[Process] = [
            running.enter_context(a_worker(app, folder(tmp_path, f"worker{number}"), mail_server.url))
            for number in (1, 2)
        ]
        visitors = [
            Visitor(webs[number % 2].url, slug, number + 1, [a_nip() for _ in range(EACH)])
            for number, slug in enumerate(slugs)
        ]
        stop = threading.Event()
        threads = [threading.Thread(target=visitor.run, args=(stop,)) for visitor in visitors]
        for thread in threads:
            thread.start()
        for web in webs:
            replace_processes(web)
        log = tmp_path / "worker1" / "worker.log"
        wait_until(lambda: "worker started" in log.read_text(), 60, log.read_text)
        assert workers[0].end(20) == 0
        workers[0] = running.enter_context(a_worker(app, tmp_path / "worker1", mail_server.url))
        wait_until(lambda: log.read_text().count("worker started") == 2, 60, log.read_text)
        for thread in threads:
            thread.join(30)
        stop.set()
        acknowledged = {receipt: nip for visitor in visitors for receipt, nip in visitor.acknowledged.items()}
        assert len(acknowledged) == VISITORS * EACH
        assert [visitor.refused for visitor in visitors] == [set()] * VISITORS
        mail_server.wait_for(len(acknowledged) * MAILS_OF_A_LEAD, 30)
        wait_until(_all_done, 30, lambda: "mails wait")
        wait_until(lambda: bool(_runs()), 70, lambda: "no job has run")
        for worker in workers:
            assert worker.end(20) == 0
    check(acknowledged)
    assert set(mail_server.ids.values()) == {1}, "no mail twice"
    assert _attempts() == {"sent": len(acknowledged) * MAILS_OF_A_LEAD}
    db.session.rollback()
    told = sum((jobs_in(tmp_path / f"worker{number}" / "worker.log") for number in (1, 2)), Counter())
    runs = _runs()
    assert told == dict.fromkeys(runs, 1), "every job once for each of its turns"
    assert set(runs.values()) == {1}


def _all_done() -> bool:
    db.session.rollback()
    return set(db.session.scalars(sa.select(MailRow.state).distinct())) == {MailState.SENT}


def _attempts() -> dict[str, int]:
    rows = db.session.execute(sa.select(MailAttempt.outcome, sa.func.count()).group_by(MailAttempt.outcome))
    return {str(outcome): int(count) for outcome, count in rows}


def _runs() -> dict[tuple[str, str], int]:
    """Job and slot -> how often it was begun."""
    db.session.rollback()
    finished = sa.select(JobRun).where(JobRun.finished_at.is_not(None))
    return {(run.name, run.slot): run.tries for run in db.session.scalars(finished)}
