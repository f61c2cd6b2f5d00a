"""Billing under measure: the due list among few and many details, and the memory of a long download."""

from __future__ import annotations

import argparse
import itertools
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from app.core.db import Base
from tests.bench import seed as seeding
from tests.bench.driver import Ask, Client
from tests.bench.paging import in_turn, second_page, to_smallest, told
from tests.bench.seed import Member, environment, filling, seed
from tests.bench.serving import Served, serving

DUE = 500
"""Details with a period to be invoiced, whatever the size of the whole."""
UNTIL = "2026-06-30"
_PERSON = 900_001
_MOMENT = datetime(2025, 1, 1)  # noqa: DTZ001 - as SQLite keeps it
REACH = 3.0
MEGABYTES = 20.0


@dataclass(frozen=True)
class Place:
    """One size with its server."""

    details: int
    served: Served
    finance: Member


def place(folder: Path, details: int, running: ExitStack) -> Place:
    own = folder / f"billing-{details}"
    own.mkdir()
    path = own / "gangway.db"
    seed(path, 100)
    finance = _details(path, details)
    return Place(details, running.enter_context(serving("wsgi:app", environment(path))), finance)


def measure(
    places: list[Place],
    options: argparse.Namespace,
    headers: Callable[[Member], tuple[tuple[str, str], ...]],
    say: Callable[[str], None],
) -> list[tuple[str, float, float]]:
    """What was found and what was to be reached."""
    verdicts: list[tuple[str, float, float]] = []
    for what, address in (
        ("due list", f"/desk/billing?until={UNTIL}"),
        ("due list, deep page", f"/desk/billing?until={UNTIL}"),
        ("all details", "/desk/billing/details"),
        ("all details, next first", "/desk/billing/details?sort=next"),
    ):
        asks = {}
        for each in places:
            ask = Ask("GET", address, headers=headers(each.finance))
            asks[each.details] = second_page(each.served, ask) if what.endswith("deep page") else ask
        figures = in_turn({each.details: each.served for each in places}, asks, options.rounds)
        told(what, "details", figures, say)
        verdicts += to_smallest(what, figures, REACH)
    biggest = places[-1]
    for name in (f"due.csv?until={UNTIL}", "details.csv", "details.xlsx"):
        growth, size, seconds = _streamed(biggest, f"/desk/billing/{name}", headers(biggest.finance))
        say(f"{name:30}{biggest.details:>9,} details   {size / 1e6:8.1f} MB in {seconds:.1f} s, peak +{growth:.1f} MB")
        verdicts.append((f"{name}: megabytes of memory at the peak", growth, MEGABYTES))
    return verdicts


def _streamed(each: Place, path: str, headers: tuple[tuple[str, str], ...]) -> tuple[float, int, float]:
    """Megabytes that the server grew at the most while it wrote the file, the file's size, and seconds."""
    client = Client(each.served.port)
    client.checked(Ask("GET", "/desk/billing/details", headers=headers))
    before, peak, done = _own_memory(each.served), 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not done.wait(0.05):
            peak = max(peak, _own_memory(each.served))

    watcher = threading.Thread(target=watch)
    watcher.start()
    begun = time.perf_counter()
    answer = client.checked(Ask("GET", path, headers=headers))
    seconds = time.perf_counter() - begun
    done.set()
    watcher.join()
    client.close()
    return max(0, peak - before) / 1e6, len(answer.body), seconds


def _own_memory(served: Served) -> int:
    """Bytes that the processes hold themselves. Pages of the database file, which SQLite maps, are not among them."""
    total = 0
    for process in served.tree():
        with suppress(OSError):
            status = Path(f"/proc/{process.pid}/status").read_text()
            total += int(re.search(r"RssAnon:\s+(\d+)", status)[1]) * 1024  # type: ignore[index]  # each process has it
    return total


# ------------------------------------------------------------------------------------------------------------- the rows


def _details(path: Path, count: int) -> Member:
    """Details of as many accounts, each with a price and a year of periods dealt with for every hundredth; the first
    `DUE` are due in June 2026, the others later. Returns who looks at them."""
    tables = Base.metadata.tables
    with filling(path) as connection:
        finance = seeding.colleague(connection, _PERSON, "finance")
        seeding.insert(connection, tables["account"], _accounts(count))
        held = ({"account_id": n, "service_id": 1, "created_at": _MOMENT} for n in range(1, count + 1))
        seeding.insert(connection, tables["account_service"], held)
        seeding.insert(connection, tables["billing_detail"], map(_detail, range(1, count + 1)))
        prices = (
            {"detail_id": n, "from_on": "2025-06-15", "net": 14_900, "vat_rate": 2_300} for n in range(1, count + 1)
        )
        seeding.insert(connection, tables["billing_price"], prices)
        seeding.insert(connection, tables["billing_period"], _periods(count))
        seeding.search_anew(connection, "account", "billing_detail")
    return finance


def _accounts(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        name = f"Stolarnia Sosna {number}"
        yield {
            "id": number,
            "ref": f"C-{number:08d}",
            "state": "active",
            "reseller_id": 1 + number % seeding.OTHERS,
            "locale": "pl",
            "company_name": name,
            "country": "PL",
            "company_number": str(1_000_000_000 + number),
            "company_key": f"PL:{1_000_000_000 + number}",
            "street": "Długa 1",
            "postcode": "62-200",
            "city": "Gniezno",
            "email": f"biuro{number}@firma.example",
            "phone": f"+48{number:09d}",
            "contact_name": "Hanna Wilk",
            "created_at": _MOMENT,
            "updated_at": _MOMENT,
            "version": 1,
            "search": f"c-{number:08d} {name.casefold()}",
            "name_sort": name.casefold(),
        }


def _detail(number: int) -> dict[str, Any]:
    due = number <= DUE
    moment = _MOMENT + timedelta(seconds=number)
    return {
        "id": number,
        "ref": f"B-{number:08d}",
        "account_id": number,
        "service_id": 1,
        "reseller_id": 1 + number % seeding.OTHERS if number % 5 else None,
        "text": "",
        "months": 1,
        "currency": "PLN" if number % 2 else "EUR",
        "starts_on": "2025-06-15",
        "ends_on": None,
        "next_on": "2026-06-15" if due else "2026-07-15",
        "past_unclear": False,
        "created_at": moment,
        "updated_at": moment,
        "version": 1,
        "search": f"b-{number:08d}",
    }


def _periods(count: int) -> Iterator[dict[str, Any]]:
    """A year of them for the details that are due and for some others: they must not slow the list down."""
    for number in itertools.chain(range(1, DUE + 1), range(DUE + 1, count + 1, 20)):
        for period in range(12):
            year, month = divmod(2025 * 12 + 5 + period, 12)
            yield {
                "detail_id": number,
                "number": period,
                "ref": f"B-{number:08d}/{period}",
                "state": "taken_over",
                "starts_on": f"{year}-{month + 1:02d}-15",
                "ends_on": f"{year}-{month + 1:02d}-28",
                "net": 14_900,
                "vat_rate": 2_300,
                "currency": "PLN" if number % 2 else "EUR",
                "created_at": _MOMENT,
            }
