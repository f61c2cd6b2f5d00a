"""Finds a Chromium for the browser tests, or brings one: the system's, Debian's package, else Playwright's own."""

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for the whole test process. Under CI=true a machine without one fails, elsewhere it skips."""
    with sync_playwright() as playwright:
        try:
            launched = launch(playwright)
        except NoChromium as reason:
            if os.environ.get("CI") == "true":
                pytest.fail(str(reason), pytrace=False)
            pytest.skip(str(reason))
        yield launched
        launched.close()


class NoChromium(Exception):
    """There is none, and none could be brought; the message says what was tried."""


def launch(playwright: Playwright) -> Browser:
    """Raises NoChromium."""
    executable = find_or_bring(playwright)
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)  # root may not use the sandbox
    try:
        return playwright.chromium.launch(executable_path=executable, args=flags)
    except PlaywrightError as error:
        raise NoChromium(f"{executable} does not start: {error.message.splitlines()[0]}") from error


def find_or_bring(playwright: Playwright) -> str:
    """The path of a Chromium. Test processes take turns, so that only the first one installs.

    Raises:
        NoChromium: none of the ways led to one.
    """
    if found := _found(playwright):
        return found
    tried = []
    with _turn():
        for way in (_from_debian, _from_playwright):
            if found := _found(playwright):  # another test process may have brought it meanwhile
                return found
            tried.append(way())
        if found := _found(playwright):
            return found
    raise NoChromium("No Chromium for the browser tests: set GANGWAY_CHROMIUM to one. " + " ".join(filter(None, tried)))


def _found(playwright: Playwright) -> str | None:
    if named := os.environ.get("GANGWAY_CHROMIUM"):
        if not shutil.which(named):
            raise NoChromium(f"GANGWAY_CHROMIUM is {named}, which cannot be run.")
        return named
    places = [path for name in NAMES if (path := shutil.which(name))]
    if os.path.exists(playwright.chromium.executable_path):
        places.append(playwright.chromium.executable_path)
    return places[0] if places else None


def _from_debian() -> str:
    """Tries Debian's package; says why when that did not work."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return "Not root on Debian, so apt-get was not tried."
    _run("apt-get", "update", "-qq")
    return _run("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium")


def _from_playwright() -> str:
    return _run(sys.executable, "-m", "playwright", "install", "chromium")


def _run(*command: str) -> str:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=480, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{' '.join(command)}: {error}."
    last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
    return f"{' '.join(command)} failed: {' '.join(last)}." if done.returncode else ""


@contextmanager
def _turn() -> Iterator[None]:
    place = Path(tempfile.gettempdir()) / f"gangway-chromium-{os.geteuid()}.lock"
    with place.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
