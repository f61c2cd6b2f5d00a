"""Error pages: each status in the visitor's language, with what to do next."""

from __future__ import annotations

import structlog
from flask import Flask, Response, make_response, render_template
from flask_babel import refresh
from sqlalchemy.exc import OperationalError, TimeoutError
from werkzeug.exceptions import HTTPException, InternalServerError

from app.core import programs
from app.core.api import problems
from app.core.db import roll_back
from app.core.errors import DomainError, Unavailable
from app.core.htmx import wants_fragment

PAGES = {400, 401, 403, 404, 405, 409, 410, 413, 429, 500, 503}


def init_app(app: Flask) -> None:
    app.register_error_handler(DomainError, _domain)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(TimeoutError, _database)
    app.register_error_handler(Unavailable, _database)
    app.register_error_handler(InternalServerError, _broken)


def page(status: int, message: object = "", **more: object) -> Response:
    """The page of a status, or the problem for a program. It shows nothing about the address asked, so that unknown
    and not-yours are the same."""
    if programs.is_asked():
        return problems.answer(status, message)
    name = status if status in PAGES else 500 if status >= 500 else 400
    response = make_response(render_template(f"errors/{name}.html", message=message, **more), status)
    if status == 409 and wants_fragment():
        response.headers["HX-Retarget"] = "body"  # it is about the page, not about the part that htmx would put it into
        response.headers["HX-Reswap"] = "innerHTML"
    return response


def _domain(error: DomainError) -> Response:
    if programs.is_asked():
        return problems.of(error)
    seconds = getattr(error, "retry_after", None)
    if isinstance(seconds, int):
        response = page(error.status, error.message, minutes=-(-seconds // 60))
        response.headers["Retry-After"] = str(seconds)
        return response
    return page(error.status if error.status != 422 else 409, error.message)


def _http(error: HTTPException) -> Response:
    """Redirects and 304 pass as they are; the headers that belong to the error (Allow, Retry-After) stay."""
    if error.response is not None or error.code is None or error.code < 400:
        return make_response(error)
    seconds = getattr(error, "retry_after", None)
    response = page(error.code, minutes=-(-seconds // 60) if isinstance(seconds, int) else None)
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def _database(error: Exception) -> Response:
    """The database or the file store is locked, full or away: nothing was saved, and saying so is all that can be
    done."""
    structlog.get_logger("web").error(
        "unavailable" if isinstance(error, Unavailable) else "database", error=str(error.__class__.__name__)
    )
    roll_back()
    response = page(503)
    response.headers["Retry-After"] = "10"
    return response


def _broken(error: InternalServerError) -> Response:
    structlog.get_logger("web").error("broken", exc_info=error.original_exception or error)
    refresh()
    return page(500)
