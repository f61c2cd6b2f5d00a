"""htmx: when a fragment is wanted, and how a door answers with a page or its fragment."""

from typing import Any, cast

from flask import Flask, make_response, render_template, request
from flask.wrappers import Response
from htmx_flask import Htmx
from htmx_flask.requests import HtmxAwareRequest

_htmx = Htmx()


def init_app(app: Flask) -> None:
    _htmx.init_app(app)


def wants_fragment() -> bool:
    """True for htmx itself, false for boosted and history-restore requests: those need the whole page."""
    htmx = cast(HtmxAwareRequest, request).htmx
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request


def render_page(page: str, /, *, fragment: str | None = None, status: int = 200, **context: Any) -> Response:
    """Renders `page`, or the part of it that stands in `fragment` when htmx asks."""
    name = fragment if fragment is not None and wants_fragment() else page
    return make_response(render_template(name, **context), status)


def redirect_see_other(url: str) -> Response:
    """303 after a change. htmx follows a redirect inside its fetch and would swap a page into a row, so it is told
    to go there itself."""
    if wants_fragment():
        response = make_response("", 200)
        response.headers["HX-Redirect"] = url
        return response
    response = make_response("", 303)
    response.headers["Location"] = url
    return response
