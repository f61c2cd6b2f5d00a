"""An import whose process is switched off while it is under way: it stops, says so, and goes on when it may."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import g
from flask.testing import FlaskClient

from app.core.clock import now
from app.core.db import db, write
from app.imports import service, work
from app.imports.models import ImportRun
from app.imports.work import applying
from app.leads.models import Lead
from app.people.models import Person
from app.settings import service as settings
from app.settings.models import VendorSettings
from app.settings.processes import Process
from tests.imports.sentences import (
    a_company,
    csv_of,
    fresh,
    lines_of,
    numbers_of,
    previewed,
    sent,
    somebody_who_imports,
    the_worker_works,
)
from tests.sentences import a_reseller, a_staff_member, post, sign_in

pytestmark = pytest.mark.usefixtures("context")


def switched(on: bool) -> None:
    row = db.session.get(VendorSettings, 1)
    settings.switch(Process.RESELLERS, on, row.version if row else 0, a_staff_member("administrator"))
    db.session.remove()
    g.pop("gangway_vendor", None)


def registrations(count: int) -> bytes:
    a_reseller("Polana", name_sort="polana")
    return csv_of([{**a_company(company_name=f"C {number}"), "reseller": "Polana"} for number in range(count)])


def leads() -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(Lead)) or 0


def half_applied(by: Person, monkeypatch: pytest.MonkeyPatch) -> ImportRun:
    monkeypatch.setattr(applying, "APPLIED", 2)
    monkeypatch.setattr(applying, "LONGEST", 60)
    run = previewed("leads", registrations(5), by)
    service.apply(run.id, by)
    work.go_on("tests")
    db.session.remove()
    assert (fresh(run).state, leads()) == ("applying", 2)
    switched(False)
    the_worker_works()
    return fresh(run)


def test_an_import_under_way_stops_and_goes_on_where_it_stood(monkeypatch: pytest.MonkeyPatch) -> None:
    by = somebody_who_imports()
    run = half_applied(by, monkeypatch)
    assert (run.state, run.applied, leads()) == ("stopped", 2, 2)
    assert "Reseller programme" in run.explanation
    with pytest.raises(service.ProcessOff):
        service.resume(run.id, by)
    switched(True)
    the_worker_works()
    assert fresh(run).state == "stopped", "somebody says when it goes on"
    service.resume(run.id, by)
    service.resume(run.id, by)
    the_worker_works()
    assert (fresh(run).state, numbers_of(fresh(run)), leads()) == ("done", (5, 0, 0, 0), 5)
    assert fresh(run).explanation == ""


def test_a_comparison_under_way_stops_too() -> None:
    by = somebody_who_imports()
    run = sent("leads", registrations(3), by)
    work.go_on("tests")
    db.session.remove()
    switched(False)
    the_worker_works()
    assert (fresh(run).state, fresh(run).ended_at) == ("stopped", None)
    switched(True)
    service.resume(run.id, by)
    the_worker_works()
    assert (fresh(run).state, numbers_of(fresh(run))) == ("ready", (3, 0, 0, 0))


def test_the_page_says_why_and_whom_to_ask(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    by = somebody_who_imports()
    run = half_applied(by, monkeypatch)
    sign_in(client, by)
    here = f"/desk/imports/{run.ref}"
    page = client.get(here).get_data(as_text=True)
    assert "This import was stopped after 2 lines." in page
    assert "Reseller programme" in page
    assert "Go on" not in page
    assert run.ref in client.get("/desk/imports").get_data(as_text=True)
    assert post(client, f"{here}/resumption", page=here).status_code == 409
    switched(True)
    assert "Go on" in client.get(here).get_data(as_text=True)
    assert post(client, f"{here}/resumption", page=here).status_code == 303
    the_worker_works()
    assert leads() == 5


def test_the_rest_can_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    by = somebody_who_imports()
    run = half_applied(by, monkeypatch)
    service.discard(run.id, by)
    done = fresh(run)
    assert (done.state, numbers_of(done), leads()) == ("done", (2, 0, 0, 3), 2)
    assert {line.why[0][1] for line in lines_of(done, "wrong")} == {done.explanation}


def test_one_that_stopped_is_forgotten_like_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    run = half_applied(somebody_who_imports(), monkeypatch)
    with write():
        service.forget([run.id])
    assert (fresh(run).state, numbers_of(fresh(run)), lines_of(run)) == ("done", (2, 0, 0, 3), [])
    assert (fresh(run).forgotten_at or now()) <= now()
