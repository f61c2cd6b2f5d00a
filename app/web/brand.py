"""The vendor's own look for everybody: a small stylesheet with the accent, and the logo, under addresses that never
change what they hold.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import Any

from flask import Blueprint, Flask, Response, g, make_response, url_for

from app.access.guard import public
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
    """Made from the address alone, so it costs no query: `0b5394` for the page, `preview-0b5394` for a part of one.
    A colour that cannot be read has no stylesheet."""
    colour = colours.read(name.removeprefix("preview-"))
    if colour is None or not colours.judged(colour).passes:
        raise NotFound
    body = _written(colour, preview=name.startswith("preview-"))
    if digest != _digest(body) or name.removeprefix("preview-") != colour[1:]:
        raise NotFound
    response = make_response(body)
    response.headers["Content-Type"] = "text/css; charset=utf-8"
    response.headers["Cache-Control"] = _FOR_EVER
    return response


@lru_cache(maxsize=128)
def _written(colour: str, *, preview: bool) -> str:
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


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def stylesheet_url(colour: str, *, preview: bool = False) -> str:
    """The address of an accent's stylesheet; "" for the accent that the pages have by themselves."""
    if colour == colours.DEFAULT and not preview:
        return ""
    name = ("preview-" if preview else "") + colour[1:]
    return url_for("brand.stylesheet", digest=_digest(_written(colour, preview=preview)), name=name)


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
        "brand_stylesheet": lambda: stylesheet_url(vendor().accent),
        "preview_stylesheet": lambda colour: stylesheet_url(colour, preview=True),
        "brand_name": lambda: vendor().brand,
        "brand_logo": _logo,
        "legal_line": _legal_line,
    }
    app.jinja_env.globals.update(functions)
    app.extensions["gangway_country_of"] = _country_of


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
