"""Which views are for programs: doors of the API, opened by a token and never by a cookie."""

from __future__ import annotations

from typing import Any, TypeVar

from flask import current_app, request

View = TypeVar("View")
ROOT = "/api/v1"


def for_programs(view: View) -> View:
    """Marks a view; `core.api.Door` does so with all of its own."""
    setattr(view, "gangway_api", True)  # noqa: B010 - a plain attribute is unknown to the type checker
    return view


def is_api(view: Any) -> bool:
    return bool(getattr(view, "gangway_api", False))


def is_asked() -> bool:
    """Whether this request is a program's: then errors are problems (RFC 9457) and no pages."""
    return request.path == ROOT or request.path.startswith(f"{ROOT}/")


def door_asked() -> bool:
    """Whether it came to a door of the API."""
    return request.endpoint is not None and is_api(current_app.view_functions[request.endpoint])
