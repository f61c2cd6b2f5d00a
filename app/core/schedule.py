"""The schedule: each feature declares its jobs, and each job runs once for each of its slots, whoever runs it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog
from flask import current_app
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import as_if, now, really_now
from app.core.db import Base, db, lock_named, write

Work = Callable[[datetime], None]
"""A job's work. It gets the moment it runs for, opens its own `write()`s, and may be repeated after a kill."""

TAKEN_OVER_AFTER = timedelta(minutes=15)
"""A run that has not ended by then was interrupted, or failed, and is tried again: at most `TRIES` times."""
TRIES = 3


@dataclass(frozen=True)
class Job:
    """Something to do regularly. `slot` names the turn a moment belongs to, None when it has not come yet."""

    name: str
    work: Work
    slot: Callable[[datetime], str | None]


JOBS: dict[str, Job] = {}


class JobRun(Base):
    """One run of a job for one slot; the key keeps a second worker, or a restart, from running it again."""

    __tablename__ = "job_run"

    name: Mapped[str] = mapped_column(sa.String(60), primary_key=True)
    slot: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    tries: Mapped[int]
    error: Mapped[str] = mapped_column(sa.Text, default="")


def every(name: str, *, minutes: int) -> Callable[[Work], Work]:
    """Declares a job that runs once in each span of so many minutes. Spans that were missed are not made up for."""

    def slot(moment: datetime) -> str:
        seconds = int(moment.timestamp())
        return datetime.fromtimestamp(seconds - seconds % (minutes * 60), UTC).strftime("%Y-%m-%dT%H:%MZ")

    return _declare(name, slot)


def daily(name: str, *, hour: int) -> Callable[[Work], Work]:
    """Declares a job that runs once a calendar day of the vendor, at `hour` there or soon after."""

    def slot(moment: datetime) -> str | None:
        there = moment.astimezone(ZoneInfo(current_app.extensions["gangway_timezone"]()))
        return there.date().isoformat() if there.hour >= hour else None

    return _declare(name, slot)


def _declare(name: str, slot: Callable[[datetime], str | None]) -> Callable[[Work], Work]:
    def declare(work: Work) -> Work:
        if name in JOBS and JOBS[name].work.__qualname__ != work.__qualname__:
            raise RuntimeError(f"two jobs are called {name}")
        JOBS[name] = Job(name, work, slot)
        return work

    return declare


def run_due(moment: datetime) -> list[str]:
    """Runs every job whose turn has come at `moment` and was not taken yet; tells which."""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # the proxy ends with its context
    done = []
    for name in sorted(JOBS):
        with app.app_context():  # of its own: nothing that one job read or left half-done reaches the next
            if _run(JOBS[name], moment):
                done.append(name)
    return done


def _run(job: Job, moment: datetime) -> bool:
    log = structlog.get_logger("schedule")
    slot = job.slot(moment)
    runs: Callable[[str], bool] | None = current_app.extensions.get("gangway_runs")
    if runs is not None and not runs(job.work.__module__):
        return False  # its process is switched off
    if slot is None or not _take(job.name, slot):
        return False
    error = ""
    try:
        with as_if(moment):
            job.work(moment)
    except Exception as problem:
        db.session.rollback()
        error = f"{type(problem).__name__}: {problem}"[:1000]
        log.exception("job failed", job=job.name, slot=slot)
    with write():
        run = db.session.get_one(JobRun, (job.name, slot), populate_existing=True)
        run.error = error
        if not error:
            run.finished_at = now()
    log.info("job", job=job.name, slot=slot, ok=not error)
    return True


def _take(name: str, slot: str) -> bool:
    if not _is_free(db.session.get(JobRun, (name, slot))):
        return False  # looked at without the writer's turn, since this is asked every minute
    with write():
        lock_named(f"job:{name}")
        run = db.session.get(JobRun, (name, slot), populate_existing=True)
        if not _is_free(run):
            return False
        if run is None:
            run = JobRun(name=name, slot=slot, finished_at=None, tries=0)
            db.session.add(run)
        run.started_at = now()
        run.tries += 1
    return True


def _is_free(run: JobRun | None) -> bool:
    if run is None:
        return True
    return run.finished_at is None and run.tries < TRIES and abs(now() - run.started_at) > TAKEN_OVER_AFTER


@daily("schedule.forget", hour=4)
def forget_old_runs(moment: datetime) -> None:
    """Keeps a month of runs."""
    with write():
        db.session.execute(sa.delete(JobRun).where(JobRun.started_at < really_now() - timedelta(days=30)))
