"""Reports under measure: read from sums of few leads and of many over the same two years, and the sums themselves."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.bench import seed as seeding
from tests.bench.driver import Ask
from tests.bench.paging import in_turn, to_smallest, told
from tests.bench.seed import Member, environment, filling
from tests.bench.serving import Served, serving

REACH = 4.0
"""Many leads fill more cells of months and resellers than few, a hundred times as many here, so their sums are longer;
a thousand times as many leads must not show."""
_LEADER = 900_003
_DAYS = 730
_FORMAT = "strftime('%Y-%m-%d %H:%M:%S.000000', "
_SPREAD = (
    f"UPDATE lead SET created_at = {_FORMAT} '2024-01-01', '+' || (:seconds * id) || ' seconds')",
    f"UPDATE lead SET decided_by_id = :leader, decided_at = {_FORMAT} created_at, '+' || (id % 5) || ' days')"
    " WHERE state <> 'submitted'",
    f"UPDATE lead SET converted_at = {_FORMAT} decided_at, '+' || (id % 9) || ' days') WHERE state = 'converted'",
)
_PAGES = (
    ("leads, two years", "/desk/reports/leads?from=2024-01-01&until=2025-12-30"),
    ("leads, odd days, one reseller", "/desk/reports/leads?from=2024-02-05&until=2025-11-18&reseller=P-00000002"),
    ("resellers, two years", "/desk/reports/resellers?from=2024-01-01&until=2025-12-30"),
)


@dataclass(frozen=True)
class Place:
    """One size with its server."""

    leads: int
    path: Path
    served: Served
    leader: Member


def place(folder: Path, leads: int, running: ExitStack, say: Callable[[str], None]) -> Place:
    own = folder / f"reports-{leads}"
    own.mkdir()
    path = own / "gangway.db"
    seeding.seed(path, leads)
    with filling(path) as connection:
        leader = seeding.colleague(connection, _LEADER, "team_leader")
        known = {"seconds": _DAYS * 86_400 / leads, "leader": _LEADER}
        for statement in _SPREAD:
            connection.execute(statement, {name: known[name] for name in known if f":{name}" in statement})
    say(f"reports: {leads:>9,} leads summed up anew in {_rebuilt(path):6.1f} s")
    return Place(leads, path, running.enter_context(serving("wsgi:app", environment(path))), leader)


def _rebuilt(path: Path) -> float:
    """Seconds, the start of the program included."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "reports", "rebuild"]
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, **environment(path)})
    return time.perf_counter() - begun


def measure(
    places: list[Place],
    options: argparse.Namespace,
    headers: Callable[[Member], tuple[tuple[str, str], ...]],
    say: Callable[[str], None],
) -> list[tuple[str, float, float]]:
    """What was found and what was to be reached."""
    verdicts: list[tuple[str, float, float]] = []
    for what, address in _PAGES:
        asks = {each.leads: Ask("GET", address, headers=headers(each.leader)) for each in places}
        figures = in_turn({each.leads: each.served for each in places}, asks, options.rounds)
        told(what, "leads", figures, say)
        verdicts += to_smallest(what, figures, REACH)
    return verdicts
