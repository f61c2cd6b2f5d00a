"""The directory for everybody: all that is listed, a category, and the page of one integration (S6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, request, url_for
from flask.wrappers import Response

from app.access.guard import public
from app.core.htmx import render_page, wants_fragment
from app.core.i18n import LOCALES, _
from app.core.published import Meta, answer, meta_of, published, speak
from app.directory import hostnames
from app.directory.public import blueprint
from app.directory.queries import categories, entries, faq
from app.directory.queries.categories import Shown
from app.directory.queries.entries import Asked
from app.integrations import words
from app.integrations.models import Integration
from app.manuals.models import PublicationKind
from app.settings.models import vendor


@blueprint.get("/integrations")
@public
@published
def directory() -> Response:
    return _list(None)


@blueprint.get("/integrations/<category>")
@public
@published
def category(category: str) -> Response:
    """Also at `/` of the category's own hostname."""
    return _list(categories.code_of(category))


def _list(code: str | None) -> Response:
    locale = speak(LOCALES, vendor().default_locale)
    shown = categories.shown(locale)
    here = shown[code] if code else None
    asked = _asked(code, shown)
    cursor = request.args.get("cursor")
    found = entries.page(asked, cursor)
    packages = entries.packages(code or "")
    answered = faq.of_category(code, locale) if code else ()
    apart = bool(hostnames.asked())
    narrowed = any(request.args.get(name) for name in ("q", "package", "category", "cursor"))

    def draw() -> Response:
        return render_page(
            "directory/list.html",
            fragment="directory/_rows.html",
            here=here,
            categories=list(shown.values()),
            asked=asked,
            found=found,
            packages=packages,
            faq=answered,
            locale=locale,
            words=words,
            base=current_app.config["GANGWAY"].public_url if apart else "",
            action="/" if apart else url_for(".category", category=here.slug) if here else url_for(".directory"),
            meta=_meta(here, narrowed=narrowed),
        )

    return answer(draw, wants_fragment(), apart, asked, found, packages, answered, tuple(shown.values()))


def _asked(code: str | None, shown: Mapping[str, Shown]) -> Asked:
    """Of the address; what is no category is none."""
    args = request.args
    chosen = next((each.code for each in shown.values() if each.slug == args.get("category")), "")
    return Asked(args.get("q", "")[:200], args.get("package", "")[:60], code or chosen)


def _meta(here: Shown | None, *, narrowed: bool) -> Meta:
    """Searches and further pages are no pages of their own for search engines; the links on them are followed."""
    if here is None:
        return meta_of("/integrations", description=_lede(), noindex=narrowed)
    if here.hostname:
        return meta_of("/", base=hostnames.base_of(here.hostname), description=here.summary, noindex=narrowed)
    return meta_of(f"/integrations/{here.slug}", description=here.summary, noindex=narrowed)


def _lede() -> str:
    return _("Tills and webshops that pass their sales on to bookkeeping and invoicing packages.")


@dataclass(frozen=True)
class About:
    """What the page of an integration says, from what is published of it."""

    title: str
    summary: str
    manual: bool
    start: bool
    support: tuple[tuple[str, Any], ...]
    website: str
    number: tuple[tuple[str, int], ...]
    """The live versions."""


@blueprint.get("/integrations/<category>/<slug>")
@public
@published
def integration(category: str, slug: str) -> Response:
    categories.code_of(category)
    found = entries.at(slug)
    entry = entries.entry_of(found)
    if entry.category != category:
        return _at_home(entry)
    live = entries.live_of(found.id)
    source = live.get(PublicationKind.PAGE) or live.get(PublicationKind.MANUAL)
    languages = list(source.texts) if source else list(LOCALES)
    locale = speak(languages, vendor().default_locale)
    about = _about(found, live, locale)
    answered = faq.of_integration(found.id, locale)
    shown = categories.shown(locale)

    def draw() -> Response:
        path = f"/integrations/{entry.category}/{slug}"
        return render_page(
            "directory/integration.html",
            entry=entry,
            about=about,
            passed=words.said(entry.passes, words.PASSED_ON),
            not_passed=words.said(set(found.package.passes) - set(entry.passes), words.PASSED_ON),
            faq=answered,
            here=next(each for each in shown.values() if each.slug == entry.category),
            locale=locale,
            words=words,
            checked_on=found.checked_on,
            meta=meta_of(
                path,
                languages,
                description=about.summary,
                data=_data(found, entry, about, path, languages),
            ),
        )

    return answer(draw, entry, about, answered, found.checked_on, found.package.passes, tuple(shown.values()))


def _at_home(entry: entries.Entry) -> Response:
    """A product that is both has one page; it is found under either category."""
    language = request.args.get("lang")
    address = url_for(".integration", category=entry.category, slug=entry.slug, lang=language or None)
    response = redirect(address, 302)
    response.headers["Cache-Control"] = "public, max-age=300"
    return response  # type: ignore[return-value]  # of the application's own class


def _about(found: Integration, live: Mapping[str, Any], locale: str) -> About:
    manual, page = live.get(PublicationKind.MANUAL), live.get(PublicationKind.PAGE)
    there = [version for version in (page, manual) if version]
    facts: Mapping[str, Any] = there[0].facts if there else {}
    said: Mapping[str, Any] = next((each.texts[locale] for each in there if locale in each.texts), {})
    title = _("%(product)s with %(package)s", product=found.product.name, package=found.package.name)
    support = facts.get("support") or {}
    return About(
        title=title,
        summary=str(said.get("summary") or ""),
        manual=manual is not None,
        start=page is not None,
        support=tuple((part, support.get(part)) for part in ("email", "phone", "website") if support.get(part))
        + ((("languages", tuple(words.languages(support["languages"]))),) if support.get("languages") else ()),
        website=found.product.website or found.product.partner.website or "",
        number=tuple((kind, version.number) for kind, version in sorted(live.items())),
    )


def _data(found: Integration, entry: entries.Entry, about: About, path: str, languages: list[str]) -> dict[str, Any]:
    """schema.org."""
    base = current_app.config["GANGWAY"].public_url
    made: dict[str, Any] = {
        "@context": "https://schema.org",
        "@type": "SoftwareApplication",
        "name": about.title,
        "applicationCategory": "BusinessApplication",
        "operatingSystem": "Web",
        "url": f"{base}{path}",
        "inLanguage": languages,
        "featureList": words.said(entry.passes, words.PASSED_ON),
        "author": {"@type": "Organization", "name": entry.partner},
        "provider": {"@type": "Organization", "name": vendor().name, "url": base},
    }
    if about.summary:
        made["description"] = about.summary
    if about.website:
        made["author"]["url"] = about.website
    if about.manual:
        made["softwareHelp"] = {"@type": "CreativeWork", "url": f"{base}/manuals/{found.slug}"}
    return made
