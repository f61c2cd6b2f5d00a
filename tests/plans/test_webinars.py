"""Trainings that are held in a series: proposed, registered, missed, chosen anew (C3)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import selectinload

from app.core.db import db, write
from app.core.errors import FieldError, NotFound
from app.history.models import HistoryEntry
from app.outbox.models import MailRow
from app.people.models import Person
from app.plans.models import Plan, PlanContact, PlanSession, PlanTraining
from app.plans.party import Hand
from app.plans.queries import webinars as queries
from app.plans.queries.webinars import Stand, Webinar, webinars_affected
from app.plans.service import starting, starting_date, trainings, upgrading, webinars
from app.plans.service.people import NewContact
from app.plans.service.trainings import OfASeries
from app.plans.service.webinars import DoesNotFit, NobodyToRegister, NoPlaceLeft, SessionGone
from app.trainings.models import Attendance, Participant, TrainingSession
from app.trainings.service import series as series_service
from app.trainings.service import sessions
from tests.leads.test_races_desk import at_once, person
from tests.plans import replaying
from tests.plans.coming import come
from tests.queries import counting
from tests.sentences import (
    SMALL_PLAYBOOK,
    a_contact,
    a_plan,
    a_playbook,
    a_staff_member,
    main_contact,
    post,
    sign_in,
    task_of,
)
from tests.trainings.sentences import a_session, mails, participants, somebody, training_of
from tests.trainings.test_series import PARIS, a_series, of, of_series

pytestmark = pytest.mark.usefixtures("context")

START = "2026-03-02T08:00:00Z"
"""A Monday: sessions are on Mondays at 14:00, Wednesdays at 9:30 and Fridays at 11:00, in Paris."""

TASKS: list[dict[str, Any]] = [
    {
        "code": "places",
        "phase": "begin",
        "kind": "people",
        "side": "vendor",
        "title": {"en": "Register for the webinar"},
        "training": "webinar",
        "several": True,
    },
    {
        "code": "attended",
        "phase": "end",
        "kind": "meeting",
        "side": "vendor",
        "title": {"en": "Webinar attended"},
        "training": "webinar",
        "needs": ["places"],
    },
]
WEBINAR: dict[str, Any] = {
    "code": "webinar",
    "phase": "end",
    "title": {"en": "First steps"},
    "series": True,
    "ahead": 3,
    "minutes": 45,
}


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


def asking(**values: Any) -> Plan:
    """A plan that asks for one session of the series; signed on 2 March, to start on the 12th."""
    content = {
        **SMALL_PLAYBOOK,
        "code": "classic",
        "starting": {"within_days": 14, "status": {"en": "Active"}},
        "tasks": [*SMALL_PLAYBOOK["tasks"], *TASKS],
        "trainings": [*SMALL_PLAYBOOK["trainings"], WEBINAR],
    }
    hanna = NewContact("Hanna Wilk", "hanna@quillmark.example", locale="en", enters=True)
    days = {"contract_on": date(2026, 3, 2), "golive_on": date(2026, 3, 12), "locale": "fr", "contacts": (hanna,)}
    return a_plan(of=a_playbook(content), **{**days, **values})


def seen(plan: Plan) -> Webinar:
    """As it stands now."""
    db.session.rollback()
    plan = db.session.get_one(Plan, plan.id, populate_existing=True)
    return queries.of_plan(plan)[training_of(plan, "webinar").ref]


def day_of(session: Any) -> str:
    return f"{session.starts_at.astimezone(PARIS):%Y-%m-%d}"


def on(series: Any, day: str) -> TrainingSession:
    return next(one for one in of(series) if day_of(one) == day)


def staff(*roles: str) -> Hand:
    return Hand(person=a_staff_member(*(roles or ("account_manager",))))


def register(plan: Plan, session: TrainingSession, by: Hand | None = None, **values: Any) -> PlanTraining:
    return webinars.register(plan.id, training_of(plan, "webinar").ref, session.ref, by or staff(), **values)


def taking_part(session: TrainingSession) -> list[str]:
    return [one.name for one in participants(session) if one.attendance != Attendance.WITHDRAWN]


def hold(session: TrainingSession, *there: str) -> None:
    """Noted an hour after it; the clock stays there."""
    list_of = {one.id: Attendance.ATTENDED if one.name in there else Attendance.MISSED for one in participants(session)}
    sessions.hold(session.id, list_of, "", a_staff_member("account_manager"))


def after(session: TrainingSession) -> Any:
    return time_machine.travel(session.starts_at + timedelta(hours=1), tick=False)


def fill(session: TrainingSession, leave: int = 0) -> None:
    by = a_staff_member("account_manager")
    for place in range((session.capacity or 0) - len(participants(session)) - leave):
        sessions.add(session.id, somebody(f"Guest{session.id}x{place} Wit"), by)


# --- proposing and registering ----------------------------------------------------------------------------------------


def test_the_latest_at_least_three_days_before_is_proposed_with_its_free_places() -> None:
    series, plan = a_series(), asking()
    found = seen(plan)
    assert (found.stand, found.proposal and day_of(found.proposal)) == (Stand.OPEN, "2026-03-09")
    assert found.proposal is not None
    assert found.proposal.free == 3
    fill(on(series, "2026-03-09"))
    again = seen(plan)
    assert again.proposal is not None
    assert day_of(again.proposal) == "2026-03-06"
    assert [day_of(one) for one in again.choices] == ["2026-03-02", "2026-03-04", "2026-03-06"]


def test_one_press_registers_the_main_contact_and_does_the_task() -> None:
    series, plan = a_series(), asking()
    monday = on(series, "2026-03-09")
    by = staff("sales")
    register(plan, monday, by)
    register(plan, monday, by)
    assert taking_part(monday) == ["Hanna Wilk"]
    assert mails() == [("session_invitation", main_contact(plan).email)]
    row = db.session.scalars(sa.select(MailRow).where(MailRow.template == "session_invitation")).one()
    assert row.args["sequence"] == 0, "with an entry for the calendar"
    assert (task_of(plan, "places").state, task_of(plan, "attended").state) == ("done", "open")
    found = seen(plan)
    assert (found.stand, found.fits, found.session and found.session.id) == (Stand.REGISTERED, True, monday.id)
    replaying.check(plan.id)


def test_whoever_is_named_comes_and_all_of_them_need_a_place() -> None:
    series, plan = a_series(), asking()
    hanna, jan = main_contact(plan), a_contact(plan)
    trainings.name_people(plan.id, training_of(plan, "webinar").ref, [hanna.ref, jan.ref], staff())
    monday, friday = on(series, "2026-03-09"), on(series, "2026-03-06")
    fill(monday, leave=1)
    found = seen(plan)
    assert found.proposal is not None
    assert day_of(found.proposal) == "2026-03-06"
    with pytest.raises(NoPlaceLeft):
        register(plan, monday)
    assert (len(taking_part(monday)), mails()[2:]) == (2, [])
    register(plan, friday)
    assert taking_part(friday) == ["Hanna Wilk", "Jan Wit"]


def test_another_one_takes_the_place_of_the_first() -> None:
    series, plan = a_series(), asking()
    monday, friday = on(series, "2026-03-09"), on(series, "2026-03-06")
    register(plan, monday)
    register(plan, friday, Hand(contact=main_contact(plan)))
    assert (taking_part(monday), taking_part(friday)) == ([], ["Hanna Wilk"])
    assert [template for template, _ in mails()] == ["session_invitation", "session_cancelled", "session_invitation"]
    assert db.session.scalar(sa.select(sa.func.count()).select_from(PlanSession)) == 1
    register(plan, monday)
    assert (taking_part(monday), taking_part(friday)) == (["Hanna Wilk"], [])


def test_what_does_not_fit_is_refused_and_may_be_allowed_with_a_reason() -> None:
    series, plan = a_series(), asking()
    wednesday, leader = on(series, "2026-03-11"), staff("team_leader")
    for hand in (staff(), staff("sales"), Hand(contact=main_contact(plan))):
        with pytest.raises(DoesNotFit):
            register(plan, wednesday, hand, why="I want to.")
    with pytest.raises(FieldError):
        register(plan, wednesday, leader)
    register(plan, wednesday, leader, why="They were on holiday until then.")
    found = seen(plan)
    assert (found.stand, found.fits, found.no_longer_fits) == (Stand.REGISTERED, False, False)
    assert (found.allowed_why, found.allowed_by) == ("They were on holiday until then.", "Dana Kellerman")
    asked = sa.select(HistoryEntry).where(HistoryEntry.verb == "plan.session_allowed")
    entry = db.session.scalars(asked.options(selectinload(HistoryEntry.values))).one()
    assert leader.person is not None
    assert entry.actor_id == leader.person.id
    assert {value.field: value.new for value in entry.values}["reason"] == "They were on holiday until then."
    fill(on(series, "2026-03-13"))
    with pytest.raises(NoPlaceLeft):
        register(plan, on(series, "2026-03-13"), leader, why="Nor above the places.")


def test_none_fits_says_which_starting_dates_would_work_within_the_days_allowed() -> None:
    series, plan = a_series(), asking(golive_on=date(2026, 3, 6))
    for day in ("2026-03-02", "2026-03-04", "2026-03-06"):
        fill(on(series, day))
    found = seen(plan)
    assert (found.proposal, list(found.choices)) == (None, [])
    assert found.starting_dates == [date(2026, 3, day) for day in range(12, 17)], "from Monday 9th on, until the 16th"
    for session in of(series):
        if session.starts_at.astimezone(PARIS).date() < date(2026, 3, 16):
            fill(session)
    assert seen(plan).starting_dates == []


def test_the_plans_language_goes_first_and_another_one_is_said() -> None:
    a_series(), a_series(locale="en", slots=((1, "10:00"),))
    plan, polish = asking(), asking(locale="pl")
    french, either = seen(plan).proposal, seen(polish).proposal
    assert french is not None
    assert either is not None
    assert (french.locale, either.locale) == ("fr", "fr")
    english = asking(locale="en")
    found = seen(english).proposal
    assert found is not None
    assert (found.locale, day_of(found)) == ("en", "2026-03-03")


def test_without_a_starting_date_nothing_is_proposed_and_any_may_be_chosen() -> None:
    series, plan = a_series(), asking(golive_on=None)
    found = seen(plan)
    assert (found.proposal, len(found.choices)) == (None, len(of(series)))
    register(plan, on(series, "2026-04-24"))
    assert seen(plan).stand == Stand.REGISTERED


def test_sessions_that_are_not_to_be_chosen() -> None:
    series, plan, by = a_series(), asking(), staff()
    own = a_session()
    with pytest.raises(NotFound):
        register(plan, own)
    with pytest.raises(NotFound):
        webinars.register(plan.id, training_of(plan).ref, of(series)[0].ref, by)
    with pytest.raises(OfASeries):
        trainings.take_up(plan.id, training_of(plan, "webinar").ref, on(series, "2026-03-11").id, by)
    trainings.take_up(plan.id, training_of(plan, "webinar").ref, own.id, by)
    gone = on(series, "2026-03-09")
    sessions.cancel(gone.id, "The trainer is ill.", a_staff_member("account_manager"))
    with pytest.raises(SessionGone):
        register(plan, gone)
    with write():
        db.session.execute(sa.update(PlanContact).values(ended_at=sa.func.current_timestamp()))
    with pytest.raises(NobodyToRegister):
        register(plan, on(series, "2026-03-06"))


def test_a_session_that_is_cancelled_is_proposed_for_anew() -> None:
    series, plan = a_series(), asking()
    monday = on(series, "2026-03-09")
    register(plan, monday)
    sessions.cancel(monday.id, "The trainer is ill.", a_staff_member("account_manager"))
    found = seen(plan)
    assert found.proposal is not None
    assert (found.stand, day_of(found.proposal)) == (Stand.OPEN, "2026-03-06")
    register(plan, on(series, "2026-03-06"))
    assert seen(plan).stand == Stand.REGISTERED


def test_archived_plans_register_nobody() -> None:
    series, plan = a_series(), asking()
    starting.archive(plan.id, "It was a mistake.", staff())
    with pytest.raises(Exception, match="archived"):
        register(plan, on(series, "2026-03-09"))


# --- attendance -------------------------------------------------------------------------------------------------------


def test_attendance_counts_for_the_plan_whose_people_were_there() -> None:
    series = a_series()
    one, other = asking(), asking(contacts=(NewContact("Eva Roos", "eva@other.example", enters=True),))
    monday = on(series, "2026-03-09")
    for plan in (one, other):
        register(plan, monday)
    with after(monday):
        assert seen(one).stand == Stand.BEGUN
        hold(monday, "Hanna Wilk")
        assert (seen(one).stand, task_of(one, "attended").state) == (Stand.ATTENDED, "done")
        assert (seen(other).stand, task_of(other, "attended").state) == (Stand.MISSED, "open")
        assert task_of(one, "attended").answer["on"] == "2026-03-09"
        for plan in (one, other):
            replaying.check(plan.id)


def test_a_correction_opens_the_task_again_or_does_it() -> None:
    series, plan = a_series(), asking()
    monday = on(series, "2026-03-09")
    register(plan, monday)
    with after(monday):
        for there, state in ((("Hanna Wilk",), "done"), ((), "open"), ((), "open"), (("Hanna Wilk",), "done")):
            hold(monday, *there)
            assert task_of(plan, "attended").state == state
        verbs = db.session.scalars(
            sa.select(HistoryEntry.verb)
            .where(HistoryEntry.verb.in_(("plan.training_attended", "plan.training_missed")))
            .order_by(HistoryEntry.id)
        ).all()
        assert list(verbs) == [
            "plan.training_attended",
            "plan.training_missed",
            "plan.training_attended",
        ]
        replaying.check(plan.id)


def test_after_a_missed_one_any_before_the_starting_date_will_do_and_after_it_the_next() -> None:
    series, plan = a_series(), asking()
    monday, wednesday = on(series, "2026-03-09"), on(series, "2026-03-11")
    register(plan, monday)
    with after(monday):
        hold(monday)
        found = seen(plan)
        assert found.proposal is not None
        assert (found.stand, day_of(found.proposal)) == (Stand.MISSED, "2026-03-11")
        assert [day_of(one) for one in found.choices] == ["2026-03-11"]
        fill(wednesday)
        again = seen(plan)
        assert again.proposal is not None
        assert day_of(again.proposal) == "2026-03-13"
        register(plan, on(series, "2026-03-13"), Hand(contact=main_contact(plan)))
        booked = seen(plan)
        assert (booked.stand, booked.no_longer_fits) == (Stand.REGISTERED, False)
        assert taking_part(monday) == ["Hanna Wilk"], "what was missed stays in the list"
    friday = on(series, "2026-03-13")
    with after(friday):
        hold(friday, "Hanna Wilk")
        assert (seen(plan).stand, task_of(plan, "attended").state) == (Stand.ATTENDED, "done")


def test_a_training_of_ones_own_counts_as_held_whoever_was_there() -> None:
    plan = asking()
    own = a_session()
    trainings.take_up(plan.id, training_of(plan).ref, own.id, staff())
    with after(own):
        hold(own)
        assert queries.of_plan(plan)[training_of(plan, "webinar").ref].stand == Stand.OPEN


def test_a_training_that_a_newer_playbook_no_longer_has_can_still_be_held(app: Flask) -> None:
    series, plan = a_series(), asking()
    monday = on(series, "2026-03-09")
    register(plan, monday)
    content = {**SMALL_PLAYBOOK, "code": "classic", "starting": {"within_days": 14, "status": {"en": "Active"}}}
    upgrading.apply(plan.id, a_playbook(content).id, staff())
    with after(monday):
        hold(monday, "Hanna Wilk")
        assert queries.of_plan(db.session.get_one(Plan, plan.id, populate_existing=True)) == {}


# --- another starting date --------------------------------------------------------------------------------------------


def test_what_another_starting_date_means_for_the_registration() -> None:
    series, plan = a_series(), asking()
    register(plan, on(series, "2026-03-09"))
    plan = db.session.get_one(Plan, plan.id, populate_existing=True)
    later = webinars_affected(plan, date(2026, 3, 14))[0]
    assert (later.fits, later.stand) == (True, Stand.REGISTERED)
    earlier = webinars_affected(plan, date(2026, 3, 10))[0]
    assert earlier.proposal is not None
    assert (earlier.fits, day_of(earlier.proposal)) == (False, "2026-03-06")
    sentences = [str(one) for one in starting_date.webinars(plan, date(2026, 3, 10))]
    assert sentences == [
        "First steps: the session on Monday 9 March 2026, 14:00 does not lie 3 days before this starting date. "
        "Proposed instead: Friday 6 March 2026, 11:00"
    ]
    assert starting_date.webinars(plan, date(2026, 3, 14)) == []
    with write():
        db.session.get_one(Plan, plan.id).golive_on = date(2026, 3, 10)
    found = seen(plan)
    assert found.no_longer_fits
    register(plan, on(series, "2026-03-06"))
    assert not seen(plan).no_longer_fits


# --- races ------------------------------------------------------------------------------------------------------------


def test_twelve_plans_that_want_the_last_places_at_once_never_exceed_them(app: Flask) -> None:
    series = a_series()
    monday, by = on(series, "2026-03-09"), a_staff_member("account_manager").id
    plans = [
        asking(contacts=(NewContact(f"Guest{place} Wit", f"guest{place}@wit.example", enters=True),))
        for place in range(12)
    ]
    refs = [(plan.id, training_of(plan, "webinar").ref) for plan in plans]
    results = at_once(
        app,
        *(
            lambda id=id, ref=ref: webinars.register(id, ref, monday.ref, Hand(person=person(by))).id  # type: ignore[misc]  # a default to bind
            for id, ref in refs
        ),
    )
    assert sorted(type(one).__name__ for one in results) == ["NoPlaceLeft"] * 9 + ["int"] * 3, results
    db.session.rollback()
    assert len(taking_part(monday)) == 3
    assert len(mails()) == 3
    for id, _ref in refs:
        replaying.check(id)


def test_one_plan_pressed_many_times_for_different_sessions_ends_in_one(app: Flask) -> None:
    series, plan = a_series(), asking()
    choices = [on(series, day).ref for day in ("2026-03-04", "2026-03-06", "2026-03-09")]
    by, id, ref = a_staff_member("account_manager").id, plan.id, training_of(plan, "webinar").ref
    hanna = main_contact(plan).id
    for _ in range(3):
        results = at_once(
            app,
            *(
                lambda one=one: webinars.register(id, ref, one, Hand(person=person(by)))  # type: ignore[misc]  # a default to bind
                for one in choices
            ),
            *(
                lambda one=one: webinars.register(  # type: ignore[misc]  # a default to bind
                    id, ref, one, Hand(contact=db.session.get_one(PlanContact, hanna))
                )
                for one in choices
            ),
        )
        assert [one for one in results if isinstance(one, BaseException)] == []
        db.session.rollback()
        active = db.session.scalars(
            sa.select(Participant.session_id).where(
                Participant.email == main_contact(plan).email, Participant.attendance == Attendance.INVITED
            )
        ).all()
        assert len(active) == 1
        assert list(db.session.scalars(sa.select(PlanSession.session_id))) == list(active)
    replaying.check(id)


def test_registering_holding_and_changing_the_series_at_once_wait_in_one_order(app: Flask) -> None:
    series, plan, other = a_series(), asking(), asking()
    begun, by = on(series, "2026-03-09"), a_staff_member("account_manager").id
    register(plan, begun)
    register(other, begun)
    ref, id = training_of(plan, "webinar").ref, plan.id
    with time_machine.travel(begun.starts_at + timedelta(minutes=5), tick=False):
        wednesday = on(series, "2026-03-11").ref
        slots = ((0, "14:00"), (2, "10:30"), (4, "11:30"))
        results = at_once(
            app,
            lambda: sessions.hold(begun.id, {}, "Went well.", person(by)),
            lambda: series_service.change(series.id, of_series(slots=slots), "Later.", person(by)),
            lambda: trainings.name_people(id, ref, [], Hand(person=person(by))),
            lambda: webinars.register(id, ref, wednesday, Hand(person=person(by))),
        )
        unexpected = [one for one in results if isinstance(one, BaseException) and not isinstance(one, DoesNotFit)]
        assert unexpected == []


# --- doors ------------------------------------------------------------------------------------------------------------


def pages(app: Flask, client: FlaskClient, plan: Plan, by: Person) -> tuple[str, str]:
    """The desk's and the customer's page of the trainings."""
    sign_in(client, by)
    browser = app.test_client()
    come(browser, main_contact(plan))
    return (
        client.get(f"/desk/plans/{plan.ref}/trainings").text,
        browser.get(f"/my/plans/{plan.ref}/trainings").text,
    )


def test_both_pages_show_the_proposal_and_register_with_one_press(app: Flask, client: FlaskClient) -> None:
    series, plan, by = a_series(), asking(), a_staff_member("account_manager")
    desk, mine = pages(app, client, plan, by)
    for page in (desk, mine):
        assert "Monday 9 March 2026" in page
        assert "3 free places" in page
    ref = training_of(plan, "webinar").ref
    monday, friday = on(series, "2026-03-09"), on(series, "2026-03-06")
    browser = app.test_client()
    come(browser, main_contact(plan))
    base = f"/my/plans/{plan.ref}/trainings"
    sent = post(browser, f"{base}/{ref}/registration", {"session": monday.ref}, page=base)
    assert (sent.status_code, sent.location.endswith(f"{base}#{ref}")) == (303, True)
    assert taking_part(monday) == ["Hanna Wilk"]
    assert "You are registered." in browser.get(base).text
    choice = browser.get(f"{base}/{ref}/choice").text
    assert "Friday 6 March 2026" in choice
    assert "Wednesday 11 March" not in choice
    picking = f"{base}/{ref}/choice"
    refused = post(browser, f"{base}/{ref}/registration", {"session": on(series, "2026-03-11").ref}, page=picking)
    assert (refused.status_code, "does not fit the starting date" in refused.text) == (409, True)
    fill(friday)
    full = post(browser, f"{base}/{ref}/registration", {"session": friday.ref}, page=picking)
    assert (full.status_code, "not enough places" in full.text) == (409, True)
    assert taking_part(monday) == ["Hanna Wilk"]
    wednesday = on(series, "2026-03-04")
    desk_base = f"/desk/plans/{plan.ref}/trainings"
    moved = post(client, f"{desk_base}/{ref}/registration", {"session": wednesday.ref}, page=desk_base)
    assert moved.status_code == 303
    assert taking_part(wednesday) == ["Hanna Wilk"]
    assert "Place booked" in client.get(desk_base).text
    for address in (f"{base}/{training_of(plan).ref}/choice", f"{base}/U-00000000/choice"):
        assert browser.get(address).status_code == 404
    assert client.get(f"{desk_base}/U-00000000/choice").status_code == 404
    assert post(client, f"{desk_base}/{ref}/registration", {"session": "S-0"}, page=desk_base).status_code == 404


def test_missed_is_said_on_both_pages_with_the_next_one(app: Flask, client: FlaskClient) -> None:
    series, plan, by = a_series(), asking(), a_staff_member("account_manager")
    monday = on(series, "2026-03-09")
    register(plan, monday)
    with after(monday):
        hold(monday)
        desk, mine = pages(app, client, plan, by)
        assert "Nobody of the customer's was at the session." in desk
        assert "You were not at the session." in mine
        assert "Missed: Hanna Wilk" in mine
        for page in (desk, mine):
            assert "Wednesday 11 March 2026" in page
            assert "Register for this session" in page


def test_the_plans_own_pages_and_its_tasks_lead_to_the_choice(app: Flask, client: FlaskClient) -> None:
    series, plan, by = a_series(), asking(), a_staff_member("account_manager")
    sign_in(client, by)
    browser = app.test_client()
    mine = come(browser, main_contact(plan)).text
    ref, task = training_of(plan, "webinar").ref, task_of(plan, "places").ref
    for page, base in ((client.get(f"/desk/plans/{plan.ref}").text, "/desk"), (mine, "/my")):
        assert "No session chosen" in page
        assert f'{base}/plans/{plan.ref}/trainings#{ref}"' in page
    for page in (client.get(f"/desk/plans/{plan.ref}/tasks/{task}"), browser.get(f"/my/plans/{plan.ref}/tasks/{task}")):
        assert "The session is chosen on the page of the trainings" in page.text
    register(plan, on(series, "2026-03-09"))
    for page in (client.get(f"/desk/plans/{plan.ref}").text, browser.get(f"/my/plans/{plan.ref}").text):
        assert "No session chosen" not in page
        assert "Monday 9 March" in page


@pytest.mark.parametrize("strange", ["a\0b", "9" * 10_000, "👩🏽‍🔧", ""])
def test_whatever_is_sent_as_a_session_is_none(app: Flask, client: FlaskClient, strange: str) -> None:
    a_series()
    plan = asking()
    sign_in(client, a_staff_member("team_leader"))
    base, ref = f"/desk/plans/{plan.ref}/trainings", training_of(plan, "webinar").ref
    answer = post(client, f"{base}/{ref}/registration", {"session": strange}, page=base)
    assert answer.status_code in (400, 404)
    allowed = post(client, f"{base}/{ref}/exception", {"session": strange, "why": "They asked."})
    assert allowed.status_code in (400, 422)


def test_none_fits_offers_dates_or_an_exception_by_a_team_leader(app: Flask, client: FlaskClient) -> None:
    series, plan = a_series(), asking(golive_on=date(2026, 3, 6))
    for day in ("2026-03-02",):
        fill(on(series, day))
    desk, mine = pages(app, client, plan, a_staff_member("account_manager"))
    for page in (desk, mine):
        assert "No session fits the starting date 6 March 2026." in page
        assert "Saturday 7 March" in page
    assert "A team leader can allow another session." in desk
    ref = training_of(plan, "webinar").ref
    path = f"/desk/plans/{plan.ref}/trainings/{ref}/exception"
    assert client.get(path).status_code == 403
    sign_in(client, a_staff_member("team_leader", name="Ruth Abendroth"))
    friday = on(series, "2026-03-06")
    assert post(client, path, {"session": friday.ref}).status_code == 422
    assert post(client, path, {"session": "S-00000000", "why": "They asked."}).status_code == 422
    assert post(client, path, {"session": friday.ref, "why": "They asked."}).status_code == 303
    page = client.get(f"/desk/plans/{plan.ref}/trainings").text
    assert "Allowed by Ruth Abendroth: They asked." in page
    history = client.get(f"/desk/plans/{plan.ref}/history").text
    assert "Session allowed although it does not fit the starting date" in history
    assert "They asked." in history


def test_another_language_is_said(app: Flask, client: FlaskClient) -> None:
    a_series()
    plan = asking(locale="pl")
    for page in pages(app, client, plan, a_staff_member("account_manager")):
        assert "Held in this language: Français" in page


def test_who_only_looks_presses_nothing_and_strangers_see_nothing(app: Flask, client: FlaskClient) -> None:
    series, plan = a_series(), asking()
    other = asking(contacts=(NewContact("Eva Roos", "eva@other.example", enters=True),))
    ref, session = training_of(plan, "webinar").ref, on(series, "2026-03-09").ref
    stranger = app.test_client()
    come(stranger, main_contact(other))
    base = f"/my/plans/{plan.ref}/trainings/{ref}"
    assert stranger.get(f"{base}/choice").status_code == 404
    theirs = f"/my/plans/{other.ref}/trainings"
    assert post(stranger, f"{base}/registration", {"session": session}, page=theirs).status_code == 404
    crossed = post(stranger, f"{theirs}/{ref}/registration", {"session": session}, page=theirs)
    assert crossed.status_code == 404
    assert app.test_client().get(f"{base}/choice").status_code == 404
    sign_in(client, a_staff_member("finance"))
    assert client.get(f"/desk/plans/{plan.ref}/trainings/{ref}/choice").status_code == 403
    assert mails() == []


@pytest.mark.on("sqlite")
@pytest.mark.parametrize("many", [1, 6])
def test_it_costs_the_same_however_many(app: Flask, many: int) -> None:
    for place in range(many):
        a_series(title=f"Series {place}")
    plan = asking()
    for place in range(many):
        a_contact(plan, f"Guest{place} Wit")
    trainings.name_people(
        plan.id,
        training_of(plan, "webinar").ref,
        [one.ref for one in db.session.scalars(sa.select(PlanContact))],
        staff(),
    )
    db.session.rollback()
    db.session.expire_all()
    plan = db.session.get_one(Plan, plan.id)
    queries.of_plan(plan)
    with counting(app) as n:
        queries.of_plan(plan)
    assert n <= 4
    small = a_plan(of=a_playbook())
    db.session.rollback()
    queries.of_plan(small)
    with counting(app) as none:
        queries.of_plan(small)
    assert none == 0
