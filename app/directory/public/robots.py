"""What search engines read: the sitemap with every public page in its languages, and what they leave alone."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlencode
from xml.sax.saxutils import escape, quoteattr

from flask import Response, current_app, request

from app.access.guard import public
from app.core.errors import NotFound
from app.core.i18n import LOCALES
from app.core.published import published
from app.directory import hostnames
from app.directory.public import blueprint
from app.directory.queries import categories
from app.directory.queries import sitemap as queries
from app.directory.queries.sitemap import Place

_HOUR = "public, max-age=3600"
_NOT_FOR_ROBOTS = ("/desk", "/panel", "/my", "/go", "/sign-in", "/r/")


@blueprint.get("/robots.txt")
@public
@published
def robots() -> Response:
    here = hostnames.asked()
    lines = [
        "User-agent: *",
        *(f"Disallow: {path}" for path in _NOT_FOR_ROBOTS),
        "",
        f"Sitemap: {_base(here)}/sitemap.xml",
    ]
    return _kept(Response("\n".join([*lines, ""]), mimetype="text/plain"))


@blueprint.get("/sitemap.xml")
@public
@published
def sitemap() -> Response:
    """All in one file; where there are many integrations, a list of files. On the hostname of a category its page."""
    here = hostnames.asked()
    if here:
        return _file(_base(here), [Place("/", LOCALES)])
    parts = queries.parts()
    if len(parts) <= 1:
        places = queries.places(parts[0]) if parts else []
        return _file(_base(), [*_own_pages(), *places])
    return _index([f"{_base()}/sitemap-pages.xml", *(f"{_base()}/sitemap-{part}.xml" for part in parts)])


@blueprint.get("/sitemap-pages.xml")
@public
@published
def sitemap_pages() -> Response:
    """The directory itself."""
    return _file(_base(), _own_pages())


@blueprint.get("/sitemap-<int:part>.xml")
@public
@published
def sitemap_part(part: int) -> Response:
    places = queries.places(part)
    if not places:
        raise NotFound
    return _file(_base(), places)


def _own_pages() -> list[Place]:
    """A category with a hostname of its own is in that one's sitemap."""
    own = [each for each in categories.shown("en").values() if not each.hostname]
    return [Place("/integrations", LOCALES), *(Place(f"/integrations/{each.slug}", LOCALES) for each in own)]


def _base(slug: str = "") -> str:
    """Of this host; of a category's own when the request came by that."""
    if slug:
        hostname = next((each.hostname for each in categories.shown("en").values() if each.slug == slug), "")
        if hostname:
            return hostnames.base_of(hostname)
    return str(current_app.config["GANGWAY"].public_url)


def _file(base: str, places: Iterable[Place]) -> Response:
    """Each page in each language, with the others beside it; as its canonical address has it."""
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">',
    ]
    for place in places:
        several = len(place.languages) > 1
        addresses = [(locale, _address(base, place.path, locale if several else "")) for locale in place.languages]
        beside = ""
        if several:
            alternates = [*addresses, ("x-default", _address(base, place.path))]
            beside = "".join(
                f'<xhtml:link rel="alternate" hreflang="{locale}" href={quoteattr(address)}/>'
                for locale, address in alternates
            )
        lines += [f"<url><loc>{escape(address)}</loc>{beside}</url>" for _locale, address in addresses]
    return _xml([*lines, "</urlset>"])


def _index(addresses: Iterable[str]) -> Response:
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
        *(f"<sitemap><loc>{escape(address)}</loc></sitemap>" for address in addresses),
        "</sitemapindex>",
    ]
    return _xml(lines)


def _address(base: str, path: str, locale: str = "") -> str:
    return f"{base}{path}" + (f"?{urlencode({'lang': locale})}" if locale else "")


def _xml(lines: Iterable[str]) -> Response:
    return _kept(Response("\n".join([*lines, ""]), mimetype="application/xml"))


def _kept(response: Response) -> Response:
    """For an hour; after that asked for again by its tag."""
    response.headers["Cache-Control"] = _HOUR
    response.add_etag()
    response.make_conditional(request)
    return response
