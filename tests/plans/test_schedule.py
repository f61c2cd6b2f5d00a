"""A plan's schedule: agreed days, kick-off and going live, pauses, days by side, our mean, and what moved (I7, I8)."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db, write
from app.core.errors import FieldError
from app.people.models import Person
from app.plans import clock
from app.plans.clock import by_side, clock_of
from app.plans.models import Health, Plan, PlanPause, Waiting
from app.plans.party import Hand
from app.plans.service import scheduling, working
from app.plans.service.changing import PlanMovedOn
from app.plans.service.scheduling import AgreedDays, ByItsTask
from app.plans.timing import Calendar, Pause
from app.playbooks.outline import Side
from tests import sentences as s
from tests.plans.test_standing import a_started_plan, at, kept, kicked_off, staff_of
from tests.queries import counting
from tests.sentences import SMALL_PLAYBOOK, a_playbook, task_of

pytestmark = pytest.mark.usefixtures("context")


def fresh(plan: Plan) -> Plan:
    return db.session.get_one(Plan, plan.id, populate_existing=True)


def a_plan_without_milestones(**values: Any) -> Plan:
    tasks = [task for task in SMALL_PLAYBOOK["tasks"] if task["code"] not in ("kickoff", "golive")]
    return a_started_plan(of=a_playbook({**SMALL_PLAYBOOK, "tasks": tasks}, code="bare"), **values)


# --- agreed days ------------------------------------------------------------------------------------------------------


def test_agreed_days_move_what_counts_from_them() -> None:
    plan = a_started_plan()
    with at("2026-03-02"):
        days = AgreedDays(date(2026, 3, 2), date(2026, 3, 9), date(2026, 4, 10))
        scheduling.agree(plan.id, days, staff_of(plan), expect=fresh(plan).version)
    assert task_of(plan, "kickoff").due_on == date(2026, 3, 9)
    assert task_of(plan, "domain").due_on == date(2026, 3, 16)
    assert task_of(plan, "golive").due_on == date(2026, 4, 10)
    assert fresh(plan).forecast_on == date(2026, 4, 10)
    with pytest.raises(PlanMovedOn):
        scheduling.agree(plan.id, days, staff_of(plan), expect=1)


def test_going_live_is_not_agreed_for_a_day_before_the_kick_off() -> None:
    plan = kicked_off(a_started_plan())
    with pytest.raises(FieldError):
        scheduling.agree(plan.id, AgreedDays(None, None, date(2026, 3, 1)), staff_of(plan))


def test_the_day_of_a_kick_off_that_was_held_stays() -> None:
    plan = kicked_off(a_started_plan())
    scheduling.agree(plan.id, AgreedDays(None, date(2026, 5, 1), None), staff_of(plan))
    assert fresh(plan).kickoff_on == date(2026, 3, 2)


def test_a_plan_without_a_kick_off_task_records_it_with_its_outcomes() -> None:
    other = a_started_plan()
    with pytest.raises(ByItsTask):
        scheduling.hold_kickoff(other.id, date(2026, 3, 3), {}, staff_of(other))
    plan = a_plan_without_milestones()
    with at("2026-03-04"):
        with pytest.raises(FieldError):
            scheduling.hold_kickoff(plan.id, date(2026, 3, 5), {}, staff_of(plan))
        scheduling.hold_kickoff(plan.id, date(2026, 3, 3), {"schedule": "Live in April"}, staff_of(plan))
    assert (fresh(plan).kickoff_held, fresh(plan).agreed) == (True, {"schedule": "Live in April"})


def test_going_live_is_recorded_for_a_day_and_can_be_corrected() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-20"):
        with pytest.raises(FieldError):
            scheduling.went_live(plan.id, date(2026, 3, 23), staff_of(plan))
        with pytest.raises(FieldError):
            scheduling.went_live(plan.id, date(2026, 2, 27), staff_of(plan))
        scheduling.went_live(plan.id, date(2026, 3, 18), staff_of(plan))
        assert task_of(plan, "golive").state == "done"
        assert fresh(plan).workdays == 12
        scheduling.went_live(plan.id, date(2026, 3, 19), staff_of(plan))
    assert (fresh(plan).live_on, fresh(plan).workdays) == (date(2026, 3, 19), 13)


# --- pauses -----------------------------------------------------------------------------------------------------------


def test_days_that_have_passed_can_be_paused_and_no_longer_count() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-10"):
        scheduling.pause(plan.id, date(2026, 3, 4), date(2026, 3, 6), "Inventory", staff_of(plan))
        told = clock_of(fresh(plan))
        assert (told.day, told.paused, told.customer) == (4, 2, 4)
        assert task_of(plan, "domain").due_on == date(2026, 3, 11)
        assert fresh(plan).waiting == Waiting.CUSTOMER


def test_a_pause_without_an_end_is_ended_later_and_one_sent_twice_is_one() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-03"):
        held = scheduling.pause(plan.id, date(2026, 3, 3), None, "Holidays", staff_of(plan))
        assert scheduling.pause(plan.id, date(2026, 3, 3), None, "Holidays", staff_of(plan)).id == held.id
        with pytest.raises(FieldError):
            scheduling.pause(plan.id, date(2026, 6, 1), None, "More", staff_of(plan))
    with at("2026-03-09"):
        assert fresh(kept(plan)).waiting == Waiting.PAUSED
        with pytest.raises(FieldError):
            scheduling.resume(plan.id, held.id, date(2026, 3, 3), staff_of(plan))
        scheduling.resume(plan.id, held.id, date(2026, 3, 9), staff_of(plan))
        assert fresh(plan).waiting == Waiting.CUSTOMER
        assert clock_of(fresh(plan)).paused == 4
        scheduling.drop_pause(plan.id, held.id, staff_of(plan))
        scheduling.drop_pause(plan.id, held.id, staff_of(plan))
        assert clock_of(fresh(plan)).paused == 0
    assert db.session.query(PlanPause).count() == 0


@pytest.mark.parametrize(
    ("from_on", "until_on", "reason"),
    [(date(2026, 3, 3), date(2026, 3, 3), "x"), (date(2026, 3, 3), None, "")],
)
def test_a_pause_needs_a_reason_and_an_end_after_its_beginning(
    from_on: date, until_on: date | None, reason: str
) -> None:
    plan = a_started_plan()
    with pytest.raises(FieldError):
        scheduling.pause(plan.id, from_on, until_on, reason, staff_of(plan))


# --- the clock --------------------------------------------------------------------------------------------------------


def test_each_working_day_counts_once_for_whoever_had_it_in_the_evening() -> None:
    netherlands = Calendar("NL")
    spans: list[tuple[str, date, date | None]] = [
        ("customer", date(2026, 3, 2), date(2026, 3, 5)),
        ("vendor", date(2026, 3, 5), date(2026, 3, 10)),
        ("customer", date(2026, 3, 10), None),
    ]
    begin, end = date(2026, 3, 2), date(2026, 3, 11)
    assert by_side(spans, begin, end, netherlands) == (4, 3)
    paused = Calendar("NL", (Pause(date(2026, 3, 6), date(2026, 3, 10)),))
    assert sum(by_side(spans, begin, end, paused)) == paused.between(begin, end) == 5
    assert by_side(spans, date(2026, 2, 27), end, netherlands) == (5, 3)  # a kick-off corrected to an earlier day
    assert by_side(spans[:2], begin, end, netherlands) == (2, 5)


def test_the_clock_says_the_day_and_who_was_waited_for() -> None:
    plan = a_started_plan()
    with at("2026-03-04"):
        assert (clock_of(fresh(plan)).day, clock_of(fresh(plan)).to_kickoff) == (None, 3)
    kicked_off(plan)
    with at("2026-03-05"):
        working.not_applicable(plan.id, task_of(plan, "logo").ref, "There is none", staff_of(plan))
    with at("2026-03-10"):
        told = clock_of(fresh(plan), Side.CUSTOMER)
    assert (told.day, told.aim, told.mean, told.to_kickoff) == (6, 20, None, 1)
    assert (told.mine, told.theirs, told.paused) == (2, 4, 0)


def test_our_mean_needs_three_plans_of_a_year() -> None:
    plan = a_started_plan()
    others = [a_started_plan() for _number in range(3)]
    for other, days, live_on in zip(others, (18, 22, 26), ("2026-02-02", "2026-02-03", "2024-01-01"), strict=True):
        with write():
            row = fresh(other)
            row.workdays, row.live_on = days, date.fromisoformat(live_on)
    with at("2026-03-10"):
        assert clock.our_mean(plan) is None
        with write():
            fresh(others[2]).live_on = date(2026, 2, 4)
        assert clock.our_mean(plan) == 22


def test_what_moved_the_finish_is_said_in_words() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-04"):
        kept(plan)
    with at("2026-03-04"):
        working.waits(plan.id, task_of(plan, "domain").ref, "The registrar", date(2026, 3, 20), staff_of(plan))
    latest, before = clock.moves_of(plan)[:2]
    assert (latest.new, latest.why) == (date(2026, 3, 23), "Waits for somebody else: 3. Tell your registrar")
    assert (before.old, before.new, before.why) == (
        date(2026, 3, 10),
        date(2026, 3, 11),
        "Still open: 2. Send us your logo",
    )


# --- the desk ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def manager(client: FlaskClient) -> Person:
    person = s.a_staff_member("account_manager")
    s.sign_in(client, person)
    return person


def test_the_schedule_is_read_and_changed_at_the_desk(app: Flask, client: FlaskClient, manager: Person) -> None:
    plan = kicked_off(a_started_plan(manager=manager))
    address = f"/desk/plans/{plan.ref}/schedule"
    with counting(app) as n:
        page = client.get(address)
    assert page.status_code == 200
    assert n <= 14
    assert "Kick-off held" in page.text
    for name in ("days", "live", "pause"):
        assert client.get(f"{address}/{name}").status_code == 200
    assert client.get(f"{address}/kickoff").status_code == 303
    sent = s.post(client, f"{address}/pause", {"from_on": "2026-03-03", "until_on": "", "reason": "Holidays"})
    assert sent.status_code == 303
    held = db.session.query(PlanPause).one()
    assert "Holidays" in client.get(address).text
    assert client.get(f"{address}/pauses/{held.id}").status_code == 200
    assert client.get(f"{address}/pauses/{held.id + 1}").status_code == 404
    assert s.post(client, f"{address}/pauses/{held.id}", {"on": "2026-03-01"}).status_code == 422
    assert s.post(client, f"{address}/pauses/{held.id}", {"on": "2026-03-04"}).status_code == 303
    assert s.post(client, f"{address}/pauses/{held.id}/removal", page=address).status_code == 303
    days = {"contract_on": "2026-02-26", "golive_on": "2026-12-24"}
    assert s.post(client, f"{address}/days", dict(**days, version="1")).status_code == 409
    assert s.post(client, f"{address}/days", {**days, "version": str(fresh(plan).version)}).status_code == 303
    assert fresh(plan).golive_on == date(2026, 12, 24)
    assert s.post(client, f"{address}/live", {"on": "2026-03-09"}).status_code == 303
    assert fresh(plan).live_on == date(2026, 3, 9)


def test_a_kick_off_without_a_task_has_a_form_and_those_who_only_read_cannot_send_it(
    app: Flask, client: FlaskClient, manager: Person
) -> None:
    plan = a_plan_without_milestones(manager=manager)
    address = f"/desk/plans/{plan.ref}/schedule"
    designer = app.test_client()
    s.sign_in(designer, s.a_staff_member("designer", name="Marit Solberg"))
    assert designer.get(address).status_code == 200
    assert designer.get(f"{address}/kickoff").status_code == 403
    assert client.get(f"{address}/kickoff").status_code == 200
    sent = s.post(
        client, f"{address}/kickoff", {"on": "2026-03-03", "schedule": "Live in April", "communication": "By phone"}
    )
    assert sent.status_code == 303
    page = client.get(address).text
    assert "Live in April" in page
    assert "By phone" in page


def test_health_is_late_when_the_agreed_day_cannot_be_kept() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-03"):
        scheduling.agree(plan.id, AgreedDays(None, None, date(2026, 3, 6)), Hand(person=staff_of(plan).person))
    assert (fresh(plan).health, fresh(plan).health_why["code"]) == (Health.LATE, "late_agreed")
