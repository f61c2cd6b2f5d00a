"""Finds a Chromium for the browser tests, or brings one: the system's, Debian's package, else Playwright's own."""

import os
import shutil
import sys
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.browser.bringing import NotBrought, do_without, from_debian, run, turn

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
        except NotBrought as reason:
            do_without(reason)
        yield launched
        launched.close()


def launch(playwright: Playwright) -> Browser:
    """Raises NotBrought."""
    executable = find_or_bring(playwright)
    flags = [*FLAGS, "--no-sandbox"] if os.geteuid() == 0 else list(FLAGS)  # root may not use the sandbox
    try:
        return playwright.chromium.launch(executable_path=executable, args=flags)
    except PlaywrightError as error:
        raise NotBrought(f"{executable} does not start: {error.message.splitlines()[0]}") from error


def find_or_bring(playwright: Playwright) -> str:
    """The path of a Chromium.

    Raises:
        NotBrought: none of the ways led to one.
    """
    if found := _found(playwright):
        return found
    tried = []
    with turn("chromium"):
        for way in (_from_debian, _from_playwright):
            if found := _found(playwright):  # another test process may have brought it meanwhile
                return found
            tried.append(way())
        if found := _found(playwright):
            return found
    raise NotBrought("No Chromium for the browser tests: set GANGWAY_CHROMIUM to one. " + " ".join(filter(None, tried)))


def _found(playwright: Playwright) -> str | None:
    if named := os.environ.get("GANGWAY_CHROMIUM"):
        if not shutil.which(named):
            raise NotBrought(f"GANGWAY_CHROMIUM is {named}, which cannot be run.")
        return named
    places = [path for name in NAMES if (path := shutil.which(name))]
    if os.path.exists(playwright.chromium.executable_path):
        places.append(playwright.chromium.executable_path)
    return places[0] if places else None


def _from_debian() -> str:
    return from_debian("chromium")


def _from_playwright() -> str:
    return run(sys.executable, "-m", "playwright", "install", "chromium")
