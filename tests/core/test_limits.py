"""Counting for rate limits: one count for all processes of a machine, that ends, and that nobody can fill."""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.limits import SharedFile, limiter
from tests.sentences import a_reseller, csrf_of, link_of

START = datetime(2026, 3, 9, 14, 0, tzinfo=UTC)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rate-limits"


def test_a_count_ends_after_its_time_and_begins_anew(path: Path) -> None:
    counts = SharedFile(path=str(path))
    with time_machine.travel(START, tick=False) as clock:
        assert [counts.incr("a", 60) for _ in range(3)] == [1, 2, 3]
        assert counts.get_expiry("a") == (START + timedelta(seconds=60)).timestamp()
        clock.shift(timedelta(seconds=59))
        assert counts.incr("a", 60) == 4
        clock.shift(timedelta(seconds=1))
        assert counts.get("a") == 0
        assert counts.incr("a", 60) == 1


def test_keys_are_counted_apart_and_can_be_forgotten(path: Path) -> None:
    counts = SharedFile(path=str(path))
    counts.incr("a", 60, 5)
    counts.incr("b", 60)
    assert (counts.get("a"), counts.get("b"), counts.get("c")) == (5, 1, 0)
    counts.clear("a")
    assert (counts.get("a"), counts.get("b")) == (0, 1)
    counts.reset()
    assert counts.get("b") == 0


def _count(path: str, times: int) -> None:
    counts = SharedFile(path=path)
    for _ in range(times):
        counts.incr("everybody", 600)


def test_processes_count_together(path: Path) -> None:
    several = [
        multiprocessing.get_context("spawn").Process(target=_count, args=(str(path), 500), daemon=True)
        for _ in range(3)
    ]
    for process in several:
        process.start()
    for process in several:
        process.join(60)
    assert SharedFile(path=str(path)).get("everybody") == 1500


def test_many_keys_need_no_more_room_and_the_latest_counts(path: Path) -> None:
    counts = SharedFile(path=str(path))
    size = path.stat().st_size
    for number in range(20_000):
        counts.incr(f"address {number}", 60)
    assert path.stat().st_size == size
    assert counts.incr("address 19999", 60) == 2


def test_the_file_is_for_nobody_else(path: Path) -> None:
    SharedFile(path=str(path))
    assert path.stat().st_mode & 0o077 == 0


@pytest.fixture
def counted() -> Iterator[None]:
    """The application counts, from nothing."""
    limiter.enabled = True
    limiter.reset()
    yield
    limiter.reset()
    limiter.enabled = False


def _sent(client: FlaskClient, path: str, token: str, times: int, address: str = "203.0.113.9") -> list[int]:
    return [
        client.post(path, data={"csrf_token": token}, environ_base={"REMOTE_ADDR": address}).status_code
        for _ in range(times)
    ]


@pytest.mark.parametrize("door", ["/r/", "/resellers/apply", "/sign-in"])
def test_a_public_form_takes_sixty_a_minute_from_one_address(
    client: FlaskClient, context: None, counted: None, door: str
) -> None:
    path = f"/r/{link_of(a_reseller()).slug}" if door == "/r/" else door
    token = csrf_of(client)
    assert _sent(client, path, token, 60) == [422] * 60
    client.get("/?lang=fi")
    refused = client.post(path, data={"csrf_token": token}, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 60
    assert '<html lang="fi"' in refused.get_data(as_text=True)
    assert _sent(client, path, token, 1, "203.0.113.10") == ([429] if door == "/r/" else [422])


def test_a_personal_link_takes_sixty_a_minute_from_everybody_together(
    app: Flask, client: FlaskClient, context: None, counted: None
) -> None:
    one, other = f"/r/{link_of(a_reseller()).slug}", f"/r/{link_of(a_reseller()).slug}"
    token = csrf_of(client)
    statuses = [_sent(client, one, token, 1, f"203.0.113.{number}")[0] for number in range(61)]
    assert statuses == [422] * 60 + [429]
    assert _sent(client, other, token, 1) == [422]
    assert client.get(one).status_code == 200
