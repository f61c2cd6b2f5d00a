"""The body of a request arrives whole, or the request is refused."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


def init_app(app: Flask) -> None:
    """A form that breaks off in the middle is a form with less text in it, and would be taken for what was meant.

    Web servers say that their input ends with the body, and then nobody counts; where a length was announced, we do.
    """
    program = app.wsgi_app

    def _count(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if environ.get("CONTENT_LENGTH"):
            environ.pop("wsgi.input_terminated", None)
        return program(environ, start_response)

    app.wsgi_app = _count  # type: ignore[method-assign]  # as Flask tells to wrap it
