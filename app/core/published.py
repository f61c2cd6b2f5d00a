"""Published pages: alike for everybody, so that browsers and caches keep them for a while.

A view says so by `@published`. It knows no session, sign-in or cookie, whoever asks, and leaves none; its language
comes from the address or from what the browser prefers. `answer` gives it an ETag of all that it depends on, and draws
nothing for a visitor who has it already. `meta_of` says to search engines what the page is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlencode

from flask import Flask, Response, current_app, g, request, session
from flask.sessions import SecureCookieSessionInterface, SessionMixin
from markupsafe import Markup

from app.core import assets
from app.core.i18n import LOCALES, current_locale, speak_alone

View = TypeVar("View", bound=Callable[..., Any])

MINUTES = 5
"""For which a page is shown again without asking whether it is still the same."""


def published(view: View) -> View:
    """The view answers everybody alike. Mark it as `@public` too."""
    setattr(view, "gangway_published", True)  # noqa: B010 - a plain attribute is unknown to the type checker
    return view


def is_published(app: Flask, endpoint: str) -> bool:
    return bool(getattr(app.view_functions[endpoint], "gangway_published", False))


def init_app(app: Flask) -> None:
    """Before whatever asks who the visitor is."""
    app.session_interface = _Sessions()

    @app.before_request
    def _ask_nothing() -> None:
        if request.endpoint is not None and is_published(app, request.endpoint):
            forget_visitor()


def forget_visitor() -> None:
    """From here on this answer knows of no session and leaves no cookie."""
    session.clear()
    g.gangway_published = True


class _Sessions(SecureCookieSessionInterface):
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """A published page leaves the session as it is in the browser, and says nothing about it."""
        if not g.get("gangway_published"):
            super().save_session(app, session, response)
        elif session:
            raise RuntimeError("a published page was about to remember something of its visitor")


# --- language and answer ----------------------------------------------------------------------------------------------


def speak(has: Sequence[str], default: str = "en") -> str:
    """Chooses among the languages that the page has, and speaks it: the one that the address asks for, else what the
    browser prefers, else `default`, else the first."""
    offered = [locale for locale in LOCALES if locale in has]
    asked = request.args.get("lang", "")
    if asked not in offered:
        asked = request.accept_languages.best_match(offered) or (default if default in offered else offered[0])
    speak_alone(asked)
    return asked


def answer(draw: Callable[[], Response], *depends_on: object, seconds: int = MINUTES * 60) -> Response:
    """What `draw` gives, which follows from `depends_on`, the language spoken, the vendor's brand and this release of
    the program; 304 without drawing when the visitor has it."""
    brand = current_app.extensions["gangway_brand"]()
    told = "\0".join(map(str, (*depends_on, current_locale(), brand, _release())))
    tag = hashlib.sha256(told.encode()).hexdigest()[:32]
    response = Response(status=304) if request.if_none_match.contains_weak(tag) else draw()
    if response.status_code in (200, 304):
        response.set_etag(tag)
        response.headers["Cache-Control"] = f"public, max-age={seconds}"
        response.vary.add("Accept-Language")
    return response


@cache
def _release() -> str:
    """Changes with whatever draws pages: templates, words, stylesheet, script."""
    digest = hashlib.sha256("".join(asset.digest for asset in assets.ASSETS.values()).encode())
    ground = Path(current_app.root_path).parent
    for path in sorted([*ground.glob("templates/**/*.html"), *ground.glob("translations/**/*.mo")]):
        digest.update(path.read_bytes())
    return digest.hexdigest()


# --- for search engines -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Meta:
    """What `layout/published.html` says in the page's head."""

    canonical: str
    """The address that this page is found by, absolute."""
    alternates: tuple[tuple[str, str], ...] = ()
    """(language, address) of the same page in each language, `x-default` among them; none when it has one only."""
    languages: tuple[str, ...] = LOCALES
    """For the switch."""
    description: str = ""
    noindex: bool = False
    data: Markup | None = None
    """schema.org, as JSON that is safe inside a script element."""


def meta_of(
    path: str,
    languages: Sequence[str] = LOCALES,
    *,
    base: str = "",
    description: str = "",
    noindex: bool = False,
    data: Mapping[str, Any] | None = None,
    **arguments: str,
) -> Meta:
    """For the page at `path`, in the language spoken now. `base` is another host that answers for it, as
    `https://tills.example`; `arguments` stay in the address, such as a page's number."""
    base = (base or current_app.config["GANGWAY"].public_url).rstrip("/")

    def address(locale: str = "") -> str:
        asked = urlencode({**arguments, **({"lang": locale} if locale else {})})
        return f"{base}{path}" + (f"?{asked}" if asked else "")

    offered = tuple(locale for locale in LOCALES if locale in languages)
    several = len(offered) > 1
    return Meta(
        canonical=address(current_locale() if several else ""),
        alternates=(*((locale, address(locale)) for locale in offered), ("x-default", address())) if several else (),
        languages=offered,
        description=" ".join(description.split())[:300],
        noindex=noindex,
        data=_as_data(data) if data else None,
    )


def _as_data(data: Mapping[str, Any]) -> Markup:
    written = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    for sign in "<>&\u2028\u2029":
        written = written.replace(sign, f"\\u{ord(sign):04x}")
    return Markup(written)  # noqa: S704 - nothing in it ends the element
