"""How many running plans stand on a version, asked upwards without an import: whoever runs plans says how to count."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

Counter = Callable[[Collection[int]], Mapping[int, int]]
"""Ids of versions in, running plans by id of the version out; in one query."""

_counters: list[Counter] = []


def counted_by(counter: Counter) -> Counter:
    """Registers who counts. A decorator, for a module that `create_app` imports anyway."""
    if counter not in _counters:
        _counters.append(counter)
    return counter


def running(version_ids: Collection[int]) -> dict[int, int]:
    """Running plans by id of the version; versions without any are left out."""
    found: dict[int, int] = {}
    if version_ids:
        for counter in _counters:
            for version_id, count in counter(version_ids).items():
                if count:
                    found[version_id] = found.get(version_id, 0) + count
    return found
