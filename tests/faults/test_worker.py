"""The mail worker is killed, stopped past its lease, and started twice, while it sends to a real mail server."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from app import supervisor
from app.core import heartbeat
from app.core.clock import now
from app.core.db import db, write
from app.outbox import service
from app.outbox.mail import Recipient
from app.outbox.models import MailRow, MailState
from app.outbox.worker import PATIENCE
from app.people.emails import SignInByPassword
from tests.faults.processes import a_worker
from tests.mailserver import MailServer, wait_until

pytestmark = pytest.mark.fault


def queue(count: int, conversation: str = "") -> list[str]:
    """Mails that wait, by their Message-ID."""
    with write():
        rows = [
            service.post(
                SignInByPassword("Dana Kellerman"),
                Recipient(f"reader{number}@people.example", "Dana Kellerman", "en"),
                conversation=conversation or f"test:{number}",
            )
            for number in range(count)
        ]
    return [row.message_id for row in rows]


def states() -> Counter[str]:
    db.session.rollback()
    return Counter(db.session.scalars(sa.select(MailRow.state)))


def let_leases_run_out() -> None:
    """As if minutes had passed since a worker took its mail."""
    with write():
        db.session.execute(
            sa.update(MailRow)
            .where(MailRow.state == MailState.SENDING)
            .values(lease_until=now() - timedelta(seconds=1))
            .execution_options(synchronize_session=False)
        )


def all_sent(count: int) -> None:
    wait_until(lambda: states()[MailState.SENT] == count, 90, lambda: str(states()))


def test_a_killed_worker_loses_nothing_and_repeats_one_mail_at_most(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    ids = queue(40)
    mail_server.before_accepting = lambda: time.sleep(0.01)
    kills = 2
    for number in range(1, kills + 1):
        with a_worker(app, tmp_path, mail_server.url) as worker:
            mail_server.wait_for(number * 12, 20)
            worker.kill()
        let_leases_run_out()
    with a_worker(app, tmp_path, mail_server.url) as worker:
        all_sent(len(ids))
        assert worker.end() == 0
    assert set(mail_server.ids) == set(ids)
    repeated = sum(count - 1 for count in mail_server.ids.values())
    assert repeated <= kills
    assert max(mail_server.ids.values()) <= 1 + kills


def test_a_kill_between_the_server_s_word_and_our_note_repeats_that_mail_once(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    ids = queue(3, conversation="one")
    reached, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        reached.set()
        go_on.wait(10)

    mail_server.before_accepting = hold
    with a_worker(app, tmp_path, mail_server.url) as worker:
        assert reached.wait(20)
        worker.kill()
    go_on.set()
    let_leases_run_out()
    with a_worker(app, tmp_path, mail_server.url):
        all_sent(3)
    assert mail_server.ids == {ids[0]: 2, ids[1]: 1, ids[2]: 1}


def test_two_workers_send_each_mail_once(app: Flask, context: None, mail_server: MailServer, tmp_path: Path) -> None:
    ids = queue(40)
    with a_worker(app, tmp_path, mail_server.url) as one, a_worker(app, tmp_path, mail_server.url) as two:
        all_sent(len(ids))
        later = queue(20, conversation="later")
        all_sent(len(ids) + len(later))
        assert one.lives
        assert two.lives
        db.session.rollback()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(heartbeat.Heartbeat)) == 2
        assert (one.end(), two.end()) == (0, 0)
    assert mail_server.ids == dict.fromkeys([*ids, *later], 1)
    db.session.rollback()
    assert heartbeat.last_seen() is None, "both left in good order"


def test_a_worker_stopped_past_its_lease_does_no_harm_when_it_wakes(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    ids = queue(5)
    reached, go_on = threading.Event(), threading.Event()

    def hold_the_first() -> None:
        if not reached.is_set():
            reached.set()
            go_on.wait(20)

    mail_server.before_accepting = hold_the_first
    with a_worker(app, tmp_path, mail_server.url) as stopped:
        assert reached.wait(20)
        with write():  # stopped inside its own turn on SQLite, a process would hold up all others for as long
            stopped.stop_here()
        go_on.set()
        let_leases_run_out()
        with a_worker(app, tmp_path, mail_server.url):
            all_sent(len(ids))
        stopped.signal(signal.SIGCONT)
        late = queue(1, conversation="late")
        all_sent(len(ids) + 1)
        assert stopped.end() == 0
    assert set(mail_server.ids) == {*ids, *late}
    assert sum(mail_server.ids.values()) <= len(ids) + 1 + 1
    assert states() == {MailState.SENT: len(ids) + 1}


def test_a_queued_mail_leaves_at_once(app: Flask, context: None, mail_server: MailServer, tmp_path: Path) -> None:
    """The web process wakes the worker: it does not wait for its next look."""
    from app.core import jobs

    with a_worker(app, tmp_path, mail_server.url):
        wait_until(lambda: _seen() is not None, 20, lambda: "the worker never came")
        wake = jobs._waker(str(tmp_path / "wake.sock"))
        began = time.monotonic()
        for number in range(5):
            queue(1, conversation=f"at once {number}")
            wake()
            mail_server.wait_for(number + 1)
        assert time.monotonic() - began < 4, "five looks a second apart would take five"


def _seen() -> object:
    db.session.rollback()
    return heartbeat.last_seen()


@pytest.mark.on("sqlite")
def test_a_stalling_server_does_not_keep_the_worker_from_ending(
    app: Flask, context: None, mail_server: MailServer, tmp_path: Path
) -> None:
    from tests.mailserver import StallingServer

    to_end_in = 4.0
    assert PATIENCE + to_end_in < supervisor.STOP_WITHIN, "before the supervisor's patience is over"
    queue(1)
    with StallingServer() as stalling, a_worker(app, tmp_path, stalling.url) as worker:
        wait_until(lambda: states()[MailState.SENDING] == 1, 60, lambda: str(states()))
        code, asleep = worker.end_and_count_sleep(60)
        assert code == 0
        assert asleep < PATIENCE + to_end_in
    assert states() == {MailState.QUEUED: 1}
