"""The report: interest by month, reason and colleague, and the working days for each step of follow-ups."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.followups import reports
from app.followups.service import followups as service
from tests.followups.asking import a_followup, fresh, give
from tests.followups.partners import a_service_partner
from tests.leads.sentences import a_lead, an_interest
from tests.queries import counting
from tests.sentences import a_reseller, a_staff_member, sign_in

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
    months = {line.key.month: (line.all, line.interested) for line in reports.by(rows, lambda row: row.first)}
    assert months == {1: (1, 100), 2: (3, 33)}
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
    asked = "from=2026-01-01&until=2026-03-31"
    page = client.get(f"/desk/reports/interest?{asked}").get_data(as_text=True)
    for shown in ("February 2026", "The price", "Marit Vos", "1 company said no."):
        assert shown in page
    sheet = client.get(f"/desk/reports/interest/people.csv?{asked}").get_data(as_text=True)
    assert "2026-02-01" in sheet
    assert "Marit Vos" in sheet
    for part in ("reasons.csv", "answers.xlsx", "steps.csv", "people.xlsx", "closed.csv"):
        assert client.get(f"/desk/reports/interest/{part}?{asked}").status_code == 200


def test_answers_are_narrowed_to_a_reseller_and_a_colleague() -> None:
    polana, marit = a_reseller("Polana"), a_staff_member("sales").id
    noted(date(2026, 2, 1), "yes", by=marit)
    an_interest(a_lead(of=polana, interest=False), "total", "no", reason="price", raised_on=date(2026, 2, 2))
    spring = (date(2026, 1, 1), date(2026, 3, 31))
    assert [row.answer for row in reports.answers(*spring, reseller_id=polana.id)] == ["no"]
    assert [row.answer for row in reports.answers(*spring, raised_by_id=marit)] == ["yes"]


def test_the_balance_says_what_each_partner_has_and_was_given() -> None:
    one, other = a_service_partner(owner="Aino Lehto"), a_service_partner(owner="Tess van Rijn")
    give(a_followup(), one)
    today = datetime.now(UTC).date()
    shares = reports.balance(today - timedelta(days=1), today + timedelta(days=1))
    assert [(share.ref, share.load.open, share.assigned) for share in shares] == [(one.ref, 1, 1), (other.ref, 0, 0)]
    before = reports.balance(today - timedelta(days=9), today - timedelta(days=5))
    assert [(share.load.open, share.assigned) for share in before] == [(1, 0), (0, 0)]


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
    assert after.count <= 12
