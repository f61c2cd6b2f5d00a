"""One page of a list under measure, at several sizes of the whole in turn."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping

from tests.bench.driver import Ask, Client
from tests.bench.serving import Served


def second_page(served: Served, ask: Ask) -> Ask:
    """The same list, one page on."""
    client = Client(served.port)
    found = re.search(r'rel="next" href="\?([^"]+)"', client.checked(ask).text)
    client.close()
    if found is None:
        raise RuntimeError(f"{ask.path} has one page only")
    return Ask("GET", f"{ask.path.partition('?')[0]}?{found[1].replace('&amp;', '&')}", headers=ask.headers)


def in_turn(servers: Mapping[int, Served], asks: Mapping[int, Ask], rounds: int) -> dict[int, tuple[float, float]]:
    """p50 and processor time of one answer, in seconds, by size. The first answers only warm up."""
    clients = {size: Client(served.port) for size, served in servers.items()}
    times: dict[int, list[float]] = {size: [] for size in servers}
    cpu = dict.fromkeys(times, 0.0)
    count = max(3, rounds) * 8
    for turn in range(count + 3):
        for size, served in servers.items():
            before, begun = served.cpu(), time.perf_counter()
            clients[size].checked(asks[size])
            if turn >= 3:
                times[size].append(time.perf_counter() - begun)
                cpu[size] += served.cpu() - before
    for client in clients.values():
        client.close()
    return {size: (sorted(found)[len(found) // 2], cpu[size] / count) for size, found in times.items()}


def told(what: str, things: str, figures: Mapping[int, tuple[float, float]], say: Callable[[str], None]) -> None:
    """A line for each size. `things`: what there are so many of."""
    for size, (p50, cpu) in figures.items():
        say(f"{what:38}{size:>9,} {things}   p50 {p50 * 1000:8.2f} ms   CPU {cpu * 1000:8.2f} ms")


def to_smallest(what: str, figures: Mapping[int, tuple[float, float]], reach: float) -> list[tuple[str, float, float]]:
    """How many times as long the largest takes as the smallest, and what was to be reached; nothing to say of one."""
    if len(figures) == 1:
        return []
    least, most = figures[min(figures)], figures[max(figures)]
    return [
        (f"{what}: p50 to smallest", most[0] / least[0], reach),
        (f"{what}: CPU to smallest", most[1] / least[1], reach),
    ]
