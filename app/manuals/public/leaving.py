"""Where visitors of a page that was taken down are sent."""

from __future__ import annotations

from flask import redirect
from flask.wrappers import Response

from app.core.errors import NotFound
from app.core.published import MINUTES
from app.manuals.models import Publication


def taken_down(found: Publication) -> Response:
    """On to the page that the editor named; it may come back, so caches ask again soon.

    Raises:
        NotFound: nowhere.
    """
    if not found.redirect_url:
        raise NotFound
    response = redirect(found.redirect_url, 302)
    response.headers["Cache-Control"] = f"public, max-age={MINUTES * 60}"
    return response  # type: ignore[return-value]  # of the application's own class
