"""The report: interest by month, reason and colleague, and the working days for each step of follow-ups."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.followups.queries import reports
from app.followups.service import followups as service
from tests.followups.asking import a_followup, fresh, give
from tests.followups.partners import a_service_partner
from tests.leads.sentences import a_lead, an_interest
from tests.queries import counting
from tests.sentences import a_staff_member, sign_in

pytestmark = pytest.mark.usefixtures("context")


def noted(day: date, answer: str, reason: str | None = None, by: int | None = None) -> None:
    an_interest(a_lead(interest=False), "total", answer, reason=reason, raised_on=day, raised_by_id=by)


def by_whom(row: reports.Counted) -> int | None:
    return row.raised_by_id


def test_answers_are_counted_by_month_reason_and_colleague() -> None:
    marit, julien = a_staff_member("sales", name="Marit Vos").id, a_staff_member("sales", name="Julien Ferrand").id
    noted(date(2026, 1, 31), "yes", by=marit)
    noted(date(2026, 2, 1), "no", "price", by=marit)
    noted(date(2026, 2, 28), "no", "price", by=julien)
    noted(date(2026, 2, 28), "in_principle", by=julien)
    noted(date(2026, 4, 1), "yes")
    rows = reports.answers(date(2026, 1, 1), date(2026, 3, 31))
    months = reports.months(rows, date(2026, 1, 1), date(2026, 3, 31))
    assert [(line.key.month, line.all, line.interested) for line in months] == [(1, 1, 100), (2, 3, 33), (3, 0, 0)]
    assert reports.reasons(rows) == [("price", 2)]
    people = {line.key: (line.yes, line.in_principle, line.no) for line in reports.by(rows, by_whom)}
    assert people == {marit: (1, 0, 1), julien: (0, 1, 1)}


def test_steps_are_measured_in_working_days() -> None:
    friday = datetime(2026, 11, 13, 10, 0, tzinfo=UTC)
    partner = a_service_partner(owner="Aino Lehto")
    coordinator = a_staff_member("coordinator")
    with time_machine.travel(friday, tick=False) as clock:
        found, other = a_followup(), a_followup()
        clock.move_to(friday + timedelta(days=3))  # the Monday after
        give(found, partner)
        give(other, partner)
        clock.move_to(friday + timedelta(days=5))
        service.take_back(found.id, fresh(found).version, "Silence", coordinator)
    told = {step.state: step for step in reports.steps(date(2026, 11, 1), date(2026, 11, 30))}
    assert (told["asked"].count, told["asked"].median, told["asked"].mean) == (2, 1, 1.0)
    assert (told["assigned"].count, told["assigned"].median) == (1, 2)
    assert reports.steps(date(2026, 10, 1), date(2026, 10, 31)) == []


def test_the_page_and_its_files(client: FlaskClient) -> None:
    marit = a_staff_member("sales", name="Marit Vos")
    noted(date(2026, 2, 1), "no", "price", by=marit.id)
    sign_in(client, marit)
    page = client.get("/desk/reports/interest?from=2026-01-01&until=2026-03-31").get_data(as_text=True)
    for shown in ("February 2026", "The price", "Marit Vos", "It was raised with 1 company.", "1 (100%)", "0 (0%)"):
        assert shown in page
    sheet = client.get("/desk/reports/interest.csv?from=2026-01-01&until=2026-03-31").get_data(as_text=True)
    assert "Marit Vos" in sheet
    assert client.get("/desk/reports/interest.xlsx").status_code == 200
    assert client.get("/desk/reports/follow-up-steps.csv").status_code == 200


@pytest.mark.parametrize(
    "query", ["from=nonsense", "from=2026-12-31&until=2026-01-01", "from=0001-01-01", "until=%00", "until=9999-12-31"]
)
def test_an_odd_period_is_no_error(client: FlaskClient, query: str) -> None:
    sign_in(client, a_staff_member("sales"))
    assert client.get(f"/desk/reports/interest?{query}").status_code == 200


def test_only_those_who_sell_read_it(client: FlaskClient) -> None:
    sign_in(client, a_staff_member("finance"))
    assert client.get("/desk/reports/interest").status_code == 403


def test_it_asks_a_constant_number_of_queries(app: Flask, client: FlaskClient) -> None:
    sign_in(client, a_staff_member("sales"))
    noted(date(2026, 2, 1), "yes", by=a_staff_member("sales").id)
    path = "/desk/reports/interest?from=2026-01-01&until=2026-12-31"
    with counting(app) as before:
        client.get(path)
    for month in range(3, 8):
        noted(date(2026, month, 1), "no", "price", by=a_staff_member("sales").id)
    with counting(app) as after:
        client.get(path)
    assert after == before
    assert after.count <= 6
