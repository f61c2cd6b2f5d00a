"""Reports at the desk: who reads which, what each says of the demo's months, filters, files, and nothing to say."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.plans import reports as plans
from app.plans.models import Health, Plan, PlanTask
from app.plans.reports import Age, Whom
from app.plans.texts import outline_of
from app.reports import rollups
from app.reports.registry import REPORTS
from app.settings import service as settings
from app.settings.processes import Process
from app.trainings import reports as trainings
from app.trainings.models import Attendance, SessionState, TrainingSession
from app.trainings.service import sessions
from tests.followups.asking import a_followup, give
from tests.followups.partners import a_service_partner
from tests.leads.sentences import a_lead, an_account
from tests.queries import counting
from tests.sentences import a_plan, a_reseller, a_staff_member, sign_in
from tests.trainings.sentences import a_session, participants, somebody

pytestmark = pytest.mark.usefixtures("context")
CODES = [report.code for report in REPORTS]
PERIOD = "from=2026-01-01&until=2026-12-31"


@pytest.fixture
def leader(client: FlaskClient) -> FlaskClient:
    return sign_in(client, a_staff_member("team_leader", name="Piotr Zaręba"))


# --- pages ------------------------------------------------------------------------------------------------------------


@pytest.mark.on("postgres")
def test_each_report_of_the_demo_has_figures_a_chart_and_a_table(
    client: FlaskClient, demo: list[dict[str, Any]]
) -> None:
    """One expensive set-up for all of them."""
    sign_in(client, a_staff_member("team_leader"))
    listed = client.get("/desk/reports").text
    for code in CODES:
        assert f'href="/desk/reports/{code}"' in listed
        page = client.get(f"/desk/reports/{code}").text
        assert '<dl class="gw-figures">' in page, code
        assert page.count("<table") > 0, code
        drawn = re.findall(r"<svg[^>]*gw-chart.*?</svg>", page, re.DOTALL)
        assert drawn, code
        assert all('role="img"' in one and "<title " in one and "<desc " in one for one in drawn), code
        assert not re.search(r"<style|<script(?![^>]*src=)| style=", "".join(drawn)), code
        parts = re.findall(rf"/desk/reports/{code}/(\w+)\.csv", page)
        assert parts, code
        for part in parts:
            sheet = client.get(f"/desk/reports/{code}/{part}.csv")
            assert sheet.status_code == 200
            assert sheet.get_data(as_text=True).count("\n") > 1, part
    for lang in ("nl", "pl", "fi", "fr"):
        assert client.get(f"/desk/reports/leads?lang={lang}").status_code == 200


@pytest.mark.parametrize("code", CODES)
def test_a_report_of_nothing_says_so(leader: FlaskClient, code: str) -> None:
    page = leader.get(f"/desk/reports/{code}?{PERIOD}")
    assert page.status_code == 200
    assert "gw-chart" not in page.text
    empty = leader.get(f"/desk/reports/{code}/nothing.csv")
    assert "Nothing in this period" in empty.get_data(as_text=True)


@pytest.mark.parametrize(
    ("role", "read"),
    [
        ("finance", {"leads", "resellers"}),
        ("sales", set(CODES)),
        ("account_manager", set(CODES)),
        ("coordinator", set(CODES)),
        ("team_leader", set(CODES)),
    ],
)
def test_a_report_is_for_whoever_may_read_what_it_counts(client: FlaskClient, role: str, read: set[str]) -> None:
    sign_in(client, a_staff_member(role))
    page = client.get("/desk/reports").text
    assert 'href="/desk/reports"' in client.get("/desk").text
    for code in CODES:
        assert client.get(f"/desk/reports/{code}").status_code == (200 if code in read else 403)
        assert client.get(f"/desk/reports/{code}/months.csv").status_code == (200 if code in read else 403)
        assert (f'href="/desk/reports/{code}"' in page) == (code in read)


@pytest.mark.parametrize("role", ["designer", "content_editor"])
def test_others_have_no_reports(client: FlaskClient, role: str) -> None:
    sign_in(client, a_staff_member(role))
    assert client.get("/desk/reports").status_code == 403
    assert client.get("/desk/reports/leads").status_code == 403
    assert 'href="/desk/reports"' not in client.get("/desk").text


def test_there_are_no_other_reports(leader: FlaskClient) -> None:
    assert leader.get("/desk/reports/secrets").status_code == 404
    assert leader.get("/desk/reports/leads/months.pdf").status_code == 404


def test_reports_of_a_process_that_is_off_do_not_exist(leader: FlaskClient) -> None:
    settings.switch(Process.IMPLEMENTATION, False, settings.version(), a_staff_member("administrator"))
    settings.switch(Process.TOTAL_SERVICE, False, settings.version(), a_staff_member("administrator"))
    page = leader.get("/desk/reports").text
    for code in CODES:
        there = code in ("leads", "resellers", "interest")
        assert leader.get(f"/desk/reports/{code}").status_code == (200 if there else 404), code
        assert (f'href="/desk/reports/{code}"' in page) == there
    assert "total service" not in leader.get("/desk/reports/interest").text.partition("<main")[2].partition("<dl")[2]
    settings.switch(Process.RESELLERS, False, settings.version(), a_staff_member("administrator"))
    assert "No reports" in leader.get("/desk/reports").text


def test_filters_narrow_page_and_file_and_go_along(leader: FlaskClient) -> None:
    polana, oakmere = a_reseller("Polana"), a_reseller("Oakmere")
    moment = datetime(2026, 5, 4, 9, tzinfo=UTC)
    for reseller in (polana, polana, oakmere):
        a_lead(of=reseller, created_at=moment, interest=False)
    rollups.rebuild()
    asked = f"{PERIOD}&reseller={polana.ref}"
    page = leader.get(f"/desk/reports/leads?{asked}").text
    assert re.search(r"<dt>Leads registered</dt><dd><b>2</b>", page)
    assert f'<option value="{polana.ref}" selected>' in page
    assert f'href="/desk/reports/plans?from=2026-01-01&amp;until=2026-12-31&amp;reseller={polana.ref}"' in page
    assert "Leads registered;2;100" in leader.get(f"/desk/reports/leads/funnel.csv?{asked}").get_data(as_text=True)
    fragment = leader.get(f"/desk/reports/leads?{asked}", headers={"HX-Request": "true"}).text
    assert "<html" not in fragment
    assert "<b>2</b>" in fragment
    every = leader.get(f"/desk/reports/resellers?{PERIOD}").text
    assert every.index("Polana</a>") < every.index("Oakmere</a>")
    nobody = leader.get(f"/desk/reports/leads?{PERIOD}&colleague={a_staff_member('sales').ref}").text
    assert "No leads were registered in this period" in nobody
    assert "100\xa0%" in leader.get(f"/desk/reports/leads?{asked}&lang=fi").text


@pytest.mark.parametrize(
    "query",
    [
        *("from=nonsense", "from=2026-12-31&until=2026-01-01", "from=0001-01-01", "until=%00", "until=9999-12-31"),
        *("reseller=%00&colleague=%F0", "from=2000-01-01&until=2026-01-01"),
    ],
)
def test_an_odd_address_is_no_error(leader: FlaskClient, query: str) -> None:
    a_lead(interest=False)
    rollups.rebuild()
    for code in CODES:
        assert leader.get(f"/desk/reports/{code}?{query}").status_code == 200, code


def test_before_the_first_count_the_page_says_so(leader: FlaskClient) -> None:
    assert "Leads are being counted for the first time" in leader.get("/desk/reports/leads").text
    rollups.rebuild()
    assert "Counted up to" in leader.get("/desk/reports/leads").text


@pytest.mark.on("sqlite")
def test_reports_ask_a_constant_number_of_queries_and_never_count_leads(app: Flask, leader: FlaskClient) -> None:
    def more() -> None:
        reseller = a_reseller()
        a_plan(account=an_account(of=reseller))
        a_lead(of=reseller, created_at=datetime(2026, 5, 4, 9, tzinfo=UTC))
        rollups.rebuild()

    more()
    asked: dict[str, int] = {}
    for turn in range(2):
        for code in CODES:
            path = f"/desk/reports/{code}?{PERIOD}"
            leader.get(path)  # playbooks are read once by a process
            with counting(app) as queries:
                leader.get(path)
            assert asked.setdefault(code, queries.count) == queries.count, (code, queries)
            assert queries.count <= 12, (code, queries)
            if code in ("leads", "resellers"):
                assert not [one for one in queries.statements if re.search(r"\bFROM lead\b", one)]
        if not turn:
            for _time in range(3):
                more()


# --- what is counted of plans and trainings ---------------------------------------------------------------------------


def live(plan: Plan, on: date, agreed: date | None, workdays: int | None = 12) -> None:
    with write():
        found = db.session.get_one(Plan, plan.id)
        found.live_on, found.golive_on, found.workdays = on, agreed, workdays


def test_plans_are_on_time_against_the_agreed_day() -> None:
    manager, reseller = a_staff_member("account_manager"), a_reseller()
    own = a_plan(manager=manager, account=an_account(of=reseller))
    late, silent = a_plan(), a_plan()
    live(own, date(2026, 5, 4), date(2026, 5, 4))
    live(late, date(2026, 5, 20), date(2026, 5, 19), 30)
    live(silent, date(2026, 6, 1), None, None)
    spring = (date(2026, 5, 1), date(2026, 6, 30))
    found = {(one.first.month, one.on_time, one.workdays, one.count) for one in plans.went_live(*spring, None, None)}
    assert found == {(5, True, 12, 1), (5, False, 30, 1), (6, None, None, 1)}
    for narrowed in ((manager.id, None), (None, reseller.id), (manager.id, reseller.id)):
        assert [one.on_time for one in plans.went_live(*spring, *narrowed)] == [True]
        assert sum(plans.running(*narrowed).values()) == 1
    assert plans.went_live(date(2026, 7, 1), date(2026, 7, 31), None, None) == []
    assert plans.running(None, None)[Health.ON_TRACK] == 3
    version = own.playbook_version_id
    assert [one.aim for one in plans.playbooks().values()] == [outline_of(version).aim_workdays]


def test_tasks_wait_for_whoever_can_do_them(client: FlaskClient) -> None:
    manager = a_staff_member("account_manager", name="Julien Ferrand")
    plan = a_plan(manager=manager)
    ready = list(db.session.scalars(db.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.ready)))
    assert ready
    moment = datetime.now(UTC)
    task = ready[0]
    with write():
        found = db.session.get_one(PlanTask, task.id)
        found.side, found.ready_at, found.waits_for = "customer", moment - timedelta(days=40), ""
    counts = plans.waiting(manager.id, None)
    assert counts[Whom.CUSTOMER, Age.LONGER] == 1
    assert sum(counts.values()) == len(ready)
    first = plans.longest(None, None, 1)[0]
    assert (first.ref, first.plan, first.whom, first.manager) == (task.ref, plan.name, Whom.CUSTOMER, manager.name)
    with write():
        found = db.session.get_one(PlanTask, task.id)
        found.waits_for, found.ready_at = "The bank", moment - timedelta(days=10)
    assert plans.waiting(None, None)[Whom.THIRD, Age.MONTH] == 1
    with write():
        found = db.session.get_one(PlanTask, task.id)
        found.state, found.updated_at = "handed_in", moment
    assert plans.waiting(None, None)[Whom.VENDOR, Age.WEEK] >= 1
    sign_in(client, manager)
    page = client.get("/desk/reports/waiting").text
    assert f"/desk/plans/{plan.ref}/tasks/{task.ref}" in page
    with write():
        db.session.get_one(Plan, plan.id).waiting = "paused"
    assert plans.waiting(None, None) == {}


def test_trainings_say_who_came(client: FlaskClient) -> None:
    trainer, reseller = a_staff_member("account_manager", name="Julien Ferrand"), a_reseller()
    session, other = a_session(trainer), a_session()
    for name in ("Jan Wit", "Eva Rood"):
        sessions.add(session.id, somebody(name), trainer)
    account = an_account(of=reseller)
    with write():
        for one in (session, other):
            held = db.session.get_one(TrainingSession, one.id)
            held.state, held.starts_at = SessionState.HELD, datetime(2026, 5, 4, 9, tzinfo=UTC)
        came, missed = participants(session)
        came.attendance, came.account_id, missed.attendance = Attendance.ATTENDED, account.id, Attendance.MISSED
    may = (date(2026, 5, 1), date(2026, 5, 31))
    found = trainings.held(*may, trainer.id, None)
    assert [(one.sessions, one.invited, one.attended, one.missed) for one in found] == [(1, 2, 1, 1)]
    assert sum(one.sessions for one in trainings.held(*may, None, None)) == 2
    assert [(one.sessions, one.invited) for one in trainings.held(*may, None, reseller.id)] == [(1, 1)]
    assert trainings.held(date(2026, 6, 1), date(2026, 6, 30), None, None) == []
    sign_in(client, trainer)
    page = client.get(f"/desk/reports/trainings?{PERIOD}").text
    assert "Julien Ferrand" in page
    assert "50%" in page


def test_the_balance_shows_what_each_partner_has_and_may_take(leader: FlaskClient) -> None:
    aino, tess = a_service_partner("Aino Bilans", capacity=12), a_service_partner("Tess Boekhouding", state="suspended")
    give(a_followup(), aino)
    page = leader.get("/desk/reports/balance")
    assert "Aino Bilans" in page.text
    assert "Tess Boekhouding (suspended)" in page.text
    assert f"/desk/service-partners/{tess.ref}" in page.text
    drawn = " ".join(re.findall(r"<svg[^>]*gw-chart.*?</svg>", page.text, re.DOTALL))
    assert "The most, 1, has Aino Bilans." in drawn
    assert "Tess Boekhouding" not in drawn
    sheet = leader.get("/desk/reports/balance/balance.csv").get_data(as_text=True).splitlines()
    assert sheet[1] == "Aino Bilans;0;1;1;12;1;0;0"
    assert sheet[2] == "Tess Boekhouding (suspended);0;0;0;;0;0;0"
