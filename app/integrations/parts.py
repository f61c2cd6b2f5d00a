"""What the features above add to the pages of software partners and their products, at the desk and in the panel."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from app.integrations.models import Product, SoftwarePartner
from app.settings.processes import runs

Made = tuple[str, dict[str, Any]]
"""A template, and what it calls `part`."""

PARTNER_AT_DESK: list[Callable[[SoftwarePartner], Made | None]] = []
PARTNER_IN_PANEL: list[Callable[[SoftwarePartner], Made | None]] = []
PRODUCT_AT_DESK: list[Callable[[Product], Made | None]] = []
PRODUCT_IN_PANEL: list[Callable[[Product], Made | None]] = []
"""Filled by the features above when they are imported; each asks a constant number of queries."""


def of_partner(partner: SoftwarePartner, *, desk: bool) -> list[Made]:
    return _made(PARTNER_AT_DESK if desk else PARTNER_IN_PANEL, partner)


def of_product(product: Product, *, desk: bool) -> list[Made]:
    return _made(PRODUCT_AT_DESK if desk else PRODUCT_IN_PANEL, product)


def _made(makers: Iterable[Callable[[Any], Made | None]], of: Any) -> list[Made]:
    """Those of the processes that are switched on."""
    return [made for make in makers if runs(make.__module__) and (made := make(of)) is not None]
