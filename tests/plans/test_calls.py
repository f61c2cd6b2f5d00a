"""Calls of the day: those of a webinar's day first, one press when nobody answers, taken back; cases by next step."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from flask.testing import FlaskClient

from app.core.db import db
from app.people.models import Person
from app.plans.models import Plan, PlanCase, PlanSession, PlanTask, PlanTraining, TaskCall
from app.plans.party import Hand
from app.plans.queries.day import day_of
from app.plans.service import assigning, calling, working
from app.plans.service.finishing import TaskMovedOn
from app.trainings.models import TrainingSession
from tests.plans.casework import BY_TELEPHONE
from tests.queries import counting
from tests.sentences import a_plan, a_playbook, a_staff_member, csrf_of, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")

MONDAY = date(2026, 3, 9)


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(datetime(2026, 3, 9, 9, 30, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def manager() -> Person:
    return a_staff_member("account_manager")


def a_called_plan(manager: Person, name: str = "", **values: Any) -> tuple[Plan, PlanTask]:
    version = a_playbook(BY_TELEPHONE)
    plan = a_plan(of=version, manager=manager, name=name, **values)
    return plan, task_of(plan, "call")


def with_session(plan: Plan, moment: datetime) -> None:
    """A webinar that the plan's people take part in."""
    training = db.session.scalars(db.select(PlanTraining).where(PlanTraining.plan_id == plan.id)).one()
    session = TrainingSession(
        uid="s@gangway", title="Webinar", locale="en", starts_at=moment, minutes=60, timezone="Europe/Brussels",
        created_at=moment, updated_at=moment,
    )  # fmt: skip
    db.session.add(session)
    db.session.flush()
    db.session.add(PlanSession(training_id=training.id, session_id=session.id))
    db.session.commit()


def board(client: FlaskClient) -> str:
    answer = client.get("/desk/plans/day")
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def press(client: FlaskClient, path: str, htmx: bool = False, **fields: Any) -> Any:
    headers = {"HX-Request": "true", "HX-Target": "list"} if htmx else {}
    token = csrf_of(client, "/desk/plans/day")
    return client.post(path, data={"csrf_token": token, **fields}, headers={**headers, "Origin": "http://localhost"})


@pytest.mark.parametrize("htmx", [False, True])
def test_one_press_when_nobody_answers_and_it_can_be_taken_back(
    client: FlaskClient, manager: Person, htmx: bool
) -> None:
    plan, task = a_called_plan(manager)
    sign_in(client, manager)
    page = board(client)
    assert "Calls to make today" in page
    assert "Called, no answer" in page
    address = f"/desk/plans/{plan.ref}/tasks/{task.ref}/calls"
    for _again in range(2):  # a double click is one attempt
        answer = press(client, address, htmx, known=0)
        assert answer.status_code == (200 if htmx else 303)
    assert db.session.scalars(db.select(TaskCall.next_on)).all() == [MONDAY + timedelta(days=1)]
    page = answer.get_data(as_text=True) if htmx else board(client)
    assert "Calls to make today" not in page
    assert "Called today, nobody answered" in page
    assert "Tuesday 10 March" in page
    call = db.session.scalars(db.select(TaskCall)).one()
    answer = press(client, f"/desk/plans/{plan.ref}/calls/{call.ref}/removal", htmx)
    page = answer.get_data(as_text=True) if htmx else board(client)
    assert "Calls to make today" in page
    assert task_of(plan, "call").call_on is None


def test_the_next_attempt_leaves_out_holidays_and_comes_back_on_its_day(manager: Person, client: FlaskClient) -> None:
    plan, task = a_called_plan(manager)
    with time_machine.travel(datetime(2026, 4, 2, 9, 0, tzinfo=UTC), tick=False):  # the Thursday before Easter
        call = calling.not_answered(plan.id, task.ref, Hand(person=manager))
    assert call.next_on is not None
    assert call.next_on >= date(2026, 4, 3)
    assert call.next_on.weekday() < 5
    with time_machine.travel(datetime(2026, 4, 8, 9, 0, tzinfo=UTC), tick=False):
        sign_in(client, manager)
        page = board(client)
        assert "Calls to make today" in page
        assert "1 call not answered" in page


AFTER_A_WEBINAR: dict[str, Any] = {
    **BY_TELEPHONE,
    "code": "webinars",
    "tasks": [
        {
            "code": "webinar",
            "phase": "train",
            "kind": "meeting",
            "side": "vendor",
            "training": "webinar",
            "title": {"en": "Webinar attended"},
        },
        {
            "code": "call",
            "phase": "train",
            "kind": "tick",
            "side": "vendor",
            "title": {"en": "Second call"},
            "call": True,
            "needs": ["webinar"],
            "due": {"anchor": "golive", "workdays": -1},
        },
    ],
}


