"""What the features above add to a reseller's page at the desk, and the pages of those who are credited like one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import url_for

from app.access.guard import may
from app.access.permissions import P
from app.partners.models import Reseller
from app.settings.processes import has_page, runs

Made = tuple[str, dict[str, Any]]
"""A template, and what it calls `part`."""

DESK_PARTS: list[Callable[[Reseller], Made | None]] = []
"""Filled by the features above when they are imported; each asks a constant number of queries."""


def of(reseller: Reseller) -> list[Made]:
    """Those of the processes that are switched on."""
    return [made for make in DESK_PARTS if runs(make.__module__) and (made := make(reseller)) is not None]


SOFTWARE_PARTNER_PAGES: list[Callable[[Reseller], str]] = []
"""Filled by the feature above: the page of a software partner as which leads are credited; empty when there is none."""


def credited_page(reseller: Reseller) -> str:
    """Where staff read of whom a lead or account is credited to; empty for who may not. `reseller` comes with its
    organisation."""
    if reseller.is_software_partner:
        pages = [make(reseller) for make in SOFTWARE_PARTNER_PAGES if runs(make.__module__)]
        return next((page for page in pages if page), "")
    if may(P.RESELLERS_READ) and has_page("partners_desk.reseller"):
        return url_for("partners_desk.reseller", ref=reseller.ref)
    return ""
