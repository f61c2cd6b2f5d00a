"""Files that are valid for some time only: until when, asked for again in time, also of a plan that is done (T6)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from app.core.clock import today
from app.core.db import db
from app.core.errors import FieldError
from app.history.models import HistoryEntry
from app.notices.tasks import service as digests
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.answers import NotAnswered
from app.plans.models import FileUse, Plan, PlanState, PlanTask, TaskFile, TaskState
from app.plans.party import Hand
from app.plans.service import expiring, files, starting, working
from app.plans.service.expiring import asks_on, last_day
from app.playbooks.outline import Kind, Side, Task
from tests.plans import replaying
from tests.plans.test_answer_doors import _received, entered
from tests.sentences import SMALL_PLAYBOOK, a_plan, a_playbook, main_contact, post, sign_in, task_of

pytestmark = pytest.mark.usefixtures("context")

TASKS: list[dict[str, Any]] = [
    {
        "code": "extract",
        "phase": "begin",
        "kind": "files_approved",
        "side": "customer",
        "valid_months": 12,
        "title": {"en": "Extract from the trade register"},
    },
    {
        "code": "after",
        "phase": "begin",
        "kind": "tick",
        "side": "customer",
        "required": False,
        "title": {"en": "What needs it"},
        "needs": ["extract"],
    },
    {
        "code": "golive",
        "phase": "end",
        "kind": "tick",
        "side": "vendor",
        "anchor": "golive",
        "title": {"en": "Go live"},
    },
]
DAY = date(2026, 3, 9)
"""A Monday."""


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, 30, tzinfo=ZoneInfo("Europe/Warsaw"))


def a_valid_plan(**values: Any) -> Plan:
    return a_plan(of=a_playbook(tasks=TASKS, trainings=[], documents=[]), facts={}, **{"locale": "en", **values})


def staff_of(plan: Plan) -> Hand:
    return Hand(person=db.session.get_one(Person, plan.manager_id))


def handed_in(plan: Plan, name: str = "extract.txt") -> PlanTask:
    hand = Hand(contact=main_contact(plan))
    files.add(plan.id, task_of(plan, "extract").ref, [_received(name)], hand)
    return working.hand_in(plan.id, task_of(plan, "extract").ref, {}, hand).task


def approved(plan: Plan, until: date | None = None, name: str = "extract.txt") -> PlanTask:
    handed_in(plan, name)
    return working.approve(plan.id, task_of(plan, "extract").ref, staff_of(plan), until=until).task


def run(day: date) -> int:
    with time_machine.travel(at(day), tick=False):
        return expiring.renew(datetime.now(UTC))


def verbs(plan: Plan) -> list[str]:
    task = task_of(plan, "extract")
    query = sa.select(HistoryEntry.verb).where(
        HistoryEntry.record_type == "plan_task", HistoryEntry.record_id == task.id
    )
    return list(db.session.scalars(query.order_by(HistoryEntry.id)))


def fresh(plan: Plan) -> Plan:
    return db.session.get_one(Plan, plan.id, populate_existing=True)


# --- the days ---------------------------------------------------------------------------------------------------------


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 120))
def test_months_stay_within_their_month(day: date, months: int) -> None:
    spec = Task("extract", "begin", Kind.FILES_APPROVED, Side.CUSTOMER, {}, valid_months=months)
    with time_machine.travel(at(day), tick=False):
        until = last_day(spec)
    assert until is not None
    for found, wanted in ((until, months), (asks_on(day, date.min), -1)):
        assert (found.year * 12 + found.month) - (day.year * 12 + day.month) == wanted
        assert found.day == day.day or (found.day < day.day and (found + timedelta(days=1)).day == 1)


@pytest.mark.parametrize(
    ("expires", "handed", "asked"),
    [
        (date(2026, 3, 31), date(2025, 3, 31), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2026, 2, 27), date(2026, 2, 28)),
        (date(2026, 3, 31), date(2026, 2, 28), date(2026, 4, 1)),
        (date(2026, 3, 31), date(2026, 3, 30), date(2026, 4, 1)),
    ],
)
def test_it_is_asked_for_a_month_before_or_once_it_has_expired(expires: date, handed: date, asked: date) -> None:
    assert asks_on(expires, handed) == asked


# --- approving --------------------------------------------------------------------------------------------------------


def test_what_is_approved_is_valid_as_the_playbook_reckons_or_as_the_approver_says() -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        assert approved(plan).expires_on == date(2027, 3, 9)
        undone = working.untick(plan.id, task_of(plan, "extract").ref, staff_of(plan))
        assert undone.task.expires_on is None
        handed_in(plan)
        task = task_of(plan, "extract")
        for wrong in (date(2026, 3, 8), date(2100, 1, 1)):
            with pytest.raises(FieldError):
                working.approve(plan.id, task.ref, staff_of(plan), until=wrong)
        found = working.approve(plan.id, task.ref, staff_of(plan), until=date(2028, 5, 31))
        assert found.task.expires_on == date(2028, 5, 31)
        other = a_valid_plan()
        assert working.tick(other.id, task_of(other, "extract").ref, staff_of(other)).task.expires_on == date(
            2027, 3, 9
        )


def test_what_does_not_expire_has_no_last_day() -> None:
    plan = a_plan(of=a_playbook(SMALL_PLAYBOOK))
    hand = Hand(contact=main_contact(plan))
    files.add(plan.id, task_of(plan, "logo").ref, [_received("logo.txt")], hand)
    working.hand_in(plan.id, task_of(plan, "logo").ref, {}, hand)
    assert working.approve(plan.id, task_of(plan, "logo").ref, staff_of(plan)).task.expires_on is None


def test_the_approver_says_the_day_at_the_desk(client: FlaskClient) -> None:
    plan = a_valid_plan()
    handed_in(plan)
    sign_in(client, db.session.get_one(Person, plan.manager_id))
    page = f"/desk/plans/{plan.ref}/tasks/{task_of(plan, 'extract').ref}"
    assert "Last day on which it is valid" in client.get(page).text
    wrong = post(client, f"{page}/verdict", {"verdict": "approved", "until": "2020-01-01"}, page=page)
    assert wrong.status_code == 422
    assert "This day has passed" in wrong.text
    later = today("Europe/Warsaw") + timedelta(days=400)
    assert post(client, f"{page}/verdict", {"verdict": "approved", "until": str(later)}, page=page).status_code == 303
    assert task_of(plan, "extract").expires_on == later
    assert "Valid until" in client.get(page).text


# --- asked for again --------------------------------------------------------------------------------------------------


def test_a_month_before_it_is_asked_for_again_once(client: FlaskClient) -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan)
    assert run(date(2027, 2, 8)) == 0
    assert run(date(2027, 2, 9)) == 1
    assert run(date(2027, 2, 9)) == 0
    task = task_of(plan, "extract")
    assert (task.state, task.expires_on, task.due_on, task.due_fixed) == (
        TaskState.OPEN,
        date(2027, 3, 9),
        date(2027, 3, 9),
        True,
    )
    assert (task.done_by, task.file_count, task.ready) == ("", 0, True)
    kept = db.session.scalars(sa.select(TaskFile).where(TaskFile.task_id == task.id)).all()
    assert [(file.use, file.removed_at) for file in kept] == [(FileUse.FORMER, None)]
    assert verbs(plan)[-1] == "plan_task.asked_again"
    with pytest.raises(NotAnswered):
        working.hand_in(plan.id, task.ref, {}, Hand(contact=main_contact(plan)))
    with time_machine.travel(at(date(2027, 2, 10)), tick=False):
        entered(client, plan)
        page = client.get(f"/my/plans/{plan.ref}/tasks/{task.ref}").text
        assert "Asked for again, valid until 9 March 2027" in page
        assert "Approved before" in page
        assert "extract.txt" in page
        assert client.get(f"/my/plans/{plan.ref}/tasks/{task.ref}/files/{kept[0].ref}/content").status_code == 200
        assert "Asked for again" in client.get(f"/my/plans/{plan.ref}").text
        again = approved(plan, name="newer.txt")
    assert (again.state, again.expires_on) == (TaskState.DONE, date(2028, 2, 10))
    replaying.check(plan.id)
    assert run(date(2028, 1, 10)) == 1


def test_what_was_given_back_is_still_a_renewal() -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan)
    run(date(2027, 2, 9))
    handed_in(plan, "blurred.txt")
    back = working.give_back(plan.id, task_of(plan, "extract").ref, "It is blurred.", staff_of(plan)).task
    assert (back.state, back.returned, back.expires_on) == (TaskState.OPEN, "It is blurred.", date(2027, 3, 9))
    assert approved(plan, name="sharp.txt", until=today("Europe/Warsaw")).state == TaskState.DONE


def test_handed_in_within_the_month_it_is_asked_for_once_it_has_expired() -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan, until=date(2026, 3, 20))
    assert run(date(2026, 3, 20)) == 0
    assert run(date(2026, 3, 21)) == 1
    task = task_of(plan, "extract")
    assert (task.state, task.due_on) == (TaskState.OPEN, date(2026, 3, 27))
    assert verbs(plan).count("plan_task.expired") == 1
    run(date(2026, 3, 22))
    assert verbs(plan).count("plan_task.expired") == 1


def test_that_it_has_expired_is_written_down_once_and_is_in_the_inbox(client: FlaskClient) -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan)
    run(date(2027, 2, 9))
    said = "Task 1 has expired: Extract from the trade register"
    with time_machine.travel(at(date(2027, 3, 9)), tick=False):
        assert said not in sign_in(client, db.session.get_one(Person, plan.manager_id)).get("/desk").text
    for day in (10, 11, 12):
        run(date(2027, 3, day))
    assert verbs(plan).count("plan_task.expired") == 1
    with time_machine.travel(at(date(2027, 3, 12)), tick=False):
        sign_in(client, db.session.get_one(Person, plan.manager_id))
        assert said in client.get("/desk").text
        page = f"/desk/plans/{plan.ref}"
        assert "Expired on 9 March 2027" in client.get(page).text
        assert "Expired on 9 March 2027" in client.get(f"{page}/tasks/{task_of(plan, 'extract').ref}").text


# --- a plan that is done ----------------------------------------------------------------------------------------------


def a_done_plan() -> Plan:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan)
        working.tick(plan.id, task_of(plan, "golive").ref, staff_of(plan))
    assert fresh(plan).state == PlanState.DONE
    return plan


def test_a_done_plan_stays_done_and_what_needed_it_is_not_held_up() -> None:
    plan = a_done_plan()
    run(date(2027, 2, 9))
    found = fresh(plan)
    assert (found.state, found.open_customer, found.waiting) == (PlanState.DONE, 2, "nobody")
    assert task_of(plan, "after").ready
    handed_in(plan)
    assert fresh(plan).state == PlanState.DONE
    working.approve(plan.id, task_of(plan, "extract").ref, staff_of(plan))
    assert fresh(plan).state == PlanState.DONE


def test_a_running_plan_is_neither_late_nor_kept_open_by_it() -> None:
    with time_machine.travel(at(DAY), tick=False):
        plan = a_valid_plan()
        approved(plan, until=date(2026, 4, 30))
    run(date(2026, 3, 30))
    with time_machine.travel(at(date(2026, 5, 4)), tick=False):
        working.tick(plan.id, task_of(plan, "after").ref, Hand(contact=main_contact(plan)))
        assert fresh(plan).health == "on_track"
        working.tick(plan.id, task_of(plan, "golive").ref, staff_of(plan))
        assert fresh(plan).state == PlanState.DONE
        assert task_of(plan, "extract").state == TaskState.OPEN


def mailed(moment: date) -> list[MailRow]:
    before = db.session.scalar(sa.select(sa.func.max(MailRow.id))) or 0
    with time_machine.travel(at(moment), tick=False):
        digests.send(datetime.now(UTC))
    return list(db.session.scalars(sa.select(MailRow).where(MailRow.id > before).order_by(MailRow.id)))


def test_the_digest_says_it_when_it_is_asked_for_and_before_its_last_day() -> None:
    plan = a_done_plan()
    run(date(2027, 2, 9))
    assert mailed(date(2027, 2, 9)) == []
    (first,) = mailed(date(2027, 2, 10))
    assert first.template == "task_digest"
    assert first.args["soon"] == ["Extract from the trade register, asked for again: valid until Tuesday 9 March"]
    assert mailed(date(2027, 2, 11)) == []
    assert mailed(date(2027, 2, 24)) == []
    assert [row.template for row in mailed(date(2027, 3, 4))] == ["task_digest"]
    run(date(2027, 3, 10))
    late = mailed(date(2027, 3, 10))
    assert late[0].args["late"] == ["Extract from the trade register, expired on Tuesday 9 March"]
    assert fresh(plan).state == PlanState.DONE


def test_an_archived_plan_asks_for_nothing() -> None:
    plan = a_done_plan()
    starting.archive(plan.id, "Over", staff_of(plan))
    assert run(date(2027, 2, 9)) == 0
    assert run(date(2027, 4, 9)) == 0
