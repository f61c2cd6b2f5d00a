"""Goals are set beforehand and counted by themselves; the trend stands in a chart and in its table (S9)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.cooperation import chart
from app.cooperation.models import Goal, Measure
from app.cooperation.queries import goals as queries
from app.cooperation.queries.goals import Month
from app.cooperation.service import goals as service
from app.cooperation.service.goals import GoalDetails
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError
from app.integrations.models import SoftwarePartner
from app.partners.models import Reseller
from app.people.models import Person
from app.plans.models import Plan
from tests.cooperation import sentences as c
from tests.leads.sentences import a_lead, an_account
from tests.leads.test_races_desk import at_once
from tests.queries import counting
from tests.sentences import a_plan, a_reseller, a_service, sign_in, task_of
from tests.software import a_software_partner

pytestmark = pytest.mark.usefixtures("context")


@pytest.fixture
def manager() -> Person:
    return c.a_manager()


def credited(name: str = "Kassalinja") -> tuple[SoftwarePartner, Reseller]:
    """A software partner to which leads are credited."""
    partner, reseller = a_software_partner(name), a_reseller(f"{name} itself")
    with write():
        db.session.get_one(SoftwarePartner, partner.id).reseller_id = reseller.id
    return db.session.get_one(SoftwarePartner, partner.id, populate_existing=True), reseller


def a_goal(partner: SoftwarePartner, by: Person, measure: Measure = Measure.LEADS, **values: object) -> Goal:
    details = {"target": 2, "from_on": c.day(-30), "until_on": c.day(30), **values}
    return service.set_goal(partner.id, GoalDetails(measure, **details), by)  # type: ignore[arg-type]  # as it is named


def test_setting_the_first_goal_does_the_task_of_the_plan(manager: Person) -> None:
    partner = c.with_plan(by=manager)
    a_goal(partner, manager)
    assert task_of(c.the_plan(partner), "goals_set").state == "done"


def test_the_same_goal_twice_is_one_and_a_contrary_one_is_refused(manager: Person) -> None:
    partner = a_software_partner()
    goal = a_goal(partner, manager)
    assert a_goal(partner, manager).id == goal.id
    with pytest.raises(FieldError):
        a_goal(partner, manager, target=9)
    with pytest.raises(FieldError):
        a_goal(partner, manager, until_on=c.day(-31))
    service.withdraw(goal.id, manager)
    other = a_goal(partner, manager, target=9)
    with pytest.raises(FieldError):
        service.restore(goal.id, manager)
    service.withdraw(other.id, manager)
    service.restore(goal.id, manager)
    assert db.session.get_one(Goal, goal.id).withdrawn_at is None


def test_what_is_credited_is_counted_on_the_days_of_the_goal(manager: Person) -> None:
    partner, reseller = credited()
    other = a_reseller("Somebody else")
    for days in (-40, -30, 0):
        a_lead(of=reseller, created_at=now() + timedelta(days=days))
    a_lead(of=reseller, suspicious=True)
    a_lead(of=other)
    account = an_account(of=reseller)
    an_account(of=reseller, state="archived")
    an_account()
    a_service("G-1")
    plan = a_plan(account=account)
    with write():
        db.session.get_one(Plan, plan.id).live_on = c.day(30)
    for measure in Measure:
        a_goal(partner, manager, measure)
    found = {one.goal.measure: one.count for one in queries.of_partner(partner)}
    assert found == {"leads": 2, "accounts": 1, "live_plans": 1}


def test_a_day_is_a_day_of_the_vendors_clock(manager: Person) -> None:
    with time_machine.travel(datetime(2026, 7, 1, 12, tzinfo=UTC), tick=False):
        partner, reseller = credited()
        a_lead(of=reseller, created_at=datetime(2026, 6, 29, 22, 30, tzinfo=UTC))  # 30 June, half past midnight
        goal = a_goal(partner, manager, from_on=date(2026, 6, 30), until_on=date(2026, 6, 30))
        assert queries.measured(partner, [goal])[0].count == 1
        assert [month.counts[Measure.LEADS] for month in queries.trend(partner)][-2:] == [1, 0]


@pytest.mark.parametrize(
    ("target", "from_on", "until_on", "state"),
    [(1, -9, -1, "missed"), (1, -9, 0, "running"), (1, 1, 9, "to_come")],
)
def test_how_it_stands_with_a_goal(manager: Person, target: int, from_on: int, until_on: int, state: str) -> None:
    partner = a_software_partner()
    a_goal(partner, manager, target=target, from_on=c.day(from_on), until_on=c.day(until_on))
    assert [one.state for one in queries.of_partner(partner)] == [state]


def test_the_same_goal_set_at_once_is_one(app: Flask, manager: Person) -> None:
    partner, staff = a_software_partner().id, manager.id
    details = GoalDetails(Measure.LEADS, 5, c.day(1), c.day(30))
    at_once(app, *[lambda: service.set_goal(partner, details, c.fresh(staff)).id] * 3)
    db.session.rollback()
    assert db.session.scalar(db.select(db.func.count()).select_from(Goal)) == 1


def test_the_chart_says_what_the_months_were() -> None:
    months = [Month(date(2026, number, 1), dict.fromkeys(Measure, number)) for number in (1, 2, 4)]
    drawn = chart.charts(months)[0]
    assert (list(drawn.series[0].values), list(drawn.labels)) == ([1, 2, 4], ["Jan\n2026", "Feb", "Apr"])
    assert "4, in April 2026" in drawn.about
    none = chart.charts([Month(date(2026, 1, 1), dict.fromkeys(Measure, 0))])[0]
    assert none.about.endswith("none yet.")


# --- pages ------------------------------------------------------------------------------------------------------------


def test_staff_set_a_goal_and_both_sides_read_it(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner, reseller = credited()
    a_lead(of=reseller)
    desk = f"/desk/software-partners/{partner.ref}/goals"
    sign_in(client, manager)
    assert "No goals are set" in client.get(desk).text
    wanted = {"measure": "leads", "target": "4", "from_on": c.day(-3).isoformat(), "until_on": c.day(3).isoformat()}
    for wrong in ({"target": "0"}, {"target": "many"}, {"until_on": c.day(-9).isoformat()}, {"measure": "money"}):
        assert c.send(client, f"{desk}/new", {**wanted, **wrong}).status_code == 422
    assert c.send(client, f"{desk}/new", wanted).status_code == 303
    assert "1 of 4" in client.get(desk).text
    theirs = app.test_client()
    sign_in(theirs, c.owner(partner))
    page = theirs.get("/panel/reviews").text
    assert "1 of 4" in page
    assert page.count('role="img"') == 2 * len(Measure)  # each for a wide place and for a narrow one
    goal = db.session.scalars(db.select(Goal)).one()
    for do in ("withdrawal", "restoration", "withdrawal"):
        assert c.send(client, f"{desk}/{goal.ref}/{do}").status_code == 303
    assert "1 of 4" not in theirs.get("/panel/reviews").text
    for format in ("csv", "xlsx"):
        for place in (f"{desk}/goals", f"{desk}/trend"):
            assert client.get(f"{place}.{format}").status_code == 200
        for place in ("/panel/reviews/goals", "/panel/reviews/trend", "/panel/reviews/reviews"):
            assert theirs.get(f"{place}.{format}").status_code == 200


def test_the_table_says_what_the_chart_shows(client: FlaskClient, manager: Person) -> None:
    partner, reseller = credited()
    for _number in range(3):
        a_lead(of=reseller)
    sign_in(client, manager)
    page = client.get(f"/desk/software-partners/{partner.ref}/goals").text
    label = re.search(r"<desc[^>]*>(Leads by month[^<]*)</desc>", page)
    assert label
    assert "The most, 3, in" in label[1]
    assert re.search(r'data-l="Leads"><div>3</div>', page)


def test_another_partners_goals_are_not_found(client: FlaskClient, manager: Person) -> None:
    goal = a_goal(a_software_partner("Other"), manager)
    partner = a_software_partner()
    sign_in(client, manager)
    assert c.send(client, f"/desk/software-partners/{partner.ref}/goals/{goal.ref}/withdrawal").status_code == 404


def test_pages_ask_the_same_for_many_goals(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner, reseller = credited()
    a_lead(of=reseller)
    a_goal(partner, manager)
    sign_in(client, manager)
    place = f"/desk/software-partners/{partner.ref}/goals"
    client.get(place)
    with counting(app) as few:
        client.get(place)
    for number in range(15):
        a_goal(partner, manager, list(Measure)[number % 3], until_on=c.day(40 + number))
    with counting(app) as many:
        client.get(place)
    assert many.count == few.count
