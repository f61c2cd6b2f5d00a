"""The portfolio under measure: its first page, a later one and a search, among few plans and among many (I12)."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.db import Base
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests.bench import seed as seeding
from tests.bench.driver import Ask
from tests.bench.paging import in_turn, second_page, to_smallest, told
from tests.bench.seed import Member, environment, filling
from tests.bench.serving import Served, serving

REACH = 1.15
_MANAGER = 900_002
_MOMENT = datetime(2025, 1, 1)  # noqa: DTZ001 - as SQLite keeps it
_DAY = date(2026, 3, 9)
_PLAYBOOK = "saas-implementation"


@dataclass(frozen=True)
class Place:
    """One size with its server."""

    plans: int
    served: Served
    manager: Member


def place(folder: Path, plans: int, running: ExitStack) -> Place:
    own = folder / f"portfolio-{plans}"
    own.mkdir()
    path = own / "gangway.db"
    seeding.seed(path, 100)
    manager = _plans(path, plans)
    return Place(plans, running.enter_context(serving("wsgi:app", environment(path))), manager)


def measure(
    places: list[Place],
    options: argparse.Namespace,
    headers: Callable[[Member], tuple[tuple[str, str], ...]],
    say: Callable[[str], None],
) -> list[tuple[str, float, float]]:
    """What was found and what was to be reached."""
    verdicts: list[tuple[str, float, float]] = []
    for what, address in (
        ("portfolio", "/desk/plans"),
        ("portfolio, deep page", "/desk/plans"),
        ("portfolio, one plan looked for", "/desk/plans?q=P-00000033"),
    ):
        asks = {}
        for each in places:
            ask = Ask("GET", address, headers=headers(each.manager))
            asks[each.plans] = second_page(each.served, ask) if what.endswith("deep page") else ask
        figures = in_turn({each.plans: each.served for each in places}, asks, options.rounds)
        told(what, "plans", figures, say)
        verdicts += to_smallest(what, figures, REACH)
    return verdicts


def _plans(path: Path, count: int) -> Member:
    """Returns who looks after them all."""
    tables = Base.metadata.tables
    outline, digest = shelf.shipped()[_PLAYBOOK]
    with filling(path) as connection:
        manager = seeding.colleague(connection, _MANAGER, "account_manager")
        playbook = {"id": 1, "ref": "K-BENCH000", "code": _PLAYBOOK, "audience": outline.audience}
        seeding.insert(
            connection,
            tables["playbook"],
            [{**playbook, "titles": json.dumps(dict(outline.title)), "created_at": _MOMENT}],
        )
        version = {"id": 1, "playbook_id": 1, "number": 1, "content": json.dumps(to_content(outline)), "sha256": digest}
        made = {"origin": "shipped", "created_at": _MOMENT, "published_at": _MOMENT}
        seeding.insert(connection, tables["playbook_version"], [{**version, **made}])
        customers = (
            {"id": 10_000 + n, "ref": f"O-P{n:07d}", "kind": "reseller", "name": _name(n), "created_at": _MOMENT}
            for n in range(1, count + 1)
        )
        seeding.insert(connection, tables["organisation"], customers)
        seeding.insert(connection, tables["plan"], _rows(count))
        seeding.search_anew(connection, "plan")
    return manager


def _name(number: int) -> str:
    return f"Stolarnia Sosna {number}"


def _rows(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        name = _name(number)
        moment = _MOMENT + timedelta(minutes=number)
        yield {
            "id": number,
            "ref": f"P-{number:08d}",
            "organisation_id": 10_000 + number,
            "playbook_version_id": 1,
            "name": name,
            "locale": "pl",
            "country": "PL",
            "state": "running",
            "facts": "{}",
            "manager_id": _MANAGER,
            "started_on": _DAY.isoformat(),
            "agreed": "{}",
            "task_count": 60,
            "done_count": number % 60,
            "waiting": "customer" if number % 2 else "vendor",
            "forecast_on": (_DAY + timedelta(days=number % 90)).isoformat(),
            "health": ("on_track", "at_risk", "late")[number % 3],
            "health_why": "{}",
            "created_at": moment,
            "updated_at": moment,
            "version": 1,
            "search": f"p-{number:08d} {name.casefold()}",
            "name_sort": name.casefold(),
        }
