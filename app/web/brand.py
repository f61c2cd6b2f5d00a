"""The vendor's own look for everybody: the stylesheet with the accent, and the logo, under addresses that never
change what they hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, url_for

from app.access.guard import public
from app.core import assets
from app.core.errors import NotFound
from app.core.files import store
from app.core.i18n import current_locale
from app.partners import queries as partners
from app.settings import colours
from app.settings.models import vendor

blueprint = Blueprint("brand", __name__)

_FOR_EVER = "public, max-age=31536000, immutable"
LOGO_HEIGHT = 32
"""Pixels in the header."""


@blueprint.get("/brand/<digest>/<name>.css")
@public
def stylesheet(digest: str, name: str) -> Response:
    """Made from the address alone, so it costs no query: `0b5394` is the pages' own stylesheet with this accent at its
    end, one file so that a page asks for no more than before; `preview-0b5394` the accent alone, for a part of a page.
    A colour that cannot be read has no stylesheet."""
    bare = name.removeprefix("preview-")
    colour = colours.read(bare)
    if colour is None or bare != colour[1:] or not colours.judged(colour).passes:
        raise NotFound
    found = _sheet(colour, preview=bare != name)
    if digest != found.digest:
        raise NotFound
    return assets.served(found)


@lru_cache(maxsize=32)
def _sheet(colour: str, *, preview: bool) -> assets.Asset:
    own = _rules(colour, preview=preview).encode()
    parts = (own,) if preview else (assets.ASSETS["site.css"].body, own)
    return assets.made(f"{colour[1:]}.css", "text/css", *parts)


def _rules(colour: str, *, preview: bool) -> str:
    found = colours.accent_of(colour)
    own = (
        f"--brand:light-dark({found.light},{found.dark});--on-brand:light-dark({found.on_light},{found.on_dark});"
        f"--link:light-dark({found.light},{found.dark})"
    )
    if not preview:
        return f":root{{{own}}}\n"
    # What the page's root has mixed from its own accent is mixed anew inside.
    mixed = (
        "--brand-tint:color-mix(in srgb,var(--brand) 7%,var(--canvas));"
        "--brand-line:color-mix(in srgb,var(--brand) 32%,var(--canvas));--bs-link-color:var(--link)"
    )
    return f".gw-brand-{colour[1:]}{{{own};{mixed}}}\n"


@dataclass(frozen=True)
class Sheet:
    """A stylesheet as a page names it."""

    url: str
    integrity: str


def page_sheet() -> Sheet:
    """The stylesheet of every page, with the vendor's accent when it is another one than the pages have themselves."""
    colour = vendor().accent
    if colour == colours.DEFAULT:
        return Sheet(assets.asset("site.css"), assets.integrity("site.css"))
    return _named(colour, preview=False)


def _named(colour: str, *, preview: bool) -> Sheet:
    found = _sheet(colour, preview=preview)
    name = ("preview-" if preview else "") + colour[1:]
    return Sheet(url_for("brand.stylesheet", digest=found.digest, name=name), found.integrity)


@blueprint.get("/brand/logo/<key>.png")
@public
def logo(key: str) -> Response:
    """The logo in use, and no other file of the store."""
    if key != vendor().logo:
        raise NotFound
    with store().open(key) as file:
        response = make_response(file.read())
    response.headers["Content-Type"] = "image/png"
    response.headers["Cache-Control"] = _FOR_EVER
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def init_app(app: Flask) -> None:
    functions: dict[str, Any] = {
        "page_sheet": page_sheet,
        "preview_sheet": lambda colour: _named(colour, preview=True),
        "brand_name": lambda: vendor().brand,
        "brand_logo": _logo,
        "legal_line": _legal_line,
    }
    app.jinja_env.globals.update(functions)
    app.extensions["gangway_country_of"] = _country_of
    app.extensions["gangway_brand"] = vendor


def _logo() -> dict[str, Any] | None:
    """Address and size in the header, kept to one line of it."""
    ours = vendor()
    if not ours.logo or not ours.logo_height:
        return None
    scale = min(1.0, LOGO_HEIGHT / ours.logo_height)
    return {
        "url": url_for("brand.logo", key=ours.logo),
        "width": max(1, round(ours.logo_width * scale)),
        "height": max(1, round(ours.logo_height * scale)),
        "name": ours.short_name or ours.name,
    }


def _legal_line() -> str:
    """For the reader of this page. Only the panel's pages know the organisation already; no page asks for it anew."""
    standing = g.get("gangway_standing")
    return vendor().legal_line(standing.reseller.country if standing else None, current_locale())


def _country_of(person_id: int | None) -> str | None:
    """The country of the reseller that a mail's reader works for, for the worker."""
    return partners.country_of_member(person_id) if person_id is not None else None
