"""Each job runs once for each of its slots, whoever runs it and however often."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core import background, schedule
from app.core.clock import now
from app.core.db import db, write
from app.core.schedule import JobRun, daily, every, run_due

NOON = datetime(2026, 3, 9, 12, 0, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _only_our_jobs() -> Iterator[None]:
    before = dict(schedule.JOBS)
    schedule.JOBS.clear()
    yield
    schedule.JOBS.clear()
    schedule.JOBS.update(before)


@pytest.fixture
def ran(context: None) -> list[tuple[str, datetime]]:
    """What ran, with the time it believed to be."""
    calls: list[tuple[str, datetime]] = []

    @every("minutely", minutes=10)
    def minutely(moment: datetime) -> None:
        calls.append(("minutely", now()))

    @daily("morning", hour=6)
    def morning(moment: datetime) -> None:
        calls.append(("morning", now()))

    return calls


def names(ran: list[tuple[str, datetime]]) -> list[str]:
    return [name for name, _ in ran]


def test_a_slot_runs_once(ran: list[tuple[str, datetime]]) -> None:
    assert run_due(NOON) == ["minutely", "morning"]
    assert run_due(NOON + timedelta(minutes=5)) == []
    assert run_due(NOON + timedelta(minutes=10)) == ["minutely"]
    assert run_due(NOON + timedelta(days=1)) == ["minutely", "morning"]


def test_a_daily_job_waits_for_its_hour_at_the_vendor_s_place(ran: list[tuple[str, datetime]]) -> None:
    """Six in Amsterdam is five in UTC in winter and four in summer."""
    assert "morning" not in run_due(datetime(2026, 3, 9, 4, 59, tzinfo=UTC))
    assert "morning" in run_due(datetime(2026, 3, 9, 5, 0, tzinfo=UTC))
    assert "morning" not in run_due(datetime(2026, 6, 9, 3, 59, tzinfo=UTC))
    assert "morning" in run_due(datetime(2026, 6, 9, 4, 0, tzinfo=UTC))


def test_both_days_of_the_clock_change_have_one_run(ran: list[tuple[str, datetime]]) -> None:
    for day in (28, 29, 30):
        for hour in range(24):
            run_due(datetime(2026, 3, day, hour, tzinfo=UTC))
    assert names(ran).count("morning") == 3


def test_a_clock_set_back_runs_nothing_twice(ran: list[tuple[str, datetime]]) -> None:
    run_due(NOON)
    assert run_due(NOON - timedelta(minutes=1)) == ["minutely"], "a slot of its own"
    assert run_due(NOON) == []


def test_the_job_believes_in_the_moment_it_runs_for(ran: list[tuple[str, datetime]]) -> None:
    later = now() + timedelta(days=25)
    run_due(later)
    assert all(abs(at - later) < timedelta(seconds=5) for _, at in ran)
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_two_workers_at_the_same_moment_run_a_slot_once(app: Flask, ran: list[tuple[str, datetime]]) -> None:
    start = threading.Barrier(4)
    errors: list[BaseException] = []

    def work() -> None:
        try:
            with app.app_context():
                start.wait(5)
                run_due(NOON)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    assert sorted(names(ran)) == ["minutely", "morning"]


def test_a_failing_job_is_noted_tried_again_and_given_up(context: None) -> None:
    tried: list[datetime] = []

    @daily("broken", hour=0)
    def broken(moment: datetime) -> None:
        tried.append(moment)
        raise ValueError("no")

    @daily("sound", hour=0)
    def sound(moment: datetime) -> None:
        pass

    with time_machine.travel(NOON, tick=False) as clock:
        assert run_due(now()) == ["broken", "sound"]
        assert run_due(now()) == [], "not at once"
        for _ in range(5):
            clock.shift(timedelta(minutes=16))
            run_due(now())
    assert len(tried) == schedule.TRIES
    run = db.session.scalars(sa.select(JobRun).where(JobRun.name == "broken")).one()
    assert (run.error, run.finished_at) == ("ValueError: no", None)


def test_a_run_that_was_killed_is_taken_over(context: None) -> None:
    runs: list[int] = []

    @daily("long", hour=0)
    def long(moment: datetime) -> None:
        runs.append(1)
        if len(runs) == 1:
            raise SystemExit  # as a kill would end it: nothing is noted

    with time_machine.travel(NOON, tick=False) as clock:
        with pytest.raises(SystemExit):
            run_due(now())
        clock.shift(timedelta(minutes=16))
        assert run_due(now()) == ["long"]
        clock.shift(timedelta(minutes=16))
        assert run_due(now()) == []


def test_the_command_runs_as_of_a_moment(app: Flask, ran: list[tuple[str, datetime]]) -> None:
    runner = app.test_cli_runner()
    first = runner.invoke(args=["schedule", "run", "--now", "2026-03-09T12:00"])
    assert first.output == "minutely\nmorning\n"
    again = runner.invoke(args=["schedule", "run", "--now", "2026-03-09T13:00+01:00"])
    assert again.output == "Nothing was due.\n"
    wrong = runner.invoke(args=["schedule", "run", "--now", "tomorrow"])
    assert wrong.exit_code == 2
    assert "2026-03-09T06:00" in wrong.output


def test_two_jobs_of_one_name_are_a_mistake() -> None:
    @every("same", minutes=1)
    def one(moment: datetime) -> None: ...

    with pytest.raises(RuntimeError, match="same"):

        @every("same", minutes=1)
        def two(moment: datetime) -> None: ...


def test_old_runs_are_forgotten_by_the_real_clock(ran: list[tuple[str, datetime]]) -> None:
    """A replay of next year's jobs must not make today's run again."""
    run_due(now())
    schedule.forget_old_runs(now() + timedelta(days=400))
    assert run_due(now()) == []


# --- long work, between two looks at the mail -------------------------------------------------------------------------


def test_a_failing_step_spoils_no_other_and_what_is_switched_off_does_not_run(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    monkeypatch.setattr(background, "STEPS", [])

    @background.step
    def broken(worker: str) -> bool:
        done.append("broken")
        raise ValueError("no")

    @background.step
    def off(worker: str) -> bool:
        done.append("off")
        return True

    @background.step
    def sound(worker: str) -> bool:
        done.append(f"sound, by {worker}")
        return len(done) < 4

    background.step(sound)  # declared twice is once
    off.__module__ = "app.switched_off"
    monkeypatch.setitem(app.extensions, "gangway_runs", lambda module: module != "app.switched_off")
    assert background.work("worker-1"), "there is more"
    assert not background.work("worker-1")
    assert done == ["broken", "sound, by worker-1"] * 2


def test_a_step_whose_database_is_away_stops_the_round(context: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(worker: str) -> bool:
        raise sa.exc.OperationalError("SELECT 1", {}, Exception("away"))

    monkeypatch.setattr(background, "STEPS", [away])
    with pytest.raises(sa.exc.OperationalError):
        background.work("worker-1")


def test_the_worker_is_called_once_the_work_is_committed(
    app: Flask, context: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    monkeypatch.setitem(app.extensions, "gangway_wake", lambda: calls.append("called"))
    with write():
        background.wake()
        assert calls == []
    assert calls == ["called"]
    with suppress(ValueError), write():
        background.wake()
        raise ValueError("no")
    assert calls == ["called"], "nothing was committed"
