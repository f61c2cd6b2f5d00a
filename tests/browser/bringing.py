"""Brings the programs that the tests look through, once for all test processes."""

import fcntl
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest


class NotBrought(Exception):
    """There is none, and none could be brought; the message says what was tried."""


def do_without(reason: NotBrought) -> NoReturn:
    """Under CI=true a machine without the program fails, elsewhere it skips."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


def from_debian(*packages: str) -> str:
    """Tries Debian's packages; says why when that did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "Not root on Debian, so apt-get was not tried."
    run("apt-get", "update", "-qq")
    return run("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages)


def run(*command: str) -> str:
    """Says why when it did not work."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=480, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}."
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
    return f"{' '.join(command)} failed: {' '.join(last)}." if done.returncode else ""


@contextmanager
def turn(program: str) -> Iterator[None]:
    """Test processes take turns, so that only the first one installs."""
    place = Path(tempfile.gettempdir()) / f"gangway-{program}-{os.geteuid()}.lock"
    with place.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
