"""Real processes of the product, on the test's own database."""

from __future__ import annotations

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
from flask import Flask

from tests.conftest import SECRET
from tests.faults.warm import Started
from tests.mailserver import free_port, wait_until


def environment(app: Flask, folder: Path, **values: str) -> dict[str, str]:
    """The settings of a real process that shares the test's database and secrets, but not its data folder."""
    settings = app.config["GANGWAY"]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GANGWAY_")}
    return {
        **kept,
        "GANGWAY_DATABASE_URL": settings.database_url.replace("postgresql+psycopg", "postgresql"),
        "GANGWAY_DATA_DIR": str(folder),
        "GANGWAY_SECRET_KEY": SECRET,
        "GANGWAY_ENCRYPTION_KEYS": ",".join(settings.encryption_keys),
        **values,
    }


class Process:
    """One running command; killed with everything it started when the test ends."""

    def __init__(self, command: list[str], env: dict[str, str], log: Path) -> None:
        self.log = log
        self.popen = Started(command, env, log)

    @property
    def lives(self) -> bool:
        return self.popen.poll() is None

    def signal(self, number: int) -> None:
        self.popen.send_signal(number)

    def stop_here(self) -> None:
        """STOP, and wait until each of its threads stands still: one that is inside the kernel goes on for a moment."""
        self.signal(signal.SIGSTOP)
        threads = Path(f"/proc/{self.popen.pid}/task")
        wait_until(
            lambda: all((thread / "stat").read_text().rpartition(") ")[2][0] == "T" for thread in threads.iterdir()),
            20,
            lambda: "it did not stop",
        )

    def kill(self) -> None:
        """As `kill -9`, its children too."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(10)

    def end(self, seconds: float = 10) -> int:
        """TERM, and the code it ended with."""
        self.signal(signal.SIGTERM)
        return self.popen.wait(seconds)

    def end_and_count_sleep(self, seconds: float) -> tuple[int, float]:
        """TERM, the code it ended with, and the seconds it waited for something until then. On a machine with too much
        to do the clock runs on while the process wants to work; its sleep stays what it would be on an idle one."""
        process, asleep, looked = psutil.Process(self.popen.pid), 0.0, time.monotonic()
        until = looked + seconds
        self.signal(signal.SIGTERM)
        while self.lives:
            assert time.monotonic() < until, f"still there after {seconds} s, {asleep:.0f} of them asleep"
            time.sleep(0.02)
            before, looked = looked, time.monotonic()
            with suppress(psutil.NoSuchProcess):
                if process.status() in {psutil.STATUS_SLEEPING, psutil.STATUS_IDLE}:
                    asleep += min(looked - before, 0.25)  # a look that comes late tells nothing of the time before
        return self.popen.wait(), asleep

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.popen.pid).children()


@contextmanager
def a_worker(app: Flask, folder: Path, mail_url: str, **values: str) -> Iterator[Process]:
    """`flask worker`, sending to `mail_url`."""
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = Process(command, environment(app, folder, GANGWAY_MAIL_URL=mail_url, **values), folder / "worker.log")
    try:
        yield process
    finally:
        process.kill()


class Web(Process):
    """gunicorn as in production, on a loopback port."""

    url: str


@contextmanager
def a_web_server(app: Flask, folder: Path, workers: int = 2) -> Iterator[Web]:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "gunicorn", "wsgi:app", "--bind", f"127.0.0.1:{port}", "--workers", str(workers)]
    command += ["--worker-class", "gthread", "--threads", "4", "--log-level", "warning", "--no-control-socket"]
    env = environment(app, folder, GANGWAY_PUBLIC_URL=url, GANGWAY_TRUSTED_PROXIES="1")
    process = Web(command, env, folder / "web.log")
    process.url = url
    try:
        wait_until(lambda: _answers(url), 60, lambda: process.log.read_text()[-2000:])
        yield process
    finally:
        process.kill()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
