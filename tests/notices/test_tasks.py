"""Digests of tasks: one for each address and day at most, on working days, in time, and none after done (I10)."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core import schedule
from app.core.clock import now
from app.core.db import db, write
from app.core.workdays import is_workday
from app.notices.models import TaskDigest
from app.notices.tasks import turns
from app.notices.tasks.links import contact_in, path_of
from app.outbox.models import MailRow
from app.outbox.render import render
from app.people.models import Absence, Person
from app.plans.models import Plan, PlanContact, PlanPause, PlanState, PlanTask, TaskState
from app.plans.party import Hand
from app.plans.service import people, working
from app.plans.service.people import NewContact
from tests import sentences as s
from tests.sentences import a_contact, a_plan, main_contact, task_of

HANNA = NewContact("Hanna Wilk", "hanna@quillmark.example", locale="en", enters=True)
MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _only_this_job(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedule, "JOBS", {"notices.tasks": schedule.JOBS["notices.tasks"]})


@pytest.fixture
def plan(context: None) -> Plan:
    """For somebody in the Netherlands, as the vendor is; its kick-off was held on Monday 2 March."""
    with time_machine.travel(MONDAY, tick=False):
        made = a_plan(country="NL", contract_on=date(2026, 2, 27), contacts=(HANNA,))
        manager = Hand(person=db.session.get_one(Person, made.manager_id))
        working.hand_in(made.id, task_of(made, "kickoff").ref, {"on": "2026-03-02"}, manager)
        with write():
            db.session.execute(sa.update(MailRow).values(state="sent"))
    return made


def run(moment: str) -> None:
    with time_machine.travel(datetime.fromisoformat(f"{moment}+00:00"), tick=False):
        schedule.run_due(now())


def mailed(template: str = "task_digest") -> list[MailRow]:
    db.session.rollback()
    query = sa.select(MailRow).where(MailRow.template == template).order_by(MailRow.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def staff_of(plan: Plan) -> Hand:
    return Hand(person=db.session.get_one(Person, plan.manager_id))


# --- turns ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "turn"),
    [
        ("2026-03-03", None),
        ("2026-03-04", "2026-03-04"),  # three working days before Monday
        ("2026-03-05", "2026-03-04"),
        ("2026-03-06", "2026-03-06"),
        ("2026-03-09", "2026-03-09"),
        ("2026-03-10", "2026-03-10"),
        ("2026-03-11", "2026-03-10"),
        ("2026-03-12", "2026-03-12"),
        ("2026-03-16", "2026-03-16"),
        ("2026-03-20", "2026-03-16"),
        ("2026-03-23", "2026-03-23"),
        ("2026-03-30", "2026-03-30"),
    ],
)
def test_turns_come_before_and_after_the_due_day(day: str, turn: str | None) -> None:
    found = turns.turn_of_due(date(2026, 3, 9), date.fromisoformat(day), "NL")
    assert found == (date.fromisoformat(turn) if turn else None)


@settings(max_examples=80)
@given(
    due=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    ahead=st.integers(-15, 60),
    country=st.sampled_from(["PL", "NL", "FI", "BE", "FR"]),
)
def test_a_turn_is_a_working_day_that_has_come_and_never_goes_back(due: date, ahead: int, country: str) -> None:
    day = due + timedelta(days=ahead)
    if not is_workday(day, country):
        return
    turn = turns.turn_of_due(due, day, country)
    if turn is None:
        assert ahead < 0
        return
    assert turn <= day
    assert is_workday(turn, country)
    assert turns.turn_of_due(due, turn, country) == turn


def test_mail_reaches_a_reader_in_their_working_hours() -> None:
    helsinki = ZoneInfo("Europe/Helsinki")

    def at(moment: str) -> date | None:
        return turns.mail_day(datetime.fromisoformat(f"{moment}+00:00"), "FI", helsinki, 8, "17:00")

    assert at("2026-03-09T05:59") is None
    assert at("2026-03-09T06:00") == date(2026, 3, 9)
    assert at("2026-03-30T05:00") == date(2026, 3, 30)  # summer time
    assert at("2026-03-09T15:00") is None
    assert at("2026-03-08T08:00") is None
    assert at("2026-04-06T08:00") is None  # Easter Monday


# --- the customers' people --------------------------------------------------------------------------------------------


def test_the_main_contact_is_reminded_at_their_hour_once_a_day(plan: Plan) -> None:
    run("2026-03-03T06:30")
    assert mailed() == []
    run("2026-03-03T07:00")
    run("2026-03-03T07:30")
    run("2026-03-03T12:00")
    lines = ["Send us your logo, due on Thursday 5 March", "Tell your registrar, due on Monday 9 March"]
    assert [mail.args["soon"] for mail in mailed()] == [lines]
    run("2026-03-04T08:00")
    assert [mail.args["soon"] for mail in mailed()] == [lines, lines]


def test_a_standstill_is_made_up_for(plan: Plan) -> None:
    run("2026-03-07T08:00")
    run("2026-03-08T08:00")
    assert mailed() == []  # a weekend
    run("2026-03-11T10:00")
    run("2026-03-11T10:30")
    assert [mail.args["late"] for mail in mailed()] == [
        ["Send us your logo, due on Thursday 5 March", "Tell your registrar, due on Monday 9 March"]
    ]


def test_what_is_done_stuck_waiting_or_paused_reminds_nobody(plan: Plan) -> None:
    with time_machine.travel(MONDAY, tick=False):
        hand = Hand(contact=main_contact(plan))
        working.stuck(plan.id, task_of(plan, "logo").ref, "It is not drawn yet", hand)
        working.waits(plan.id, task_of(plan, "domain").ref, "The registrar", date(2026, 3, 10), hand)
    run("2026-03-09T08:00")
    assert mailed() == []
    run("2026-03-11T08:00")
    assert mailed()[0].args["late"] == ["Tell your registrar, due on Monday 9 March"]
    with time_machine.travel(datetime(2026, 3, 11, 12, tzinfo=UTC), tick=False):
        working.tick(plan.id, task_of(plan, "domain").ref, hand)
    run("2026-03-16T08:00")
    assert len(mailed()) == 1


def test_a_pause_and_an_archived_plan_are_quiet(plan: Plan) -> None:
    with write():
        db.session.add(PlanPause(plan_id=plan.id, from_on=date(2026, 3, 3), reason="Inventory", created_at=now()))
    run("2026-03-09T08:00")
    with write():
        db.session.execute(sa.delete(PlanPause))
        db.session.execute(sa.update(Plan).values(state=PlanState.ARCHIVED))
    run("2026-03-10T08:00")
    assert mailed() == []


def test_the_named_person_is_reminded_in_their_language_and_one_on_two_plans_once(plan: Plan) -> None:
    with time_machine.travel(MONDAY, tick=False):
        jan = a_contact(plan, "Jan Wit", locale="nl")
        manager = staff_of(plan)
        assert manager.person is not None
        other = a_plan(
            country="NL", contacts=(NewContact("Jan Wit", jan.email, locale="nl", enters=True),), manager=manager.person
        )
        working.hand_in(other.id, task_of(other, "kickoff").ref, {"on": "2026-03-02"}, manager)
        with write():
            task_of(plan, "logo").contact_id = jan.id
            other_row = db.session.get_one(Plan, other.id, populate_existing=True)
            other_row.name = "Another plan"
    run("2026-03-03T08:00")
    mails = mailed()
    assert [(mail.to_email, mail.locale) for mail in mails] == [(jan.email, "nl")]
    assert len(mails[0].args["soon"]) == 3
    assert any(line.startswith("Another plan · ") for line in mails[0].args["soon"])


def test_a_person_without_a_way_in_is_not_written_to_but_the_main_contact_is(plan: Plan) -> None:
    with time_machine.travel(MONDAY, tick=False):
        jan = people.add(plan.id, NewContact("Jan Wit", "jan@quillmark.example"), staff_of(plan))
    with write():
        task_of(plan, "logo").contact_id = jan.id
    run("2026-03-03T08:00")
    assert [mail.to_email for mail in mailed()] == [main_contact(plan).email]


def test_one_press_switches_reminders_off_for_the_address_and_on_again(
    app: Flask, client: FlaskClient, plan: Plan
) -> None:
    contact = main_contact(plan)
    address = path_of(contact.id)
    assert contact_in(address.rpartition("/")[2]) == contact.id
    assert contact_in("7.00000000000000000000000000000000") is None
    assert client.get(address).status_code == 200
    assert main_contact(plan).reminders
    assert client.get(address + "0").status_code == 404
    assert client.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200
    assert not db.session.get_one(PlanContact, contact.id, populate_existing=True).reminders
    run("2026-03-09T08:00")
    assert mailed() == []
    assert "switched off" in client.get(address).text
    client.post(address, data={"do": "on"})
    run("2026-03-09T09:00")
    assert len(mailed()) == 1


def test_the_mail_carries_the_button_and_a_link_that_enters(plan: Plan) -> None:
    run("2026-03-03T08:00")
    written = render(mailed()[0])
    assert "Open your tasks" in written.text
    assert path_of(main_contact(plan).id) in written.text
    assert written.subject == "2 tasks of yours are due soon"


# --- staff ------------------------------------------------------------------------------------------------------------


def test_staff_read_what_is_handed_in_stuck_and_overdue_and_leaders_after_days(plan: Plan) -> None:
    leader = s.a_staff_member("team_leader", name="Marit Solberg")
    with time_machine.travel(MONDAY, tick=False):
        working.stuck(plan.id, task_of(plan, "domain").ref, "No answer", Hand(contact=main_contact(plan)))
    run("2026-03-03T08:00")
    manager = db.session.get_one(Person, plan.manager_id)
    assert [(mail.to_email, mail.args["stuck"]) for mail in mailed("staff_digest")] == [
        (manager.email, ["Quillmark Stationers · Tell your registrar, due on Monday 9 March"])
    ]
    run("2026-03-10T08:00")
    told = {mail.to_email: mail.args for mail in mailed("staff_digest")[1:]}
    assert told[leader.email]["escalated"] == ["Quillmark Stationers · Tell your registrar, due on Monday 9 March"]
    assert told[manager.email]["overdue"] == ["Quillmark Stationers · Send us your logo, due on Thursday 5 March"]


def test_a_deputy_reads_it_while_a_colleague_is_away(plan: Plan) -> None:
    deputy = s.a_staff_member("account_manager", name="Marit Solberg")
    with write():
        db.session.add(
            Absence(
                person_id=plan.manager_id,
                deputy_id=deputy.id,
                from_on=date(2026, 3, 2),
                until_on=date(2026, 3, 6),
                created_at=now(),
            )
        )
    with time_machine.travel(MONDAY, tick=False):
        working.stuck(plan.id, task_of(plan, "domain").ref, "No answer", Hand(contact=main_contact(plan)))
    run("2026-03-03T08:00")
    assert [mail.to_email for mail in mailed("staff_digest")] == [deputy.email]


# --- a year -----------------------------------------------------------------------------------------------------------

YEAR = date(2026, 1, 1)
PLANS = 200
LANDS = ("PL", "NL", "FI", "BE", "FR")


def many_plans(first: Plan, chance: random.Random) -> dict[str, date]:
    """Two hundred plans like the first, each with a task or two in its own season; every tenth contact has a second
    plan. Gives the day on which each task is done, by its title."""
    done: dict[str, date] = {}
    plan_row, task_row = (
        dict(db.session.execute(sa.select(table).limit(1)).mappings().one())
        for table in (Plan.__table__, PlanTask.__table__)
    )
    with write():
        connection = db.session.connection()
        connection.execute(sa.update(Plan).values(state=PlanState.ARCHIVED))
        for number in range(PLANS):
            country = LANDS[number % 5]
            values = {**plan_row, "ref": f"P-{number:08d}", "country": country, "state": PlanState.RUNNING, "key": None}
            values.pop("id")
            plan_id = connection.execute(sa.insert(Plan).values(**values).returning(Plan.id)).scalar_one()
            contact = {
                "ref": f"N-{number:08d}",
                "plan_id": plan_id,
                "name": "Jan Wit",
                "email": f"reader{number - number % 10 if number % 10 == 5 else number}@quillmark.example",
                "locale": ("pl", "nl", "fi", "nl", "fr")[number % 5],
                "role": "main",
                "enters": True,
                "reminders": True,
                "added_at": MONDAY,
            }
            connection.execute(sa.insert(PlanContact).values(**contact))
            begin = YEAR + timedelta(days=chance.randrange(300))
            for place in range(2 if number % 3 == 0 else 1):
                due = begin + timedelta(days=7 + 5 * place)
                title = f"Task {number} {place}"
                done[title] = due + timedelta(days=chance.randrange(-4, 4))
                task = {
                    **task_row,
                    "ref": f"T-{number:04d}{place:04d}",
                    "plan_id": plan_id,
                    "number": place + 1,
                    "code": None,
                    "own": {"title": {"en": title}},
                    "side": "vendor" if number % 20 == 0 else "customer",
                    "state": TaskState.OPEN,
                    "ready": True,
                    "due_on": due,
                    "key": None,
                    "done_at": None,
                }
                task.pop("id")
                connection.execute(sa.insert(PlanTask).values(**task))
    return done


@pytest.fixture
def hasty(context: None) -> Iterator[None]:
    """Two thousand commits that need not survive a loss of power."""
    sqlite = db.engine.dialect.name == "sqlite"
    for word in ("OFF", "FULL"):
        with db.engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            if sqlite:
                driver.execute(f"PRAGMA synchronous={word}")
        if word == "OFF":
            yield


@pytest.mark.on("sqlite")
@pytest.mark.usefixtures("hasty")
def test_a_year_of_two_hundred_plans() -> None:
    with time_machine.travel(datetime(2025, 12, 30, 9, tzinfo=UTC), tick=False):
        done = many_plans(a_plan(country="NL"), random.Random(7))
    chance = random.Random(11)
    for passed in range(365):
        day = YEAR + timedelta(days=passed)
        finished = [title for title, on in done.items() if on == day]
        if finished:
            with write():
                for title in finished:
                    _word, number, place = title.split()
                    db.session.execute(
                        sa.update(PlanTask)
                        .where(PlanTask.ref == f"T-{int(number):04d}{int(place):04d}")
                        .values(state=TaskState.DONE, done_at=now())
                        .execution_options(synchronize_session=False)
                    )
        if day.weekday() != 6:
            run(f"{day}T08:{chance.choice(('05', '35'))}")
        if passed % 9 == 0:
            run(f"{day}T12:00")  # a second worker's turn
            run(f"{day}T21:00")
    rows = db.session.execute(
        sa.select(MailRow.to_email, MailRow.template, MailRow.created_at, MailRow.args).where(
            MailRow.template.in_(("task_digest", "staff_digest"))
        )
    ).all()
    assert len(rows) > PLANS
    country = {
        contact.email: LANDS[int(contact.ref[2:]) % 5]
        for contact in db.session.scalars(sa.select(PlanContact).where(PlanContact.email.startswith("reader")))
    }
    days = Counter((row.to_email, row.created_at.date()) for row in rows)
    assert max(days.values()) == 1
    for row in rows:
        day = row.created_at.date()
        assert is_workday(day, country.get(row.to_email, "NL")), (row.to_email, day)
        for line in (*row.args["late"], *row.args["soon"], *row.args["judge"]):
            title = line.rpartition(" · ")[2].partition(",")[0]
            assert done[title] > day, (title, day)
    assert db.session.scalar(sa.select(sa.func.count()).select_from(TaskDigest)) == len(rows)
