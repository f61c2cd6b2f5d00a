"""What may stand in an address: a path with what no row can hold leads nowhere, and a question loses it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse


class _Text(UnicodeConverter):
    """Without control characters: PostgreSQL refuses NUL as a parameter, and no reference, slug or token has any."""

    def __init__(self, map: Map, *args: Any, **kwargs: Any) -> None:
        super().__init__(map, *args, **kwargs)
        self.regex = self.regex.replace("[^/]", r"[^/\x00-\x1f\x7f]")


class _Whole(IntegerConverter):
    """At most nine digits: every column holds them."""

    regex = r"\d{1,9}"


def init_app(app: Flask) -> None:
    """Before any door is registered."""
    app.url_map.converters.update(default=_Text, string=_Text, int=_Whole)
    program = app.wsgi_app

    def _without_nul(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Filters and searches reach the database as they were asked, and PostgreSQL takes no NUL."""
        environ["QUERY_STRING"] = environ.get("QUERY_STRING", "").replace("%00", "")
        return program(environ, start_response)

    app.wsgi_app = _without_nul  # type: ignore[method-assign]  # as Flask tells to wrap it
