"""What may stand in the variable parts of an address: what no row can hold matches no page, and so is not found."""

from __future__ import annotations

from typing import Any

from flask import Flask
from werkzeug.routing import IntegerConverter, Map, UnicodeConverter


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
