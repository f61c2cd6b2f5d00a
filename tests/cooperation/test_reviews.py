"""Reviews: planned, moved, a time agreed, cancelled, held; actions become tasks, and the next one follows (S9)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.cooperation.jobs import follow_meetings
from app.cooperation.models import Review
from app.cooperation.queries import reviews as queries
from app.cooperation.service import reviews as service
from app.cooperation.service.holding import CooperationEnded, MovedOn
from app.cooperation.service.reviews import Agreed, Meeting, Minutes
from app.core.clock import now
from app.core.db import db, write
from app.core.errors import FieldError
from app.history.service import entries_of
from app.integrations.models import SoftwarePartner
from app.people.models import Person
from app.plans import texts
from app.plans.models import PlanTask
from app.playbooks.outline import Side
from app.trainings.models import TrainingSession
from app.trainings.service import sessions
from tests.cooperation import sentences as c
from tests.leads.test_races_desk import at_once
from tests.queries import counting
from tests.sentences import a_staff_member, sign_in, task_of
from tests.software import a_software_partner, people_of

pytestmark = pytest.mark.usefixtures("context")

ZONE = "Europe/Amsterdam"


@pytest.fixture
def manager() -> Person:
    return c.a_manager()


def again(review: Review) -> Review:
    return db.session.get_one(Review, review.id, populate_existing=True)


def planned(partner: SoftwarePartner) -> Review | None:
    return queries.planned_of(partner.id)


def at(day: date, hour: int = 10) -> datetime:
    return datetime.combine(day, time(hour), ZoneInfo(ZONE))


def a_meeting(partner: SoftwarePartner, by: Person, starts_at: datetime | None = None, **values: Any) -> Meeting:
    return Meeting(
        starts_at=starts_at or at(c.day(9)),
        minutes=values.pop("minutes", 60),
        timezone=ZONE,
        place="",
        link="https://meet.example/1",
        colleague=by,
        people=values.pop("people", people_of(partner)),
    )


def minutes(**values: Any) -> Minutes:
    known = {
        "held_on": c.day(0),
        "experience": "Good",
        "quality": "Quick answers",
        "quality_mark": 4,
        "results": "",
        "months": 3,
    }
    return Minutes(**{**known, **values})


# --- the day and the time ---------------------------------------------------------------------------------------------


def test_one_review_is_planned_at_a_time(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager)
    assert c.a_review(partner, manager).id == review.id
    with pytest.raises(service.PlannedAlready):
        c.a_review(partner, manager, days=20)
    with pytest.raises(FieldError):
        service.plan(partner.id, c.day(-1), 3, manager)
    with pytest.raises(CooperationEnded):
        c.a_review(a_software_partner("Gone", state="ended"), manager)


def test_moving_tells_the_partners_people_why(manager: Person) -> None:
    partner = a_software_partner(people=2)
    review = c.a_review(partner, manager)
    with pytest.raises(FieldError):
        service.move(review.id, 1, c.day(20), "", manager)
    service.move(review.id, 1, c.day(20), "A fair", manager)
    service.move(review.id, 1, c.day(20), "A fair", manager)  # the same again
    assert again(review).planned_on == c.day(20)
    sent = c.mails("review_moved")
    assert {mail.to_email for mail in sent} == {one.email for one in people_of(partner)}
    assert sent[0].args["reason"] == "A fair"
    with pytest.raises(MovedOn):
        service.move(review.id, 1, c.day(21), "Again", manager)


def test_a_time_becomes_a_meeting_with_invitations(manager: Person) -> None:
    partner = a_software_partner(people=2)
    review = c.a_review(partner, manager)
    service.agree(review.id, 1, a_meeting(partner, manager), "", manager)
    found = again(review)
    session = db.session.get_one(TrainingSession, found.session_id)
    assert (found.planned_on, session.title, session.trainer_id) == (
        c.day(9),
        "Review: Gangway and Kassalinja",
        manager.id,
    )
    assert len(c.mails("session_invitation")) == 3
    with pytest.raises(service.TimeAgreed):
        service.move(review.id, found.version, c.day(20), "Why", manager)
    with pytest.raises(FieldError) as refused:
        service.agree(review.id, found.version, a_meeting(partner, manager, at(c.day(12))), "", manager)
    assert refused.value.field == "reason"
    fewer = a_meeting(partner, manager, at(c.day(12)), people=people_of(partner)[:1])
    service.agree(review.id, found.version, fewer, "Somebody is ill", manager)
    assert again(review).planned_on == c.day(12)
    assert len(c.mails("session_changed")) == 2
    assert len(c.mails("session_cancelled")) == 1
    assert again(review).session_id == session.id


def test_nobody_meets_alone_or_in_the_past(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager)
    with pytest.raises(FieldError):
        service.agree(review.id, 1, a_meeting(partner, manager, people=[]), "", manager)
    with pytest.raises(FieldError):
        service.agree(review.id, 1, a_meeting(partner, manager, now() - timedelta(hours=1)), "", manager)
    assert again(review).session_id is None


def test_a_meeting_moved_among_the_trainings_takes_the_review_along(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager)
    service.agree(review.id, 1, a_meeting(partner, manager), "", manager)
    session = db.session.get_one(TrainingSession, again(review).session_id)
    details = sessions.details_of(session)
    other = sessions.SessionDetails(**{**vars(details), "starts_at": at(c.day(15))})
    sessions.change(session.id, other, "Other", manager)
    follow_meetings(now())
    follow_meetings(now())
    assert again(review).planned_on == c.day(15)
    assert [entry.verb for entry in entries_of(again(review))].count("review.moved") == 1


def test_cancelling_says_why_and_plans_the_next(manager: Person) -> None:
    partner = a_software_partner(people=2)
    review = c.a_review(partner, manager)
    service.agree(review.id, 1, a_meeting(partner, manager, people=people_of(partner)[:1]), "", manager)
    seen = again(review).version
    with pytest.raises(FieldError):
        service.cancel(review.id, seen, "", manager, next_too=True)
    service.cancel(review.id, seen, "Nothing to say", manager, next_too=True)
    service.cancel(review.id, seen, "Nothing to say", manager, next_too=True)  # twice is once
    following = planned(partner)
    assert following is not None
    assert following.planned_on == service.following_day(c.day(9), 3, "FI")
    session = db.session.get_one(TrainingSession, again(review).session_id)
    assert (session.state, session.reason) == ("cancelled", "Nothing to say")
    # Whoever had it in the calendar gets that mail, the others ours.
    assert [mail.to_email for mail in c.mails("review_cancelled")] == [people_of(partner)[1].email]
    service.cancel(following.id, 1, "The last one", manager, next_too=False)
    assert planned(partner) is None


# --- holding ----------------------------------------------------------------------------------------------------------


def test_minutes_are_kept_actions_become_tasks_and_the_next_is_planned(manager: Person) -> None:
    partner = c.with_plan(by=manager)
    review = c.a_review(partner, manager, days=0)
    actions = [Agreed("Improve the hint", Side.CUSTOMER, c.day(14)), Agreed("Add a package", Side.VENDOR, c.day(20))]
    service.hold(review.id, 1, minutes(actions=actions, quality_mark=5), manager)
    found = queries.review(partner.id, review.ref)
    assert (found.state, found.quality_mark, found.held_on, found.held_by_id) == ("held", 5, c.day(0), manager.id)
    plan = c.the_plan(partner)
    outline = texts.outline_of(plan)
    tasks = queries.tasks_of(found)
    assert [(texts.title_of(task, outline), task.side, task.due_on, task.phase) for task in tasks] == [
        ("Improve the hint", "customer", c.day(14), "operational"),
        ("Add a package", "vendor", c.day(20), "operational"),
    ]
    assert task_of(plan, "first_review").state == "done"
    following = planned(partner)
    assert following is not None
    assert following.planned_on == service.following_day(c.day(0), 3, "FI")
    assert len(c.mails("review_held")) == 1


def test_the_same_minutes_twice_are_one_and_others_are_refused(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager, days=0)
    said = minutes()
    service.hold(review.id, 1, said, manager)
    service.hold(review.id, 1, said, manager)
    with pytest.raises(service.ReviewOver):
        service.hold(review.id, 1, minutes(experience="Other"), manager)
    assert len(queries.of_partner(partner.id)) == 2


def test_what_cannot_be_held_is_not(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager)
    with pytest.raises(FieldError):
        service.hold(review.id, 1, minutes(held_on=c.day(1)), manager)
    with pytest.raises(FieldError) as refused:
        service.hold(review.id, 1, minutes(actions=[Agreed("Do it", Side.VENDOR, c.day(3))]), manager)
    assert refused.value.field == "actions"
    service.agree(review.id, 1, a_meeting(partner, manager), "", manager)
    with pytest.raises(service.NotBegun):
        service.hold(review.id, 2, minutes(), manager)
    assert again(review).state == "planned"


def test_who_was_there_is_noted_in_the_meeting(manager: Person) -> None:
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=UTC), tick=False) as clock:
        partner = c.with_plan(a_software_partner(people=2), by=manager)
        review = c.a_review(partner, manager, days=0)
        service.agree(review.id, 1, a_meeting(partner, manager, at(c.day(0), 14)), "", manager)
        clock.move_to(datetime(2026, 6, 1, 14, tzinfo=UTC))
        session = db.session.get_one(TrainingSession, again(review).session_id)
        there = queries.participants_of(session)[0]
        service.hold(review.id, again(review).version, minutes(there=[there.id]), manager)
        db.session.expire_all()
        attended = [one.attendance for one in queries.participants_of(session)]
        assert (session.state, attended) == ("held", ["attended", "missed", "missed"])
        assert task_of(c.the_plan(partner), "first_review").answer["at"] == "14:00"


def test_minutes_are_corrected_in_their_words(manager: Person) -> None:
    partner = a_software_partner()
    review = c.a_review(partner, manager, days=0)
    with pytest.raises(service.ReviewOver):
        service.correct(review.id, 1, minutes(), manager)
    service.hold(review.id, 1, minutes(), manager)
    service.correct(review.id, 2, minutes(experience="Very good", held_on=c.day(-5)), manager)
    assert (again(review).experience, again(review).held_on) == ("Very good", c.day(0))
    with pytest.raises(MovedOn):
        service.correct(review.id, 2, minutes(experience="Late"), manager)


@pytest.mark.parametrize(
    ("day", "months", "following"),
    [
        (date(2026, 8, 31), 6, date(2027, 3, 1)),  # 28 February is a Sunday
        (date(2026, 9, 6), 3, date(2026, 12, 7)),  # Finland celebrates on 6 December, a Sunday
        (date(2026, 9, 25), 3, date(2026, 12, 28)),  # Christmas in both countries, then the weekend
        (date(2026, 1, 27), 3, date(2026, 4, 28)),  # King's Day in the Netherlands
    ],
)
def test_the_next_one_is_on_a_working_day_of_both_sides(day: date, months: int, following: date) -> None:
    assert service.following_day(day, months, "FI") == following


def test_two_hold_at_once_and_one_of_them_counts(app: Flask, manager: Person) -> None:
    partner = c.with_plan(by=manager)
    staff = manager.id
    for round in range(6):
        review = planned(partner) or c.a_review(partner, c.fresh(staff), days=0)
        id, seen = review.id, review.version

        def held(name: str) -> int:
            actions = [Agreed(f"{name} {round}", Side.VENDOR, c.day(9))]  # noqa: B023 - run at once
            return service.hold(id, seen, minutes(experience=name, actions=actions), c.fresh(staff)).id  # noqa: B023

        results = at_once(app, lambda: held("one"), lambda: held("other"), lambda: held("one"))
        db.session.rollback()
        db.session.expire_all()
        found = queries.review(partner.id, review.ref)
        assert found.state == "held"
        refused = [one for one in results if isinstance(one, service.ReviewOver)]
        assert len(refused) == (1 if found.experience == "one" else 2), results
        assert len(found.actions) == 1
        assert sum(one.state == "planned" for one in queries.of_partner(partner.id)) == 1
    numbers = db.session.scalars(db.select(PlanTask.number).where(PlanTask.plan_id == partner.plan_id)).all()
    assert len(numbers) == len(set(numbers))


def test_cancelling_and_holding_at_once_leave_one_next_review(app: Flask, manager: Person) -> None:
    partner, staff = a_software_partner(), manager.id
    for _round in range(6):
        review = planned(partner) or c.a_review(partner, c.fresh(staff), days=0)
        id, seen = review.id, review.version
        at_once(
            app,
            lambda: service.hold(id, seen, minutes(), c.fresh(staff)).id,  # noqa: B023 - run at once
            lambda: service.cancel(id, seen, "Why", c.fresh(staff), next_too=True).id,  # noqa: B023
        )
        db.session.rollback()
        db.session.expire_all()
        assert sum(one.state == "planned" for one in queries.of_partner(partner.id)) == 1


# --- pages ------------------------------------------------------------------------------------------------------------

TYPED = {
    "held_on": "",
    "experience": "Łukasz O'Żółć is content 🙂",
    "quality": "Answers come quickly",
    "quality_mark": "4",
    "results": "Leads: 3 of 4",
    "months": "3",
}


def test_a_review_from_its_day_to_its_minutes(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = c.with_plan(by=manager)
    desk = f"/desk/software-partners/{partner.ref}/reviews"
    sign_in(client, manager)
    assert "No review is planned" in client.get(desk).text
    wanted = {"planned_on": c.day(6).isoformat(), "months": "3"}
    assert c.send(client, f"{desk}/new", {**wanted, "planned_on": c.day(-1).isoformat()}).status_code == 422
    assert c.send(client, f"{desk}/new", wanted).status_code == 303
    assert c.send(client, f"{desk}/new", {**wanted, "months": "4"}).status_code == 409
    review = planned(partner)
    assert review is not None
    here = f"{desk}/{review.ref}"
    for place in ("", "/day", "/time", "/cancellation", "/minutes"):
        assert client.get(here + place).status_code == 200, place
    moved = {"version": "1", "planned_on": c.day(7).isoformat(), "reason": "A fair"}
    assert c.send(client, f"{here}/day", {**moved, "reason": ""}).status_code == 422
    assert c.send(client, f"{here}/day", moved).status_code == 303
    assert c.send(client, f"{here}/day", {**moved, "planned_on": c.day(8).isoformat()}).status_code == 409
    time_typed = {"version": "2", "on": c.day(7).isoformat(), "at": "14.30", "minutes": "45", "colleague": manager.ref}
    assert c.send(client, f"{here}/time", time_typed).status_code == 422
    time_typed["people"] = people_of(partner)[0].ref
    assert c.send(client, f"{here}/time", time_typed).status_code == 303
    assert "A time is agreed" in client.get(here).text
    assert (
        c.send(client, f"{here}/minutes", {**TYPED, "version": "3", "held_on": c.day(0).isoformat()}).status_code == 409
    )
    why = {"version": "3", "reason": "Nothing to say", "next_too": "y"}
    assert c.send(client, f"{here}/cancellation", why).status_code == 303
    following = planned(partner)
    assert following is not None

    here = f"{desk}/{following.ref}"
    more = c.send(client, f"{here}/minutes", {**TYPED, "do": "more", "actions-0-title": "Improve the hint"})
    assert more.text.count('role="group"') == 2
    typed = {
        **TYPED,
        "version": "1",
        "held_on": c.day(0).isoformat(),
        "actions-0-title": "Improve the hint",
        "actions-0-side": "customer",
        "actions-0-due_on": c.day(9).isoformat(),
        "actions-1-title": "",
    }
    assert c.send(client, f"{here}/minutes", {**typed, "actions-0-side": ""}).status_code == 422
    assert c.send(client, f"{here}/minutes", typed).status_code == 303
    assert c.send(client, f"{here}/minutes", typed).status_code == 303  # a double click
    assert c.send(client, f"{here}/minutes", {**typed, "experience": "Other"}).status_code == 409
    page = client.get(here).text
    assert "Improve the hint" in page
    assert "Łukasz O&#39;Żółć is content 🙂" in page
    words = {"version": "2", "experience": "Well", "quality": "Good", "quality_mark": "5", "results": ""}
    assert client.get(f"{here}/minutes").status_code == 200
    assert c.send(client, f"{here}/minutes", words).status_code == 303

    theirs = app.test_client()
    sign_in(theirs, c.owner(partner))
    assert "The next review is planned for" in theirs.get("/panel/reviews").text
    page = theirs.get(f"/panel/reviews/{following.ref}").text
    assert "Improve the hint" in page
    assert "5: very good" in page


def test_results_are_filled_in_from_what_was_counted(client: FlaskClient, manager: Person) -> None:
    from app.cooperation.models import Measure
    from tests.cooperation.test_goals import a_goal, credited
    from tests.leads.sentences import a_lead

    partner, reseller = credited()
    a_lead(of=reseller)
    a_goal(partner, manager, Measure.LEADS, target=4)
    review = c.a_review(partner, manager, days=0)
    sign_in(client, manager)
    assert "1 of 4" in client.get(f"/desk/software-partners/{partner.ref}/reviews/{review.ref}/minutes").text


def test_due_reviews_stand_in_the_list_and_in_the_inbox_of_whoever_looks_after_them(
    client: FlaskClient, manager: Person
) -> None:
    soon, late, far = (a_software_partner(name) for name in ("Soonlinja", "Latelinja", "Farlinja"))
    theirs = a_software_partner("Theirlinja")
    colleague = a_staff_member("coordinator")
    with write():
        db.session.get_one(SoftwarePartner, theirs.id).manager_id = colleague.id
    c.a_review(soon, manager, days=14)
    c.a_review(late, manager, days=-3)
    c.a_review(far, manager, days=15)
    c.a_review(theirs, manager, days=3)
    sign_in(client, manager)
    page = client.get("/desk/reviews").text
    assert all(name in page for name in ("Soonlinja", "Latelinja", "Theirlinja"))
    assert "Farlinja" not in page
    assert "Farlinja" in client.get("/desk/reviews?tab=planned&q=farl").text
    assert "Soonlinja" not in client.get("/desk/reviews?tab=planned&q=farl").text
    inbox = client.get("/desk").text
    assert "Agree on a time for the review" in inbox
    assert "The day of the review has passed without a time" in inbox
    assert f"{soon.ref}/reviews/" in inbox
    assert f"{theirs.ref}/reviews/" not in inbox
    assert f"{far.ref}/reviews/" not in inbox
    for format in ("csv", "xlsx"):
        assert client.get(f"/desk/reviews/reviews.{format}?tab=planned").status_code == 200
    sign_in(client, a_staff_member("designer"))
    assert client.get("/desk/reviews").status_code == 403


def test_another_partners_reviews_are_not_found(client: FlaskClient, manager: Person) -> None:
    theirs = c.a_review(a_software_partner("Other"), manager)
    partner = a_software_partner()
    sign_in(client, c.owner(partner))
    assert theirs.ref not in client.get("/panel/reviews").text
    assert client.get(f"/panel/reviews/{theirs.ref}").status_code == 404
    sign_in(client, manager)
    assert client.get(f"/desk/software-partners/{partner.ref}/reviews/{theirs.ref}").status_code == 404


def test_lists_ask_the_same_for_many_reviews(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    c.a_review(partner, manager)
    sign_in(client, manager)
    for place in ("/desk/reviews", f"/desk/software-partners/{partner.ref}/reviews"):
        client.get(place)
    with counting(app) as few:
        client.get("/desk/reviews")
        client.get(f"/desk/software-partners/{partner.ref}/reviews")
    for number in range(10):
        c.a_review(a_software_partner(f"Partner {number}"), manager)
    for _number in range(5):
        held = planned(partner)
        assert held is not None
        service.hold(held.id, held.version, minutes(), manager)
    c_few = few.count
    with counting(app) as many:
        client.get("/desk/reviews")
        client.get(f"/desk/software-partners/{partner.ref}/reviews")
    assert many.count <= c_few


def test_the_work_together_stands_on_the_pages_of_the_partner(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = a_software_partner()
    c.a_review(partner, manager)
    c.an_agreement(partner, manager, state="proposed")
    c.an_action(partner, manager, due_on=c.day(-1))
    sign_in(client, manager)
    page = client.get(f"/desk/software-partners/{partner.ref}").text
    assert "Work together" in page
    assert "1 is late" in page
    theirs = app.test_client()
    sign_in(theirs, c.owner(partner))
    assert "Waits for your confirmation" in theirs.get("/panel/software").text


@pytest.mark.on("sqlite")
def test_the_panel_and_the_inbox_ask_the_same_for_many(client: FlaskClient, app: Flask, manager: Person) -> None:
    partner = c.with_plan(by=manager)
    theirs = app.test_client()
    sign_in(client, manager)
    sign_in(theirs, c.owner(partner))

    def hold_one() -> None:
        review = planned(partner) or c.a_review(partner, manager)
        actions = [Agreed("Do it", Side.VENDOR, c.day(9)), Agreed("That too", Side.CUSTOMER, c.day(9))]
        service.hold(review.id, review.version, minutes(actions=actions), manager)

    def asked() -> int:
        with counting(app) as found:
            theirs.get("/panel/reviews")
            theirs.get("/panel/marketing")
            theirs.get("/panel/support")
            client.get(f"/desk/software-partners/{partner.ref}")
        return found.count

    hold_one()
    c.an_action(partner, manager)
    c.an_agreement(partner, manager, state="in_force")
    asked()
    few = asked()
    for number in range(4):
        hold_one()
        c.an_action(partner, manager, f"Action {number}")
    c.an_agreement(partner, manager, state="in_force", details=replace(c.DETAILS, answer_hours=2))
    assert asked() == few
