"""Every page once in Chromium: nothing axe finds, nothing the console says, no sideways scrolling on a small phone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, ViewportSize

from app.core.db import db
from app.core.i18n import LOCALES
from app.leads.models import Lead, LeadState
from app.partners.models import Reseller
from app.people import queries
from tests.browser.checks import Looker
from tests.browser.conftest import Site
from tests.crawl import Visit, enter, personal_links, walk

WALKERS = ("visitor", "customer", "reseller", "service partner", "administrator")
PHONE = ViewportSize(width=320, height=720)
DESKTOP = ViewportSize(width=1280, height=900)
MOST_REQUESTS = 6


def pages_of(site: Site, walker: str) -> Iterator[Visit]:
    """One example of every page this person reaches by links, as pages (no downloads, no fragments)."""
    client = site.app.test_client()
    for cookie in cookies_of(site, walker):
        client.set_cookie(cookie["name"], cookie["value"])
    for visit in walk(site.app, client, STARTS[walker](site)):
        assert visit.status < 400, f"{visit.path}, linked from {visit.came_from}, answers {visit.status}"
        if visit.status == 200 and visit.content_type == "text/html" and "<html" in visit.body:
            yield visit


def cookies_of(site: Site, walker: str) -> list[Any]:
    """Of a browser in which this person has come in."""
    if walker == "customer":
        client = site.app.test_client()
        for path in personal_links(site.people):
            enter(client, path)
        name = site.app.config["SESSION_COOKIE_NAME"]
        cookie = client.get_cookie(name)
        assert cookie is not None
        return [{"name": name, "value": cookie.value, "url": site.url}]
    return site.cookies(None if walker == "visitor" else site.person(walker)["email"])


def _for_customers(site: Site) -> list[str]:
    return [enter(site.app.test_client(), path) for path in personal_links(site.people)]


def _for_visitors(site: Site) -> list[str]:
    links = [path for known in site.people for path in known["links"].values()]
    answers = ["/sign-in/link/sent", "/password/forgotten/sent", "/address/half", "/address/changed"]
    return ["/", *dict.fromkeys(links), *answers]


def _for_resellers(site: Site) -> list[str]:
    leads = [f"/panel/leads/{ref}" for ref in _leads(site, "accepted", "converted", "declined")]
    return ["/panel", "/profile", "/profile/proof", "/home", "/panel/leads?q=nobody+of+this+name", *leads]


def _for_staff(site: Site) -> list[str]:
    leads = [f"/desk/leads/{ref}" for ref in _leads(site, "accepted", "converted", "declined")]
    return ["/desk", "/profile", "/desk/search?q=jar", "/desk/leads?q=nobody+of+this+name", *leads]


STARTS: dict[str, Callable[[Site], list[str]]] = {
    "visitor": _for_visitors,
    "customer": _for_customers,
    "reseller": _for_resellers,
    "service partner": lambda site: ["/panel", "/profile"],
    "administrator": _for_staff,
}
"""Where each begins; also pages that no link leads to, and records in further states."""


def _leads(site: Site, *states: str) -> list[str]:
    """A lead of the first reseller in each state."""
    with site.app.app_context():
        owner = queries.by_email(site.person("reseller")["email"])
        assert owner is not None
        assert owner.membership is not None
        chosen = sa.select(Lead.ref).join(Reseller).where(Reseller.organisation_id == owner.membership.organisation_id)
        return [db.session.scalars(chosen.where(Lead.state == LeadState(state)).limit(1)).one() for state in states]


def name_of(walker: str, visit: Visit, *more: str) -> str:
    """For the picture that is kept: the same in each run, though references differ."""
    query = sorted(name for name, _value in parse_qsl(urlsplit(visit.path).query))
    return "-".join([walker, re.sub(r"\W+", "_", visit.endpoint), *query, *more])


@pytest.mark.parametrize("walker", WALKERS)
def test_every_page_once(site: Site, browser: Browser, walker: str) -> None:
    """Languages, themes and widths take turns; `make sweep` looks at every combination."""
    turns = cycle([(locale, theme) for theme in ("light", "dark") for locale in LOCALES])
    faults = []
    with site.look(browser, viewport=PHONE) as context:
        context.add_cookies(cookies_of(site, walker))
        page = context.new_page()
        looker = Looker(page)
        for visit in pages_of(site, walker):
            locale, theme = next(turns)
            looker.requests.clear()
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
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
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("walker", WALKERS)
def test_every_page_in_every_dress(site: Site, browser: Browser, walker: str, locale: str, theme: str) -> None:
    """Each page on a phone and on a desktop, and each form once more with everything left empty."""
    faults = []
    with site.look(browser, viewport=PHONE, color_scheme=theme) as context:
        context.add_cookies(cookies_of(site, walker))
        page = context.new_page()
        looker = Looker(page)
        for visit in list(pages_of(site, walker)):
            for viewport, size in (("320", PHONE), ("1280", DESKTOP)):
                page.set_viewport_size(size)
                page.goto(_in(visit.path, locale))
                found = looker.faults(name_of(walker, visit, locale, theme, viewport))
                faults += [f"{visit.path} ({viewport} px): {fault}" for fault in found]
            page.set_viewport_size(PHONE)
            if _send_empty(looker):
                found = looker.faults(name_of(walker, visit, locale, theme, "errors"))
                faults += [f"{visit.path} with errors: {fault}" for fault in found]
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
