"""Every page once in Chromium: nothing axe finds, nothing the console says, no sideways scrolling on a small phone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import cycle
from typing import Literal

import pytest
from playwright.sync_api import Browser, ViewportSize

from app.core.i18n import LOCALES
from app.web import errors
from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.browser.site import REFUSALS
from tests.browser.walkers import MORE_WALKERS, WALKERS, cookies_of, name_of, own_pages_of
from tests.crawl import Visit

PHONE = ViewportSize(width=320, height=720)
DESKTOP = ViewportSize(width=1280, height=900)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
MOST_REQUESTS = 6
PARTS = 4


@pytest.mark.parametrize("walker", WALKERS)
def test_every_page_once(site: Site, browser: Browser, walker: str) -> None:
    """Languages and themes take turns; `make sweep` looks at every combination, and at lists by each filter."""
    _look_at_each_page(site, browser, walker, _one_of_each(own_pages_of(site, walker)))


def _one_of_each(visits: Iterable[Visit]) -> Iterator[Visit]:
    """Where the walk starts, and of all other pages one for each endpoint."""
    seen: set[str] = set()
    for visit in visits:
        if not visit.came_from or visit.endpoint not in seen:
            yield visit
        seen.add(visit.endpoint)


def _look_at_each_page(site: Site, browser: Browser, walker: str, visits: Iterable[Visit]) -> None:
    turns = cycle([(locale, theme) for theme in THEMES for locale in LOCALES])
    faults = []
    with site.look(browser, viewport=PHONE) as context:
        context.add_cookies(cookies_of(site, walker))
        page = context.new_page()
        looker = Looker(page)
        for visit in visits:
            locale, theme = next(turns)
            looker.requests.clear()
            page.emulate_media(color_scheme=theme)
            page.goto(_in(visit.path, locale))
            found = looker.faults(name_of(walker, visit, locale, theme))
            if (asked := _requests(visit.path, looker)) > MOST_REQUESTS:
                found.append(f"{asked} requests")
            faults += [f"{visit.path} ({locale}, {theme}): {fault}" for fault in found]
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize(
    ("walker", "path", "status"),
    [
        ("visitor", "/nowhere", 404),
        ("visitor", "/r/NobodyHere-00000000", 404),
        ("reseller", "/desk", 403),
        ("suspended reseller", "/panel", 403),
        ("reseller", "/panel/leads/L-00000000", 404),
        ("administrator", "/desk/leads/L-00000000", 404),
    ],
)
def test_pages_that_refuse(site: Site, browser: Browser, walker: str, path: str, status: int) -> None:
    email = None if walker == "visitor" else site.person(walker)["email"]
    with site.look(browser, email, viewport=PHONE, color_scheme="dark") as context:
        page = context.new_page()
        looker = Looker(page)
        answer = page.goto(_in(path, "fi"))
        assert answer is not None
        assert answer.status == status
        assert not looker.faults(f"{walker}-{status}-fi-dark")


def _in(path: str, locale: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}lang={locale}"


@pytest.mark.sweep
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize(
    ("walker", "part"), [*((walker, 0) for walker in WALKERS[:-1]), *(("administrator", part) for part in range(PARTS))]
)
def test_every_page_in_every_dress(full_site: Site, browser: Browser, walker: str, part: int, locale: str) -> None:
    """Each page on a phone and on a desktop, and each form once more with everything left empty; in light and dark,
    with no motion between them. The administrator's many pages are shared among tests: all processes have work."""
    faults: list[str] = []
    with full_site.look(browser, viewport=PHONE, reduced_motion="reduce") as context:
        context.add_cookies(cookies_of(full_site, walker))
        page = context.new_page()
        looker = Looker(page)
        for visit in _all_pages(full_site, walker)[part :: PARTS if walker == "administrator" else 1]:
            page.goto(_in(visit.path, locale))
            found = _in_both_themes(looker, name_of(walker, visit, locale, "320"))
            page.set_viewport_size(DESKTOP)
            found += looker.faults(name_of(walker, visit, locale, "1280"))
            page.set_viewport_size(PHONE)
            if _send_empty(looker):
                said = _in_both_themes(looker, name_of(walker, visit, locale, "errors"))
                found += [f"with errors, {fault}" for fault in said]
            faults += [f"{visit.path}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def _all_pages(site: Site, walker: str) -> list[Visit]:
    """Also those that only some records have; walked once in each process."""
    if (site.url, walker) not in _walked:
        _walked[site.url, walker] = [replace(visit, body="", answer=None) for visit in own_pages_of(site, walker, 3)]
    return _walked[site.url, walker]


_walked: dict[tuple[str, str], list[Visit]] = {}


def _in_both_themes(looker: Looker, name: str) -> list[str]:
    faults = []
    for theme in THEMES:
        looker.page.emulate_media(color_scheme=theme)
        faults += [f"{theme}: {fault}" for fault in looker.faults(f"{name}-{theme}")]
    return faults


@pytest.mark.sweep
@pytest.mark.parametrize("walker", MORE_WALKERS)
def test_every_page_of_other_roles(site: Site, browser: Browser, walker: str) -> None:
    """They see what others see, with more or fewer parts: so languages and themes take turns."""
    _look_at_each_page(site, browser, walker, own_pages_of(site, walker))


@pytest.mark.sweep
@pytest.mark.parametrize("locale", LOCALES)
def test_every_refusal_in_every_dress(site: Site, browser: Browser, locale: str) -> None:
    faults = []
    for walker in ("visitor", "reseller", "administrator"):
        with site.look(browser, viewport=PHONE, reduced_motion="reduce") as context:
            context.add_cookies(cookies_of(site, walker))
            page = context.new_page()
            looker = Looker(page)
            for status in sorted(errors.PAGES):
                answer = page.goto(_in(f"{REFUSALS}/{status}", locale))
                assert answer is not None
                assert answer.status == status
                looker.complaints = [said for said in looker.complaints if f"status of {status}" not in said]
                found = _in_both_themes(looker, f"{walker}-{status}-{locale}")
                faults += [f"{status} for {walker}: {fault}" for fault in found]
    assert not faults, "\n".join(faults)


def _send_empty(looker: Looker) -> bool:
    """Empties the page's main form and sends it; whether it came back with errors."""
    page = looker.page
    form = page.locator(":not(.gw-confirm) > form.gw-form[method=post]").first  # a confirmation would do what it asks
    if not form.count() or not form.locator("input[type=text], input[type=email], textarea").count():
        return False
    page.evaluate(
        """form => {
          for (let fold = form.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
          for (const field of form.querySelectorAll('input[type=text], input[type=email], input[type=tel], textarea'))
            field.value = '';
          for (const box of form.querySelectorAll('input[type=checkbox], input[type=radio]')) box.checked = false;
        }""",
        form.element_handle(),
    )
    form.locator(".gw-do button[type=submit], .gw-do button:not([name])").first.click()
    page.wait_for_load_state("networkidle")
    return page.locator(".gw-summary").count() > 0


def _requests(path: str, looker: Looker) -> int:
    """What a page is drawn with. Screenshots are what an editor's page is about, however many a manual has."""
    of_work = path.startswith(("/desk/", "/panel/"))
    return sum(not (of_work and "/pictures/" in url) for url in looker.requests)
