"""Who walks through the demo installation in these tests, where each begins, and which pages each comes upon."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import sqlalchemy as sa

from app.core.db import db
from app.leads.models import Lead, LeadState
from app.partners.models import Reseller
from app.people import queries
from tests.browser.site import Site
from tests.crawl import Visit, enter, personal_links, press, walk

WALKERS = ("visitor", "customer", "reseller", "service partner", "software partner", "administrator")
"""Who together see every page."""
MORE_WALKERS = (
    "client",
    "applicant",
    "reseller member",
    "sales",
    "account_manager",
    "coordinator",
    "team_leader",
    "content_editor",
    "finance",
)
"""Who see the same pages with more or fewer parts. Only `make sweep` looks at them."""
BY_LINK = {"customer": "plan", "client": "privacy", "applicant": "status"}
"""Who come in by a link that was sent to them, and what it is called."""


def pages_of(site: Site, walker: str, examples: int = 1) -> Iterator[Visit]:
    """One example of every page this person reaches by links, as pages (no downloads, no fragments). With more
    `examples` of what leads there, pages are found that only some records have."""
    client = site.app.test_client()
    for cookie in cookies_of(site, walker):
        client.set_cookie(cookie["name"], cookie["value"])
    seen: set[str] = set()
    for visit in walk(site.app, client, _starts(site, walker), examples=examples, limit=400 * examples):
        assert visit.status < 400, f"{visit.path}, linked from {visit.came_from}, answers {visit.status}"
        if visit.status == 200 and visit.content_type == "text/html" and "<html" in visit.body:
            if visit.came_from and (name := name_of(walker, visit)) in seen:
                continue
            seen.add(name if visit.came_from else "")
            yield visit


def own_pages_of(site: Site, walker: str, examples: int = 1) -> Iterator[Visit]:
    """Without the pages that are for everybody: the visitor looks at those."""
    everything = pages_of(site, walker, examples)
    return (visit for visit in everything if walker in ("visitor", *BY_LINK) or "_public." not in visit.endpoint)


def cookies_of(site: Site, walker: str) -> list[Any]:
    """Of a browser in which this person has come in."""
    if walker not in BY_LINK:
        return site.cookies(None if walker == "visitor" else site.person(walker)["email"])
    client = site.app.test_client()
    for path in _links(site, walker):
        enter(client, path)
    name = site.app.config["SESSION_COOKIE_NAME"]
    cookie = client.get_cookie(name)
    assert cookie is not None
    return [{"name": name, "value": cookie.value, "url": site.url}]


def _links(site: Site, walker: str) -> list[str]:
    return personal_links(site.people) if walker == "customer" else [site.person(walker)["links"][BY_LINK[walker]]]


def _starts(site: Site, walker: str) -> list[str]:
    if walker in BY_LINK:
        return [enter(site.app.test_client(), path) for path in _links(site, walker)]
    return STARTS.get(walker, lambda site: ["/desk", "/profile"])(site)


def _for_visitors(site: Site) -> list[str]:
    links = [path for known in site.people for path in known["links"].values()]
    answers = ["/sign-in/link/sent", "/password/forgotten/sent", "/address/half", "/address/changed"]
    client = site.app.test_client()
    published = re.findall(
        r'"x-default" href="https?://[^/]+(/[^"]+)"', client.get("/sitemap.xml").get_data(as_text=True)
    )
    return ["/", *dict.fromkeys(links), *answers, "/verify", *dict.fromkeys(published)]


def _for_resellers(site: Site) -> list[str]:
    leads = [f"/panel/leads/{ref}" for ref in _leads(site, "accepted", "converted", "declined")]
    return ["/panel", "/profile", "/profile/proof", "/home", "/panel/leads?q=nobody+of+this+name", *leads]


def _for_staff(site: Site) -> list[str]:
    leads = [f"/desk/leads/{ref}" for ref in _leads(site, "accepted", "converted", "declined")]
    return ["/desk", "/profile", "/desk/search?q=jar", "/desk/leads?q=nobody+of+this+name", *leads]


STARTS: dict[str, Callable[[Site], list[str]]] = {
    "visitor": _for_visitors,
    "reseller": _for_resellers,
    "reseller member": lambda site: ["/panel", "/profile"],
    "service partner": lambda site: ["/panel", "/profile"],
    "software partner": lambda site: ["/panel/software", "/profile"],
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


def begin_drafts(site: Site) -> None:
    """What the demo has none of: a new version of a document and of a playbook, with their pages."""
    client = site.app.test_client()
    for cookie in cookies_of(site, "administrator"):
        client.set_cookie(cookie["name"], cookie["value"])
    press(client, "/desk/documents", "/versions")
    books = re.findall(r'href="(/desk/playbooks/[A-Z]+-\w+)"', client.get("/desk/playbooks").get_data(as_text=True))
    press(client, books[0], "/draft/new")
