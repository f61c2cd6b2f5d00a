"""Cross-site request forgery: who may send a form, and how a stale one is shown again instead of being lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, current_app, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect

from app.core.errors import StaleForm
from app.core.programs import is_api

csrf = CSRFProtect()

View = TypeVar("View", bound=Callable[..., Any])


def by_link_alone(view: View) -> View:
    """The view is reached by an unguessable link that is its own proof, also from a mail program that never had our
    page: no token is asked. It does nothing in the name of whoever is signed in."""
    setattr(view, "gangway_by_link_alone", True)  # noqa: B010 - a plain attribute is unknown to the type checker
    return view


def init_app(app: Flask) -> None:
    csrf.init_app(app)
    app.before_request(_check)


def _check() -> None:
    """A missing or stale token from our own page marks the form as stale: it is shown again with its text, and
    `write()` refuses. From elsewhere it is refused at once."""
    if request.method in ("GET", "HEAD", "OPTIONS") or request.endpoint is None:
        return
    if request.mimetype == "application/x-www-form-urlencoded":
        # MAX_FORM_MEMORY_SIZE holds for multipart forms only; without files a form is never longer.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
    view = current_app.view_functions[request.endpoint]
    if is_api(view):
        # No cookie counts there, so no other site can act in somebody's name.
        request.max_content_length = current_app.config["MAX_FORM_MEMORY_SIZE"]
        return
    if getattr(view, "gangway_by_link_alone", False):
        return
    try:
        csrf.protect()
    except CSRFError:
        if not _from_here():
            raise StaleForm from None
        g.stale_form = True


def _from_here() -> bool:
    said = request.headers.get("Origin") or request.headers.get("Referer") or ""
    return bool(said) and urlsplit(said).netloc == request.host
