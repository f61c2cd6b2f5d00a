"""A running demo installation and a Chromium to look at it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.checks import PATIENCE
from tests.browser.chromium import browser
from tests.browser.site import Site, opened
from tests.browser.walkers import begin_drafts

__all__ = ["Site", "browser"]

expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest walk first: begun last, it would keep one process busy while the others have nothing left to do."""
    items.sort(key=lambda item: "test_every_page_once[administrator]" not in item.name)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, run_folder: Path) -> Iterator[Site]:
    with opened(tmp_path_factory.mktemp("site"), run_folder=run_folder) as site:
        yield site


@pytest.fixture(scope="session")
def full_site(site: Site) -> Site:
    """The same, with what the demo has none of."""
    begin_drafts(site)
    return site
