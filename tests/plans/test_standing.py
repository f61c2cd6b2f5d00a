"""What is kept of a plan with every change: ready, due and expected days, whom it waits for, health, moves (I7, I8)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core import schedule
from app.core.db import db, write
from app.history.service import entries_of
from app.plans import standing
from app.plans.health import health_sentence
from app.plans.models import Health, Plan, PlanPause, PlanSpan, PlanState, PlanTask, Waiting
from app.plans.party import Hand
from app.plans.service import starting, working
from app.plans.service.changing import changing, record
from app.playbooks.outline import Side
from tests.queries import counting
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, main_contact, task_of

pytestmark = pytest.mark.usefixtures("context")
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def at(day: date | str) -> Any:
    return time_machine.travel(datetime.fromisoformat(f"{day}T09:00:00+00:00"), tick=False)


def a_started_plan(**values: Any) -> Plan:
    with at("2026-03-02"):
        return a_plan(country="NL", contract_on=date(2026, 2, 27), **values)


def staff_of(plan: Plan) -> Hand:
    from app.people.models import Person

    return Hand(person=db.session.get_one(Person, plan.manager_id))


def kicked_off(plan: Plan, on: str = "2026-03-02") -> Plan:
    with at(on):
        given = {"on": on}
        return working.hand_in(plan.id, task_of(plan, "kickoff").ref, given, staff_of(plan)).plan


def kept(plan: Plan) -> Plan:
    """As the night does it."""
    with write():
        held = db.session.get_one(Plan, plan.id, populate_existing=True)
        standing.keep(held)
    return held


def moves(plan: Plan) -> list[dict[str, Any]]:
    entries = entries_of(plan, verbs={"plan.forecast_moved"})
    return [{value.field: (value.old, value.new) for value in entry.values} for entry in entries]


def test_days_are_due_by_their_anchors_once_these_are_known() -> None:
    plan = a_started_plan()
    assert task_of(plan, "kickoff").due_on == date(2026, 3, 6)
    assert task_of(plan, "domain").due_on is None
    kicked_off(plan)
    assert task_of(plan, "domain").due_on == date(2026, 3, 9)
    assert task_of(plan, "logo").due_on == date(2026, 3, 5)
    assert task_of(plan, "kickoff").due_on == date(2026, 3, 6)  # what is done stays as it was


def test_the_forecast_follows_the_chain_and_a_done_task_has_none() -> None:
    plan = kicked_off(a_started_plan())
    assert task_of(plan, "logo").forecast_on == date(2026, 3, 3)
    assert task_of(plan, "design").forecast_on == date(2026, 3, 9)
    assert task_of(plan, "golive").forecast_on == date(2026, 3, 10)
    assert plan.forecast_on == date(2026, 3, 10)
    assert task_of(plan, "kickoff").forecast_on is None
    assert (plan.health, plan.health_why["code"]) == (Health.ON_TRACK, "on_track")
    assert plan.waiting == Waiting.CUSTOMER
    assert health_sentence(plan, Side.CUSTOMER) == (
        "Going live on 10 March 2026, if you finish this by 23 March 2026: Send us your logo"
    )


def test_time_alone_moves_it_and_it_is_written_down_why() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-06"):
        plan = kept(plan)
    assert plan.forecast_on == date(2026, 3, 13)
    assert (plan.health, plan.health_why["code"], plan.overdue_count) == (Health.AT_RISK, "overdue", 1)
    assert health_sentence(plan, Side.VENDOR) == "One task is overdue: Send us your logo"
    logo = task_of(plan, "logo")
    assert moves(plan)[0] == {
        "forecast_on": ("2026-03-10", "2026-03-13"),
        "_cause": (None, "time"),
        "_task": (None, logo.number),
    }
    with at("2026-03-06"):
        count = len(moves(plan))
        kept(plan)
    assert len(moves(plan)) == count


def test_a_change_that_moves_it_is_named_as_the_cause() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-02"):
        working.waits(plan.id, task_of(plan, "domain").ref, "The registrar", date(2026, 3, 20), staff_of(plan))
    assert moves(plan)[0]["forecast_on"] == ("2026-03-10", "2026-03-23")
    assert moves(plan)[0]["_cause"] == (None, "plan_task.waits")
    assert moves(plan)[0]["_task"] == (None, task_of(plan, "domain").number)


def test_spans_say_since_when_it_waits_for_whom_and_the_last_of_a_day_has_it() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-05"):
        working.not_applicable(plan.id, task_of(plan, "logo").ref, "There is none", staff_of(plan))
    with at("2026-03-06"):
        working.applicable(plan.id, task_of(plan, "logo").ref, staff_of(plan))
        working.not_applicable(plan.id, task_of(plan, "logo").ref, "There is none", staff_of(plan))
    db.session.rollback()
    spans = db.session.execute(
        sa.select(PlanSpan.waiting, PlanSpan.from_on, PlanSpan.until_on).order_by(PlanSpan.id)
    ).all()
    assert [tuple(span) for span in spans][:2] == [
        ("customer", date(2026, 3, 2), date(2026, 3, 5)),
        ("vendor", date(2026, 3, 5), date(2026, 3, 6)),
    ]
    assert [(span.waiting, span.until_on) for span in spans][-1] == ("vendor", None)


def test_a_pause_pushes_days_and_finish_and_its_end_is_not_needed() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-03"), changing(plan.id, None) as held:
        pause = PlanPause(plan_id=plan.id, from_on=date(2026, 3, 3), reason="Inventory", created_at=MONDAY)
        db.session.add(pause)
        record(held, "plan.paused", None, plan=held)
    assert (held.waiting, held.health_why["code"]) == (Waiting.PAUSED, "paused")
    assert health_sentence(held) == "Paused since 3 March 2026."
    assert task_of(plan, "domain").due_on == date(2026, 3, 10)
    with at("2026-03-05"):
        held = kept(plan)
    assert task_of(plan, "domain").due_on == date(2026, 3, 12)
    assert held.forecast_on == date(2026, 3, 13)


def test_it_is_finished_once_live_and_nothing_required_is_open() -> None:
    outline = {
        **SMALL_PLAYBOOK,
        "tasks": [task for task in SMALL_PLAYBOOK["tasks"] if task["code"] in ("kickoff", "golive")],
    }
    outline["tasks"] = [{**task, "needs": []} for task in outline["tasks"]]
    plan = kicked_off(a_started_plan(of=a_playbook(outline, code="tiny")))
    assert plan.waiting == Waiting.VENDOR
    with at("2026-03-16"):
        done = working.tick(plan.id, task_of(plan, "golive").ref, staff_of(plan)).plan
    assert (done.state, done.workdays, done.forecast_on) == (PlanState.DONE, 10, date(2026, 3, 16))
    assert (done.waiting, health_sentence(done)) == (Waiting.NOBODY, "Completed on 16 March 2026.")
    assert db.session.scalar(sa.select(sa.func.count()).where(PlanSpan.until_on.is_(None))) == 0


def test_a_day_that_was_agreed_stays_whatever_the_playbook_says() -> None:
    plan = a_started_plan()
    with write():
        db.session.execute(
            sa.update(PlanTask)
            .where(PlanTask.id == task_of(plan, "domain").id)
            .values(due_on=date(2026, 4, 1), due_fixed=True)
        )
    kicked_off(plan)
    assert task_of(plan, "domain").due_on == date(2026, 4, 1)


@pytest.mark.on("sqlite")
def test_it_costs_the_same_queries_with_a_thousand_tasks(app: Flask) -> None:
    def cost(plan: Plan) -> int:
        with at("2026-03-20"), write():
            held = db.session.get_one(Plan, plan.id, populate_existing=True)
            standing.keep(held)
            db.session.flush()
            with counting(app) as n:
                standing.keep(held)
                db.session.flush()
        return n.count

    small = cost(kicked_off(a_started_plan()))
    tasks = [
        *SMALL_PLAYBOOK["tasks"],
        *(
            {**SMALL_PLAYBOOK["tasks"][2], "code": f"more-{number}", "needs": [f"more-{number - 1}"] if number else []}
            for number in range(1000)
        ),
    ]
    large = cost(kicked_off(a_started_plan(of=a_playbook({**SMALL_PLAYBOOK, "tasks": tasks}, code="large"))))
    assert small == large
    assert small <= 4


def test_the_customer_reads_what_the_desk_reads() -> None:
    plan = kicked_off(a_started_plan())
    with at("2026-03-03"):
        working.stuck(plan.id, task_of(plan, "domain").ref, "No answer", Hand(contact=main_contact(plan)))
    plan = db.session.get_one(Plan, plan.id, populate_existing=True)
    assert plan.health == Health.AT_RISK
    assert (
        health_sentence(plan, Side.CUSTOMER)
        == health_sentence(plan, Side.VENDOR)
        == ("One task is stuck: Tell your registrar")
    )


def test_the_night_moves_what_runs_and_leaves_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "JOBS", {"plans.forecast": schedule.JOBS["plans.forecast"]})
    plan, other = kicked_off(a_started_plan()), kicked_off(a_started_plan())
    with at("2026-03-02"):
        starting.archive(other.id, "Nothing comes of it", staff_of(other))
    before = db.session.get_one(Plan, plan.id, populate_existing=True)
    version, told = before.version, before.forecast_at
    with time_machine.travel(datetime(2026, 3, 5, 1, 30, tzinfo=UTC), tick=False):
        assert schedule.run_due(datetime.now(UTC)) == ["plans.forecast"]
        assert schedule.run_due(datetime.now(UTC)) == []
    db.session.rollback()  # a new look
    moved = db.session.get_one(Plan, plan.id, populate_existing=True)
    assert (moved.forecast_on, moved.version) == (date(2026, 3, 12), version)
    assert moved.forecast_at != told
    assert db.session.get_one(Plan, other.id, populate_existing=True).forecast_on == date(2026, 3, 10)


LOGO = {"title": {"en": "Send us your logo"}, "side": "customer"}
LATE, RISK, FINE = Health.LATE, Health.AT_RISK, Health.ON_TRACK


SENTENCES: list[tuple[Health, dict[str, Any], str, str]] = [
    (
        LATE,
        {"code": "late_agreed", "on": "2026-03-20", "goal": "2026-03-13", **LOGO},
        "Going live is expected on 20 March 2026 instead of 13 March 2026. Still open: Send us your logo",
        "",
    ),
    (
        LATE,
        {"code": "late_aimed", "on": "2026-03-20", "goal": "2026-03-13", **LOGO},
        "Going live is expected on 20 March 2026, later than aimed at (13 March 2026). Still open: Send us your logo",
        "",
    ),
    (
        LATE,
        {"code": "golive_passed", "on": "2026-03-13"},
        "Nobody has recorded whether it went live on 13 March 2026, as was agreed.",
        "",
    ),
    (
        RISK,
        {"code": "stuck", "count": 2, "task_code": "logo"},
        "2 tasks are stuck. First: Send us your logo",
        "",
    ),
    (
        RISK,
        {"code": "no_kickoff", "days": 6},
        "The contract was accepted 6 working days ago, and no kick-off is agreed.",
        "",
    ),
    (
        RISK,
        {"code": "kickoff_passed", "on": "2026-03-04"},
        "Nobody has recorded whether the kick-off of 4 March 2026 was held.",
        "",
    ),
    (
        RISK,
        {"code": "tight", "on": "2026-03-13", **LOGO},
        "Going live on 13 March 2026 leaves no time to spare. Still open: Send us your logo",
        "Going live on 13 March 2026 leaves no time to spare. It waits for you: Send us your logo",
    ),
    (FINE, {"code": "paused", "until": "2026-04-01"}, "Paused until 1 April 2026.", ""),
    (
        FINE,
        {"code": "live", "on": "2026-03-13", "finish": "2026-03-31"},
        "Live since 13 March 2026. Everything else is expected to be done on 31 March 2026.",
        "",
    ),
    (FINE, {"code": "before_kickoff"}, "The kick-off is not agreed yet.", ""),
    (FINE, {}, "Expected to be finished on 10 March 2026.", ""),
    (RISK, {"code": "of a release to come"}, "Expected to be finished on 10 March 2026.", ""),
    (LATE, {"code": "of a release to come"}, "Expected to be finished on 10 March 2026.", ""),
]
"""Health, why, what the desk reads, and the customer where it is something else."""


def test_the_reason_of_a_plans_health_is_a_sentence_for_each_side() -> None:
    plan = a_started_plan()
    plan.forecast_on = date(2026, 3, 10)
    for health, why, to_the_desk, to_the_customer in SENTENCES:
        plan.health, plan.health_why = health, why
        assert health_sentence(plan) == to_the_desk
        assert health_sentence(plan, Side.CUSTOMER) == (to_the_customer or to_the_desk)


OF_STARTING: list[tuple[dict[str, Any], str, str]] = [
    (
        {"code": "late_agreed", "on": "2026-03-20", "goal": "2026-03-13", **LOGO},
        "Visible on 20 March 2026 at the earliest, but the starting date is 13 March 2026. Still open: "
        "Send us your logo",
        "",
    ),
    (
        {"code": "golive_passed", "on": "2026-03-13"},
        "Nobody has confirmed that the customer can be seen since the starting date, 13 March 2026.",
        "",
    ),
    (
        {"code": "tight", "on": "2026-03-13", **LOGO},
        "The starting date, 13 March 2026, leaves no time to spare. Still open: Send us your logo",
        "The starting date, 13 March 2026, leaves no time to spare. It waits for you: Send us your logo",
    ),
    (
        {"code": "on_track", "on": "2026-03-13", "by": "2026-03-06", **LOGO},
        "Visible on 13 March 2026, if this is finished by 6 March 2026: Send us your logo",
        "Visible on 13 March 2026, if you finish this by 6 March 2026: Send us your logo",
    ),
]


def test_it_speaks_of_the_starting_date_where_billing_begins_on_it() -> None:
    plan = a_started_plan(of=a_playbook(starting={"within_days": 14, "status": {"en": "Active"}}))
    plan.health = RISK
    for why, to_the_desk, to_the_customer in OF_STARTING:
        plan.health_why = why
        assert health_sentence(plan) == to_the_desk
        assert health_sentence(plan, Side.CUSTOMER) == (to_the_customer or to_the_desk)
