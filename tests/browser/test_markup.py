"""The Nu HTML checker finds nothing in any page of anybody, and no link leads to a place that its page has not."""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from tests.browser import nu
from tests.browser.bringing import NotBrought, do_without
from tests.browser.conftest import Site
from tests.browser.walkers import MORE_WALKERS, WALKERS, name_of, pages_of
from tests.crawl import Visit, links_in


@pytest.mark.sweep
def test_every_page_is_valid(full_site: Site, tmp_path: Path) -> None:
    nowhere = []
    for walker in (*WALKERS, *MORE_WALKERS):
        visits = list(pages_of(full_site, walker, examples=3 if walker in WALKERS else 1))
        nowhere += _dead_ends(visits)
        for number, visit in enumerate(visits):
            (tmp_path / f"{name_of(walker, visit)}-{number}.html").write_text(visit.body)
    assert len(list(tmp_path.iterdir())) > 500
    try:
        mistakes = nu.mistakes_in(tmp_path)
    except NotBrought as reason:
        do_without(reason)
    assert not mistakes + nowhere, "\n".join(mistakes + nowhere)


def _dead_ends(visits: list[Visit]) -> list[str]:
    """Links to a place in a page that was visited, which has no such place."""
    places = {visit.path: set(re.findall(r'\sid="([^"]+)"', visit.body)) for visit in visits}
    found = []
    for visit in visits:
        for link in links_in(visit.body):
            page, _, place = urljoin(visit.path, link).partition("#")
            if place and urlsplit(page).path == page and place not in places.get(page, {place}):
                found.append(f"{visit.path}: {link} leads to no place on its page")
    return found
