"""What the features above add to a reseller's page at the desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from app.partners.models import Reseller
from app.settings.processes import runs

Made = tuple[str, dict[str, Any]]
"""A template, and what it calls `part`."""

DESK_PARTS: list[Callable[[Reseller], Made | None]] = []
"""Filled by the features above when they are imported; each asks a constant number of queries."""


def of(reseller: Reseller) -> list[Made]:
    """Those of the processes that are switched on."""
    return [made for make in DESK_PARTS if runs(make.__module__) and (made := make(reseller)) is not None]
