"""The public directory under measure: its list and its search, among few integrations and among many (S6)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core.db import Base
from tests.bench import seed as seeding
from tests.bench.driver import Ask
from tests.bench.paging import in_turn, second_page, to_smallest, told
from tests.bench.seed import environment, filling
from tests.bench.serving import Served, serving

REACH = 1.15
SEARCH = 1.5
"""Of a word that is looked up among all that are known, to the plain list of as many integrations."""
PACKAGES = 12
_DEEP = "directory, deep page"
_MOMENT = datetime(2025, 1, 1)  # noqa: DTZ001 - as SQLite keeps it
_FROM = 500_000
"""Keys of organisations, beyond those of the resellers."""


@dataclass(frozen=True)
class Place:
    """One size with its server."""

    integrations: int
    served: Served


def place(folder: Path, partners: int, running: ExitStack) -> Place:
    own = folder / f"directory-{partners}"
    own.mkdir()
    path = own / "gangway.db"
    seeding.seed(path, 100)
    _integrations(path, partners)
    return Place(partners * PACKAGES, running.enter_context(serving("wsgi:app", environment(path))))


def measure(
    places: list[Place],
    options: argparse.Namespace,
    headers: tuple[tuple[str, str], ...],
    say: Callable[[str], None],
) -> list[tuple[str, float, float]]:
    """What was found and what was to be reached. Each page has as many lines at each size."""
    verdicts: list[tuple[str, float, float]] = []
    whole = 0.0
    for what, address in (
        ("directory", "/integrations"),
        (_DEEP, "/integrations"),
        ("directory, a category", "/integrations/point-of-sale"),
        ("directory, one product looked for", "/integrations?q=kassa+00001"),
        ("directory, mistyped", "/integrations?q=kasas+00001"),
        ("one integration", "/integrations/point-of-sale/kassa-00001-package-03"),
    ):
        deep = what == _DEEP
        # What is asked for again is answered from the tag, so each asks for the whole page.
        asks = {}
        for each in places:
            ask = Ask("GET", address, headers=headers)
            asks[each.integrations] = second_page(each.served, ask) if deep and each.integrations > 24 else ask
        if deep and len(places) > 1:
            asks[places[0].integrations] = Ask("GET", "/integrations", headers=headers)
        figures = in_turn({each.integrations: each.served for each in places}, asks, options.rounds)
        told(what, "integrations", figures, say)
        _p50, cpu = figures[max(figures)]
        whole = whole or cpu
        if what.endswith("mistyped"):
            verdicts.append((f"{what}: CPU to the list", cpu / whole, SEARCH))
        else:
            verdicts += to_smallest(what, figures, REACH)
    return verdicts


def _integrations(path: Path, partners: int) -> None:
    tables = Base.metadata.tables
    with filling(path) as connection:
        for name, rows in (
            ("organisation", _organisations(partners)),
            ("software_partner", _partners(partners)),
            ("package", _packages()),
            ("product", _products(partners)),
            ("integration", _listed(partners)),
        ):
            seeding.insert(connection, tables[name], rows)


def _organisations(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        own = {"id": _FROM + number, "ref": f"O-S{number:07d}", "kind": "software_partner", "created_at": _MOMENT}
        yield {**own, "name": f"Maker {number:05d}", "version": 1}


def _partners(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        own = {"id": number, "ref": f"SP-{number:08d}", "organisation_id": _FROM + number, "state": "active"}
        kept = {"country": "FI", "locale": "fi", "created_at": _MOMENT, "version": 1}
        yield {**own, **kept, "name_sort": f"maker {number:05d}", "search": f"maker {number:05d}"}


def _packages() -> Iterator[dict[str, Any]]:
    for number in range(1, PACKAGES + 1):
        name = f"Package {number:02d}"
        own = {"id": number, "ref": f"PK-{number:08d}", "slug": f"package-{number:02d}", "name": name}
        told = {"kind": "bookkeeping", "passes": json.dumps(["sales", "vat"]), "texts": "{}", "offered": True}
        yield {**own, **told, "position": number, "version": 1, "updated_at": _MOMENT, "name_sort": name.lower()}


def _products(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        own = {"id": number, "ref": f"PR-{number:08d}", "partner_id": number, "slug": f"kassa-{number:05d}"}
        told = {"name": f"Kassa {number:05d}", "sells": '["point_of_sale"]', "languages": '["fi"]'}
        yield {**own, **told, "created_at": _MOMENT, "version": 1, "name_sort": f"kassa {number:05d}"}


def _listed(count: int) -> Iterator[dict[str, Any]]:
    for product in range(1, count + 1):
        for package in range(1, PACKAGES + 1):
            number = (product - 1) * PACKAGES + package
            name = f"kassa {product:05d} package {package:02d}"
            yield {
                "id": number,
                "ref": f"IN-{number:08d}",
                "product_id": product,
                "package_id": package,
                "slug": name.replace(" ", "-"),
                "passes": '["sales", "vat"]',
                "stage": "listed",
                "listed_at": _MOMENT,
                "created_at": _MOMENT,
                "updated_at": _MOMENT,
                "version": 1,
                "name_sort": name,
                "search": f"{name} maker {product:05d} point of sale kassa kasa kassajarjestelma caisse",
            }
