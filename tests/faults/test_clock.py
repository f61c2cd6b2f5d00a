"""The machine's clock is set back by a day, as after a start with a wrong one: nobody is kept out, nothing waits until
the old time comes again, and nothing is done twice. What the schedule and the outbox do of it stands beside them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pyotp
import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core import background, schedule
from app.core.clock import now
from app.core.db import db, write
from app.core.limits import SharedFile
from app.imports import work
from app.imports.models import ImportRun
from app.settings.models import vendor
from tests.imports.sentences import a_company, csv_of, sent, somebody_who_imports
from tests.people.people_sentences import SECRET, enter, with_app, with_password
from tests.sentences import a_person, a_staff_member, post

pytestmark = [pytest.mark.usefixtures("context"), pytest.mark.on("sqlite")]
WRONG = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
RIGHT = WRONG - timedelta(days=1)


def test_work_that_a_killed_worker_had_taken_is_taken_over() -> None:
    with time_machine.travel(WRONG, tick=False):
        run = sent("accounts", csv_of([a_company()]), somebody_who_imports())
        taken = work._taken("killed")
        assert taken is not None
        assert taken.id == run.id
        assert background.is_held(taken.lease_until)
        assert work._taken("another") is None
    with time_machine.travel(RIGHT, tick=False):
        assert not background.is_held(db.session.get_one(ImportRun, run.id).lease_until)
        again = work._taken("another")
        assert again is not None
        assert (again.id, again.lease_owner) == (run.id, "another")


def test_a_lock_after_wrong_passwords_does_not_last_a_day(client: FlaskClient) -> None:
    person = with_password(a_person())
    with time_machine.travel(WRONG, tick=False):
        assert [enter(client, person.email, "wrong wrong wrong").status_code for _ in range(6)][-1] == 429
    with time_machine.travel(RIGHT, tick=False):
        assert enter(client, person.email).status_code == 303


def test_codes_of_the_authenticator_app_work_on_and_still_only_once(client: FlaskClient, app: Flask) -> None:
    person = with_app(with_password(a_staff_member("sales")))

    def comes_in(at: datetime) -> list[int]:
        statuses = []
        for browser in (app.test_client(), app.test_client()):
            with time_machine.travel(at, tick=False):
                enter(browser, person.email)
                code = pyotp.TOTP(SECRET).at(at)
                statuses.append(post(browser, "/sign-in/code", {"code": code}).status_code)
        return statuses

    assert comes_in(WRONG) == [303, 422]
    assert comes_in(RIGHT) == [303, 422]


def test_a_count_for_a_rate_limit_does_not_last_a_day(tmp_path: Path) -> None:
    counts = SharedFile(path=str(tmp_path / "counts"))
    with time_machine.travel(WRONG, tick=False):
        assert [counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
    with time_machine.travel(RIGHT, tick=False):
        assert counts.get("a") == 0
        assert counts.incr("a", 60) == 1


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
def test_on_both_days_of_the_clock_change_each_daily_job_runs_once(day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every job there is, asked every quarter of an hour from the evening before to the morning after."""
    ran: list[tuple[str, str | None]] = []

    def count(job: schedule.Job, moment: datetime) -> bool:
        slot = job.slot(moment)
        if slot is not None and (job.name, slot) not in ran:
            ran.append((job.name, slot))
        return True

    monkeypatch.setattr(schedule, "_run", count)
    zone = ZoneInfo(vendor().timezone)
    moment = datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=zone).astimezone(UTC)
    end = (datetime.fromisoformat(f"{day}T00:00").replace(tzinfo=zone) + timedelta(days=1)).astimezone(UTC)
    assert end - moment in (timedelta(hours=23), timedelta(hours=25))
    while moment < end:
        schedule.run_due(moment)
        moment += timedelta(minutes=15)
    daily = {name for name, slot in ran if slot == day}
    assert daily == {job.name for job in schedule.JOBS.values() if job.slot(end - timedelta(minutes=1)) == day}
    assert len(daily) > 10


def test_a_lease_is_nobodys_before_its_time_and_after_it() -> None:
    with write():
        assert not background.is_held(None)
        assert not background.is_held(now() - timedelta(seconds=1))
        assert background.is_held(now() + background.LEASE)
        assert not background.is_held(now() + timedelta(hours=1))