def test_the_call_after_a_webinar_is_made_that_day_or_on_the_next_working_day(manager: Person) -> None:
    plan = a_plan(of=a_playbook(AFTER_A_WEBINAR), manager=manager, golive_on=MONDAY + timedelta(days=14))
    hand = Hand(person=manager)
    assert task_of(plan, "call").due_on == date(2026, 3, 20)
    assert not day_of([manager], MONDAY).calls
    working.hand_in(plan.id, task_of(plan, "webinar").ref, {"on": "2026-03-09"}, hand)
    assert task_of(plan, "call").due_on == date(2026, 3, 10)
    assert day_of([manager], MONDAY + timedelta(days=1)).calls
    with_session(plan, datetime(2026, 3, 9, 8, 0, tzinfo=UTC))
    assert [call.after_session for call in day_of([manager], MONDAY).calls] == [True]


def test_a_day_that_was_agreed_for_the_call_after_a_webinar_stays(manager: Person) -> None:
    plan = a_plan(of=a_playbook(AFTER_A_WEBINAR), manager=manager, golive_on=MONDAY + timedelta(days=14))
    hand = Hand(person=manager)
    assigning.set_due(plan.id, task_of(plan, "call").ref, date(2026, 3, 12), hand)
    working.hand_in(plan.id, task_of(plan, "webinar").ref, {"on": "2026-03-09"}, hand)
    assert task_of(plan, "call").due_on == date(2026, 3, 12)


def test_attempts_are_taken_back_last_first(manager: Person) -> None:
    plan, task = a_called_plan(manager)
    hand = Hand(person=manager)
    first = calling.not_answered(plan.id, task.ref, hand)
    second = calling.not_answered(plan.id, task.ref, hand, next_on=MONDAY + timedelta(days=7))
    with pytest.raises(TaskMovedOn):
        calling.take_back(plan.id, first.ref, hand)
    calling.take_back(plan.id, second.ref, hand)
    calling.take_back(plan.id, second.ref, hand)
    assert task_of(plan, "call").call_on == first.next_on
    working.tick(plan.id, task.ref, hand)
    with pytest.raises(TaskMovedOn):
        calling.not_answered(plan.id, task.ref, hand)


def test_what_is_no_call_or_another_plans_is_refused(client: FlaskClient, manager: Person) -> None:
    plan, task = a_called_plan(manager)
    other, _task = a_called_plan(a_staff_member("account_manager", name="Marit Vos"))
    with pytest.raises(TaskMovedOn):
        calling.not_answered(plan.id, task_of(plan, "write").ref, Hand(person=manager))
    call = calling.not_answered(plan.id, task.ref, Hand(person=manager))
    sign_in(client, manager)
    assert press(client, f"/desk/plans/{other.ref}/calls/{call.ref}/removal").status_code == 404
    assert press(client, f"/desk/plans/{other.ref}/tasks/{task.ref}/calls").status_code == 404
    answer = press(client, f"/desk/plans/{plan.ref}/tasks/{task_of(plan, 'write').ref}/calls", htmx=True)
    assert "gw-notice" in answer.get_data(as_text=True)


def test_calls_of_a_webinars_day_come_first(client: FlaskClient, manager: Person) -> None:
    a_called_plan(manager, "Early Birds", started_on=MONDAY - timedelta(days=3))
    plan, _task = a_called_plan(manager, "Webinar Guests")
    with_session(plan, datetime(2026, 3, 9, 13, 0, tzinfo=UTC))
    sign_in(client, manager)
    page = board(client)
    assert page.index("Webinar Guests") < page.index("Early Birds")
    assert "Webinar today" in page


def test_cases_stand_by_their_next_step(client: FlaskClient, manager: Person) -> None:
    plans = [a_called_plan(manager, f"Shop {number}")[0] for number in range(3)]
    for plan in plans:
        db.session.execute(
            db.update(PlanCase).where(PlanCase.plan_id == plan.id).values(state="assigned", worker_id=manager.id)
        )
    db.session.commit()
    hand = Hand(person=manager)
    working.tick(plans[0].id, task_of(plans[0], "call").ref, hand)
    working.tick(plans[1].id, task_of(plans[1], "call").ref, hand)
    working.tick(plans[1].id, task_of(plans[1], "write").ref, hand)
    sign_in(client, manager)
    page = board(client).split('id="cases"')[1].split("</section>")[0]
    assert "First call" in page
    assert "Write the customer" in page
    assert "can be handed on" in page
    step = page.split("Write the customer")[1].split("</ul>")[0]
    assert "Shop 0" in step
    assert "Shop 1" not in step
    assert "Shop 2" not in step


def test_the_board_asks_as_much_for_many_calls_as_for_one(client: FlaskClient, manager: Person, app: Any) -> None:
    a_called_plan(manager)
    sign_in(client, manager)
    board(client)
    with counting(app) as few:
        board(client)
    for number in range(8):
        plan, task = a_called_plan(manager, f"Shop {number}")
        assigning.set_due(plan.id, task.ref, MONDAY, Hand(person=manager))
    board(client)
    with counting(app) as many:
        board(client)
    assert int(many) == int(few) <= 11
