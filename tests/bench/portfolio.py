"""The portfolio under measure: its first page, a later one and a search, among few plans and among many (I12)."""

from __future__ import annotations

import argparse
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.db import Base
from app.playbooks import shelf
from app.playbooks.outline import to_content
from tests.bench import seed as seeding
from tests.bench.driver import Ask
from tests.bench.paging import in_turn, second_page
from tests.bench.seed import Member, environment
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
    _plans(path, plans)
    return Place(plans, running.enter_context(serving("wsgi:app", environment(path))), Member(f"{_MANAGER}:1", 0))


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
        for each in places:
            p50, cpu = figures[each.plans]
            say(f"{what:34}{each.plans:>7,} plans   p50 {p50 * 1000:8.2f} ms   CPU {cpu * 1000:8.2f} ms")
        least, most = figures[places[0].plans], figures[places[-1].plans]
        if len(places) > 1:
            verdicts.append((f"{what}: p50 to smallest", most[0] / least[0], REACH))
            verdicts.append((f"{what}: CPU to smallest", most[1] / least[1], REACH))
    return verdicts


def _plans(path: Path, count: int) -> None:
    tables = Base.metadata.tables
    outline, digest = shelf.shipped()[_PLAYBOOK]
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "temp_store=MEMORY"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute("BEGIN")
        person = {"ref": "U-MANAGER0", "email": "manager@vendor.example", "name": "Manager", "locale": "en"}
        rows = [{"id": _MANAGER, **person, "session_epoch": 1, "created_at": _MOMENT, "search": "manager"}]
        seeding.insert(connection, tables["person"], rows)
        seeding.insert(connection, tables["staff_role"], [{"person_id": _MANAGER, "role": "account_manager"}])
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
        connection.execute("INSERT INTO plan_search(plan_search) VALUES ('rebuild')")
        connection.execute("COMMIT")
        connection.execute("ANALYZE")
        connection.execute("PRAGMA journal_mode=WAL")


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
