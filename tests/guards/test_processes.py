"""A process that is switched off has no pages, and no page of the others leads to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

from app.core.db import db
from app.people import queries
from app.people.models import Person
from app.settings import processes, service
from app.settings.processes import Process
from tests.crawl import inside, links_in, walk
from tests.guards.test_access import address
from tests.sentences import csrf_of, sign_in

pytestmark = pytest.mark.on("sqlite")
WALKERS = ("visitor", pytest.param("administrator", marks=pytest.mark.sweep), "reseller")


@pytest.fixture(params=list(Process))
def off(request: pytest.FixtureRequest, demo: list[dict[str, Any]]) -> Process:
    process: Process = request.param
    service.switch(process, False, service.version(), somebody(demo, "administrator"))
    return process


def somebody(people: list[dict[str, Any]], role: str) -> Person:
    person = queries.by_email(next(known["email"] for known in people if known["role"] == role))
    assert person is not None
    return person


def closed_doors(app: Flask, process: Process) -> set[str]:
    return {name for name, view in app.view_functions.items() if process in processes.needed_by(view.__module__)}


def test_each_process_has_doors_of_its_own(app: Flask) -> None:
    for process in Process:
        assert closed_doors(app, process), f"{process} has no pages: is its room in the table?"
    assert all("panel" in name for name in closed_doors(app, Process.RESELLERS) & closed_doors(app, Process.BILLING))


def test_its_pages_do_not_exist_for_anybody(
    app: Flask, client: FlaskClient, demo: list[dict[str, Any]], off: Process
) -> None:
    administrator = sign_in(app.test_client(), somebody(demo, "administrator"))
    token = csrf_of(administrator, "/desk/settings")
    unknown = {programs: client.get(path).get_data() for programs, path in ((False, "/no"), (True, "/api/v1/no"))}
    for rule in app.url_map.iter_rules():
        if rule.endpoint not in closed_doors(app, off):
            continue
        with app.test_request_context():
            path = address(app, rule)
        for method in ("GET", "POST"):
            if method not in (rule.methods or ()):
                continue
            for browser in (client, administrator):
                answer = browser.open(
                    path, method=method, data={"csrf_token": token}, headers={"Origin": "http://localhost"}
                )
                assert answer.status_code == 404, f"{method} {path} answers {answer.status_code}"
                assert browser is administrator or answer.get_data() == unknown[path.startswith("/api/")]


def steps(app: Flask, people: list[dict[str, Any]], walker: str) -> Iterator[Any]:
    browser = app.test_client()
    if walker == "visitor":
        return walk(app, browser, ["/", "/sign-in"])
    sign_in(browser, somebody(people, walker))
    return walk(app, browser, ["/profile" if walker == "reseller" else "/desk", "/profile", "/home"])


@pytest.mark.parametrize("walker", WALKERS)
def test_no_page_leads_to_it(app: Flask, demo: list[dict[str, Any]], off: Process, walker: str) -> None:
    adapter = app.url_map.bind("localhost")
    closed = closed_doors(app, off)
    visits = 0
    for visit in steps(app, demo, walker):
        visits += 1
        assert visit.status < 400, f"{visit.path}, linked from {visit.came_from}, answers {visit.status}"
        for link in links_in(visit.body) if visit.endpoint != "outbox_desk.body" else []:
            path = inside(visit.path, link)
            if path is None:
                continue
            try:
                endpoint = adapter.match(path.partition("?")[0], method="GET")[0]
            except (HTTPException, RequestRedirect):
                continue
            assert endpoint not in closed, f"{visit.path} links to {path}"
    assert visits > 1


def test_switched_on_again_all_is_back(app: Flask, demo: list[dict[str, Any]], off: Process) -> None:
    service.switch(off, True, service.version(), somebody(demo, "administrator"))
    db.session.rollback()
    sales = sign_in(app.test_client(), somebody(demo, "sales"))
    panel = sign_in(app.test_client(), somebody(demo, "reseller"))
    for browser, path in ((sales, "/desk/leads"), (panel, "/panel"), (panel, "/panel/leads")):
        assert browser.get(path).status_code == 200, path
