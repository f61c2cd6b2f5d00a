"""The addresses for those who run the installation."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core import heartbeat, metrics
from app.core.clock import now
from app.core.crypto import keyed_digest
from app.core.db import write
from app.outbox import service
from app.outbox.mail import Recipient
from app.web import health
from tests.outbox.conftest import Hello


@pytest.fixture
def production(app: Flask) -> Iterator[None]:
    before = app.config["GANGWAY"]
    app.config["GANGWAY"] = replace(before, mode="production")
    yield
    app.config["GANGWAY"] = before


def test_the_process_answers(client: FlaskClient) -> None:
    assert client.get("/healthz").get_data(as_text=True) == "ok"


def test_ready_means_database_and_worker(client: FlaskClient, context: None) -> None:
    missing = client.get("/readyz")
    assert (missing.status_code, missing.get_data(as_text=True)) == (503, "database: ok\nworker: not seen")
    heartbeat.beat("worker-1")
    assert client.get("/readyz").status_code == 200
    with time_machine.travel(now() + timedelta(minutes=2)):
        assert client.get("/readyz").status_code == 503
    heartbeat.stop("worker-1")
    assert client.get("/readyz").status_code == 503


def test_a_machine_that_is_to_get_no_more_says_so(app: Flask, client: FlaskClient, context: None) -> None:
    heartbeat.beat("worker-1")
    sign = app.config["GANGWAY"].data_dir / health.DRAINING
    sign.touch()
    try:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_data(as_text=True)) == (503, "draining")
        assert client.get("/healthz").status_code == 200
    finally:
        sign.unlink()
    assert client.get("/readyz").status_code == 200


def test_the_numbers_are_there_for_this_machine_in_the_demo(client: FlaskClient, context: None) -> None:
    with write():
        service.post(Hello("x"), Recipient("a@reader.example", "A", "en"), conversation="c")
    client.get("/healthz")
    answer = client.get("/metrics")
    page = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/plain")
    assert 'gangway_outbox_mails{state="queued"} 1.0' in page
    assert 'gangway_outbox_events{state="queued"} 0.0' in page
    assert 'gangway_requests_total{endpoint="health.healthz",status="200"}' in page
    assert "gangway_worker_alive 0.0" in page
    assert "gangway_request_seconds_bucket" in page


@pytest.mark.parametrize("headers", [{"X-Forwarded-For": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}])
def test_the_numbers_are_not_for_those_behind_a_proxy(client: FlaskClient, headers: dict[str, str]) -> None:
    assert client.get("/metrics", headers=headers).status_code == 404
    assert client.get("/metrics", environ_base={"REMOTE_ADDR": "203.0.113.9"}).status_code == 404


def test_in_production_only_the_token_opens(app: Flask, client: FlaskClient, context: None, production: None) -> None:
    closed = client.get("/metrics")
    assert closed.status_code == 404
    assert closed.get_data() == client.get("/no-such-page").get_data()
    assert client.get("/metrics", headers={"Authorization": "Bearer é"}).status_code == 404
    token = app.test_cli_runner().invoke(args=["metrics-token"]).output.strip()
    assert token == keyed_digest("metrics")
    assert client.get("/metrics", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_counting_goes_on_while_one_process_lives_and_begins_anew_when_none_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "elsewhere")
    folder = tmp_path / "metrics"
    ended = subprocess.Popen(["true"])
    ended.wait()

    def files() -> list[str]:
        return sorted(path.name for path in folder.iterdir())

    metrics._share(folder)
    assert (files(), os.environ["PROMETHEUS_MULTIPROC_DIR"]) == ([], str(folder))
    for name in (f"counter_{ended.pid}.db", f"counter_{os.getpid()}.db"):
        (folder / name).touch()
    metrics._share(folder)
    assert len(files()) == 2, "another process has counted, and goes on"
    (folder / f"counter_{os.getpid()}.db").rename(folder / "counter_of nobody.db")
    metrics._share(folder)
    assert files() == []


def test_a_process_of_somebody_else_lives_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(pid: int, signal: int) -> None:
        raise PermissionError

    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "elsewhere")
    monkeypatch.setattr(os, "kill", refused)
    (tmp_path / "counter_1.db").touch()
    metrics._share(tmp_path)
    assert (tmp_path / "counter_1.db").exists()
