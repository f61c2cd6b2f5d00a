"""Background work: huey runs the schedule, a datagram wakes the worker when a mail was queued.

Why not a task in huey's own storage for every mail: docs/decisions/002-waking-the-worker.md.
"""

from __future__ import annotations

import hashlib
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from flask import Flask
from huey.api import Huey, PostgresHuey, RedisHuey, SqliteHuey, crontab
from huey.consumer import Consumer
from sqlalchemy.engine import make_url

from app.config import Settings
from app.core import schedule
from app.core.clock import now

LONGEST_SOCKET_PATH = 100


def init_app(app: Flask) -> None:
    app.extensions["gangway_wake"] = _waker(wake_path(app.config["GANGWAY"]))


def wake_path(settings: Settings) -> str:
    """Where the worker listens. The kernel allows about a hundred characters, so a deep folder gets a short name."""
    path = str(settings.data_dir / "wake.sock")
    if len(path.encode()) <= LONGEST_SOCKET_PATH:
        return path
    name = hashlib.sha256(path.encode()).hexdigest()[:16]
    return str(Path(tempfile.gettempdir()) / f"gangway-{name}.sock")


def _waker(path: str) -> Callable[[], None]:
    """A call that costs microseconds and never waits: a full socket means that the worker is awake anyway, and a
    worker elsewhere looks by itself every second."""
    speaker = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    speaker.setblocking(False)

    def wake() -> None:
        with suppress(OSError):
            speaker.sendto(b"", path)

    return wake


def listen(settings: Settings) -> socket.socket:
    """The worker's end. With two workers on one machine the later one is woken; the other one looks by itself."""
    path = wake_path(settings)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    listener.setblocking(False)
    Path(path).unlink(missing_ok=True)
    listener.bind(path)
    Path(path).chmod(0o600)
    return listener


class _QuietConsumer(Consumer):
    """Leaves the signals to the worker, which has mails to finish."""

    def _set_signal_handlers(self) -> None:
        pass


def scheduler(app: Flask) -> Consumer:
    """Threads that run whatever is due, once a minute. Start and stop it with its own methods."""
    huey = _storage(app.config["GANGWAY"])

    def tick() -> None:
        with app.app_context():
            schedule.run_due(now())

    huey.periodic_task(crontab(minute="*"), name="schedule", expires=50)(tick)
    return _QuietConsumer(
        huey, workers=1, periodic=True, scheduler_interval=1, initial_delay=0.1, max_delay=1.0, shutdown_timeout=5
    )


def _storage(settings: Settings) -> Huey:
    common: dict[str, Any] = {"name": "gangway", "results": False}
    if settings.redis_url:
        return RedisHuey(url=settings.redis_url, **common)
    if settings.sqlite:
        # A lost tick costs a minute, so its file is not synced: what must be kept stands in our own tables.
        return SqliteHuey(filename=str(settings.data_dir / "jobs.db"), fsync=False, **common)
    url = make_url(settings.database_url).set(drivername="postgresql")
    return PostgresHuey(dsn=url.render_as_string(hide_password=False), **common)
