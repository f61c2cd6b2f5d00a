"""Numbers for Prometheus: requests of all web processes on this machine, counted in files that they share."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask, Response, current_app, g, request

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry, Counter, Histogram

FOLDER = "metrics"
BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)


@dataclass(frozen=True)
class _Meters:
    registry: CollectorRegistry
    requests: Counter
    seconds: Histogram


def init_app(app: Flask) -> None:
    @app.after_request
    def _count(response: Response) -> Response:
        meters = _meters()
        meters.requests.labels(request.endpoint or "unknown", response.status_code).inc()
        started = g.get("request_started")
        if started is not None:
            meters.seconds.observe(time.perf_counter() - started)
        return response


Gauge = tuple[str, str, dict[str, float]]
"""Name, what it is, and its number for each state; the state "" stands for none."""


def text(gauges: Iterable[Gauge]) -> tuple[bytes, str]:
    """Everything counted, and `gauges` as they are now, with the content type."""
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess
    from prometheus_client.core import GaugeMetricFamily

    registry = _meters().registry
    if not current_app.testing:
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)

    class _Now:
        def collect(self) -> Iterable[GaugeMetricFamily]:
            for name, about, numbers in gauges:
                labels = [] if "" in numbers else ["state"]
                family = GaugeMetricFamily(name, about, labels=labels)
                for state, number in numbers.items():
                    family.add_metric([state] if labels else [], number)
                yield family

    extra = CollectorRegistry()
    extra.register(_Now())
    return generate_latest(registry) + generate_latest(extra), CONTENT_TYPE_LATEST


def _meters() -> _Meters:
    """Made at the first request: commands and the worker leave no empty files behind."""
    found: _Meters | None = current_app.extensions.get("gangway_meters")
    if found is None:
        if not current_app.testing:
            _share(current_app.config["GANGWAY"].data_dir / FOLDER)
        # Only now: the library looks for the shared folder when it is imported.
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = CollectorRegistry()
        found = _Meters(
            registry,
            Counter("gangway_requests", "Requests by endpoint and status.", ["endpoint", "status"], registry=registry),
            Histogram("gangway_request_seconds", "Time a request took.", buckets=BUCKETS, registry=registry),
        )
        current_app.extensions["gangway_meters"] = found
    return found


def _share(folder: Path) -> None:
    """Begins at zero when nobody who counted is left, as after a restart of everything."""
    folder.mkdir(exist_ok=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)
    files = list(folder.glob("*.db"))
    if not any(_lives(path) for path in files):
        for path in files:
            path.unlink(missing_ok=True)


def _lives(path: Path) -> bool:
    number = path.stem.rpartition("_")[2]
    with suppress(ValueError, ProcessLookupError):
        try:
            os.kill(int(number), 0)
        except PermissionError:
            return True
        return True
    return False
