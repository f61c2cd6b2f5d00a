"""Series of weekly sessions: planned eight weeks ahead, changed, ended (C3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import in_locale
from app.core.workdays import is_holiday
from app.people.models import Person
from app.trainings import inbox, jobs, words
from app.trainings.models import SessionState, TrainingSeries, TrainingSession
from app.trainings.service import series as service
from app.trainings.service import sessions
from app.trainings.service.series import SeriesDetails, SeriesMovedOn
from app.trainings.slots import moment_of, moments, successors
from tests.leads.test_races_desk import at_once, person
from tests.queries import counting
from tests.sentences import a_staff_member, post, sign_in
from tests.trainings.sentences import a_session, mails, participants, somebody

pytestmark = pytest.mark.usefixtures("context")

START = "2026-03-02T08:00:00Z"
"""A Monday. On 29 March the clocks go forward; 6 April is Easter Monday, 1 May a holiday in France."""
PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture(autouse=True)
def _spring() -> Iterator[None]:
    with time_machine.travel(START, tick=False):
        yield


def of_series(**values: Any) -> SeriesDetails:
    return SeriesDetails(
        **{
            "title": "First steps",
            "slots": ((0, "14:00"), (2, "09:30"), (4, "11:00")),
            "timezone": "Europe/Paris",
            "country": "FR",
            "locale": "fr",
            "minutes": 45,
            "capacity": 3,
            "from_on": date(2026, 3, 2),
            "link": "https://meet.brimora.example/first",
            **values,
        }
    )


def a_series(by: Person | None = None, **values: Any) -> TrainingSeries:
    return service.plan(of_series(**values), by or a_staff_member("account_manager"))


def of(series: TrainingSeries, *states: str) -> list[TrainingSession]:
    return list(
        db.session.scalars(
            sa.select(TrainingSession)
            .where(
                TrainingSession.series_id == series.id,
                TrainingSession.state.in_(states or (SessionState.PLANNED,)),
            )
            .order_by(TrainingSession.starts_at)
            .execution_options(populate_existing=True)
        )
    )


def clocks(series: TrainingSeries, *states: str) -> list[str]:
    """Day and hour of each session as a clock on the wall shows them."""
    return [f"{one.starts_at.astimezone(PARIS):%Y-%m-%d %H:%M}" for one in of(series, *states)]


def the_one_on(series: TrainingSeries, day: str, *states: str) -> TrainingSession:
    return next(one for one in of(series, *states) if f"{one.starts_at.astimezone(PARIS):%Y-%m-%d}" == day)


def test_eight_weeks_are_planned_by_the_clock_on_the_wall_without_public_holidays() -> None:
    series = a_series()
    planned = of(series)
    local = [one.starts_at.astimezone(PARIS) for one in planned]
    assert len(planned) == 24, "eight weeks and today, but for Easter Monday"
    assert {(one.weekday(), f"{one:%H:%M}") for one in local} == {(0, "14:00"), (2, "09:30"), (4, "11:00")}
    assert date(2026, 4, 6) not in {one.date() for one in local}
    assert {one.utcoffset() for one in local} == {timedelta(hours=1), timedelta(hours=2)}
    assert max(local).date() == date(2026, 4, 27)
    first = planned[0]
    assert (first.title, first.capacity, first.minutes, first.locale, first.link) == (
        "First steps",
        3,
        45,
        "fr",
        "https://meet.brimora.example/first",
    )
    assert all(one.slot_at == one.starts_at and one.timezone == "Europe/Paris" for one in planned)


def test_the_job_adds_what_is_missing_and_is_idempotent() -> None:
    series = a_series()
    count = len(of(series))
    jobs.plan_ahead(datetime.now(UTC))
    assert len(of(series)) == count
    with time_machine.travel("2026-03-23T03:00:00Z", tick=False):
        jobs.plan_ahead(datetime.now(UTC))
        jobs.plan_ahead(datetime.now(UTC))
        found = of(series)
        assert max(one.starts_at.astimezone(PARIS).date() for one in found) == date(2026, 5, 18)
        assert len(found) == count + 9 - 2, "three weeks more without 1 and 8 May"
    assert not any(is_holiday(one.starts_at.astimezone(PARIS).date(), "FR") for one in found)
    assert len({one.slot_at for one in found}) == len(found)


def test_one_series_trouble_keeps_no_other_from_its_sessions(monkeypatch: pytest.MonkeyPatch) -> None:
    broken, whole = a_series(), a_series(title="Next steps")
    counts = len(of(broken)), len(of(whole))
    plan_ahead = service.plan_ahead

    def fail(series: TrainingSeries, *more: Any) -> Any:
        if series.id == broken.id:
            raise RuntimeError("its time zone is gone")
        return plan_ahead(series, *more)

    monkeypatch.setattr(service, "plan_ahead", fail)
    with time_machine.travel("2026-03-23T03:00:00Z", tick=False):
        jobs.plan_ahead(datetime.now(UTC))
    assert len(of(broken)) == counts[0]
    assert len(of(whole)) > counts[1]


def test_workers_that_plan_ahead_at_once_plan_each_slot_once(app: Flask) -> None:
    series = a_series()
    count = len(of(series))
    with time_machine.travel("2026-03-16T03:00:00Z", tick=False):
        results = at_once(app, *[lambda: jobs.plan_ahead(datetime.now(UTC))] * 4)
        assert results == [None] * 4
        db.session.rollback()
        assert len(of(series)) == count + 4


def test_a_session_that_was_moved_or_cancelled_by_hand_is_not_planned_again() -> None:
    by = a_staff_member("account_manager")
    series = a_series(by)
    first, second = of(series)[:2]
    sessions.change(
        first.id, replace(sessions.details_of(first), starts_at=first.starts_at + timedelta(hours=2)), "", by
    )
    sessions.cancel(second.id, "The trainer is ill.", by)
    before = clocks(series)
    jobs.plan_ahead(datetime.now(UTC))
    assert clocks(series) == before


def test_another_hour_moves_what_nobody_moved_and_tells_who_takes_part() -> None:
    by = a_staff_member("account_manager")
    series = a_series(by)
    monday, moved = the_one_on(series, "2026-03-09"), the_one_on(series, "2026-03-16")
    sessions.change(
        moved.id, replace(sessions.details_of(moved), starts_at=moved.starts_at + timedelta(hours=3)), "", by
    )
    for one in (monday, moved):
        sessions.add(one.id, somebody("Jan Wit"), by)
    slots = ((0, "15:30"), (2, "09:30"), (4, "11:00"))
    service.change(series.id, of_series(slots=slots), "The trainer asked for it.", by)
    found = clocks(series)
    assert "2026-03-09 15:30" in found
    assert "2026-03-16 17:00" in found, "moved by hand"
    assert "2026-03-16 15:30" not in found, "and not planned a second time"
    assert len(found) == len(set(found)) == 24
    assert [template for template, _ in mails()] == ["session_invitation", "session_invitation", "session_changed"]
    assert the_one_on(series, "2026-03-09").id == monday.id
    jobs.plan_ahead(datetime.now(UTC))
    assert clocks(series) == found


def test_words_changed_by_hand_stay_and_nobody_loses_a_place() -> None:
    by = a_staff_member("account_manager")
    series = a_series(by)
    own, full = the_one_on(series, "2026-03-09"), the_one_on(series, "2026-03-11")
    sessions.change(own.id, replace(sessions.details_of(own), title="With a guest", capacity=9), "", by)
    for name in ("Jan Wit", "Eva Roos", "Piet Bos"):
        sessions.add(full.id, somebody(name), by)
    service.change(series.id, of_series(title="Getting started", capacity=2), "", by)
    found = {one.id: one for one in of(series)}
    assert (found[own.id].title, found[own.id].capacity) == ("With a guest", 9)
    assert (found[full.id].title, found[full.id].capacity) == ("Getting started", 3)
    others = {(one.title, one.capacity) for id, one in found.items() if id not in (own.id, full.id)}
    assert others == {("Getting started", 2)}
    assert [template for template, _ in mails()].count("session_changed") == 3


def test_a_slot_that_goes_cancels_its_sessions_and_may_come_back() -> None:
    by = a_staff_member("account_manager")
    series = a_series(by)
    friday = the_one_on(series, "2026-03-13")
    sessions.add(friday.id, somebody("Jan Wit"), by)
    fewer = of_series(slots=((0, "14:00"), (2, "09:30")))
    with pytest.raises(FieldError):
        service.change(series.id, fewer, "", by)
    assert len(of(series)) == 24, "nothing of it was kept"
    service.change(series.id, fewer, "There are no Fridays any more.", by)
    assert {one.starts_at.astimezone(PARIS).weekday() for one in of(series)} == {0, 2}
    assert [template for template, _ in mails()] == ["session_invitation", "session_cancelled"]
    service.change(series.id, of_series(), "", by)
    assert len(of(series)) == 24


def test_a_day_moves_within_its_week_and_what_has_passed_already_stays() -> None:
    by = a_staff_member("account_manager")
    with time_machine.travel("2026-03-05T08:00:00Z", tick=False):  # a Thursday
        series = a_series(by, slots=((4, "11:00"),))
        assert clocks(series)[:2] == ["2026-03-06 11:00", "2026-03-13 11:00"]
        service.change(series.id, of_series(slots=((1, "11:00"),)), "", by)
        assert clocks(series)[:3] == ["2026-03-06 11:00", "2026-03-10 11:00", "2026-03-17 11:00"]


def test_another_time_zone_or_country_keeps_the_clock_and_drops_its_holidays() -> None:
    by = a_staff_member("account_manager")
    slots = ((0, "10:00"), (0, "11:00"), (3, "10:00"))
    series = a_series(by, slots=slots)
    before = {one.id: one.starts_at for one in of(series)}
    service.change(series.id, of_series(slots=slots, timezone="Europe/Helsinki", country="FI"), "", by)
    after = {one.id: one for one in of(series)}
    today = {id for id, starts_at in before.items() if starts_at.date() == date(2026, 3, 2)}
    assert len(today & after.keys()) == 1, "today's first would lie in the past, and stays; the second would be it"
    kept = before.keys() & after.keys() - today
    assert len(kept) > 20
    assert {before[id] - after[id].starts_at for id in kept} == {timedelta(hours=1)}, "the clock stays, the moment goes"
    assert {one.timezone for one in after.values()} == {"Europe/Helsinki"}
    assert {f"{one.starts_at.astimezone(ZoneInfo('Europe/Helsinki')):%H:%M}" for one in after.values()} == {
        "10:00",
        "11:00",
    }


def test_the_last_day_cancels_what_comes_after_it_and_can_be_moved() -> None:
    by = a_staff_member("account_manager")
    series = a_series(by)
    later = the_one_on(series, "2026-03-25")
    sessions.add(later.id, somebody("Jan Wit"), by)
    with pytest.raises(FieldError):
        service.end(series.id, date(2026, 3, 20), "", by)
    with pytest.raises(FieldError):
        service.end(series.id, date(2026, 3, 1), "Late.", by)
    service.end(series.id, date(2026, 3, 20), "It is held by video from now on.", by)
    assert clocks(series)[-1] == "2026-03-20 11:00"
    assert mails()[-1] == ("session_cancelled", "jan@quillmark.example")
    jobs.plan_ahead(datetime.now(UTC))
    assert clocks(series)[-1] == "2026-03-20 11:00"
    service.end(series.id, date(2026, 4, 3), "", by)
    assert clocks(series)[-1] == "2026-04-03 11:00"
    with time_machine.travel("2026-06-01T08:00:00Z", tick=False):
        count = len(of(series))
        jobs.plan_ahead(datetime.now(UTC))
        assert len(of(series)) == count


def test_the_same_form_sent_twice_is_one_series_and_a_stale_one_is_refused(app: Flask) -> None:
    by = a_staff_member("account_manager").id
    results = at_once(app, *[lambda: service.plan(of_series(), person(by), key="k").id] * 3)
    assert len(set(results)) == 1, results
    db.session.rollback()
    series = db.session.scalars(sa.select(TrainingSeries)).one()
    assert len(of(series)) == 24
    service.change(series.id, of_series(title="One"), "", person(by), expect=1)
    with pytest.raises(SeriesMovedOn):
        service.change(series.id, of_series(title="Two"), "", person(by), expect=1)
    with pytest.raises(FieldError):
        service.plan(of_series(slots=()), person(by))


def test_a_change_and_a_registration_at_once_end_in_one_order(app: Flask) -> None:
    by = a_staff_member("account_manager")
    series, id = a_series(by), by.id
    ids = [one.id for one in of(series)[-3:]]
    for hour in (13, 15, 16):
        slots = ((0, f"{hour}:00"), (2, "09:30"), (4, f"{hour}:30"))
        results = at_once(
            app,
            lambda: service.change(series.id, of_series(slots=slots), "Moved.", person(id)),  # noqa: B023 - run at once
            *(lambda one=one: sessions.add(one, somebody(f"Guest{one} Wit"), person(id)) for one in ids),  # type: ignore[misc]  # a default to bind
            lambda: jobs.plan_ahead(datetime.now(UTC)),
        )
        assert [one for one in results if isinstance(one, BaseException)] == []
        db.session.rollback()
        found = of(series)
        assert len(found) == 24
        assert all(len(participants(one)) == 1 for one in found if one.id in ids)
        assert {one.slot_at for one in found} == {one.starts_at for one in found}


def test_the_inbox_asks_only_about_sessions_to_which_somebody_was_to_come(app: Flask) -> None:
    by = a_staff_member("account_manager")
    series = a_series(by, trainer_id=by.id)
    first, second = of(series)[:2]
    sessions.add(second.id, somebody("Jan Wit"), by)
    with time_machine.travel(second.ends_at + timedelta(hours=1), tick=False), app.test_request_context():
        assert [item.url for item in inbox.items(by, 10)] == [f"/desk/trainings/{second.ref}"]
    assert participants(first) == []


# --- slots ------------------------------------------------------------------------------------------------------------


def test_an_hour_that_the_clocks_leave_out_or_have_twice_is_held_once() -> None:
    assert moment_of(date(2026, 3, 29), "02:30", "Europe/Paris").astimezone(PARIS).hour == 3
    assert moment_of(date(2026, 10, 25), "02:30", "Europe/Paris") == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    both = list(moments(((6, "02:30"), (6, "03:30")), "Europe/Paris", "FR", date(2026, 3, 29), date(2026, 3, 29)))
    assert len(both) == 1


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([(0, "10:00")], [(0, "11:00")], {(0, "10:00"): (0, "11:00")}),
        ([(0, "10:00"), (4, "10:00")], [(4, "12:00")], {(0, "10:00"): None, (4, "10:00"): (4, "12:00")}),
        (
            [(0, "10:00"), (2, "10:00")],
            [(1, "10:00"), (2, "10:00")],
            {(0, "10:00"): (1, "10:00"), (2, "10:00"): (2, "10:00")},
        ),
    ],
)
def test_which_slot_takes_the_place_of_which(before: Any, after: Any, expected: Any) -> None:
    assert successors(before, after) == expected


def test_times_are_written_as_each_language_does(app: Flask) -> None:
    slots = [[0, "14:00"], [2, "09:30"]]
    assert words.times_of(slots) == "Monday 14:00, Wednesday 09:30"
    with in_locale("fi"):
        assert words.times_of(slots) == "maanantai 14.00, keskiviikko 9.30"
        assert words.weekday_name(0) == "Maanantai"


# --- doors ------------------------------------------------------------------------------------------------------------

TYPED = {
    "title": "First steps",
    "locale": "fr",
    "times_0": "14",
    "times_2": "9.30, 16:00",
    "timezone": "Europe/Paris",
    "country": "FR",
    "minutes": "45",
    "capacity": "12",
    "from_on": "2026-03-02",
}


def test_a_series_is_planned_changed_and_ended_at_the_desk(app: Flask, client: FlaskClient) -> None:
    sign_in(client, a_staff_member("account_manager"))
    assert "No series yet" in client.get("/desk/trainings/series").text
    assert post(client, "/desk/trainings/series/new", {**TYPED, "times_4": "noon"}).status_code == 422
    without = {**TYPED, "times_0": "", "times_2": ""}
    refused = post(client, "/desk/trainings/series/new", without)
    assert (refused.status_code, "Enter at least one time." in refused.text) == (422, True)
    assert post(client, "/desk/trainings/series/new", {**TYPED, "timezone": "Mars/Base"}).status_code == 422
    made = post(client, "/desk/trainings/series/new", {**TYPED, "key": "k1"})
    assert made.status_code == 303, made.text
    assert post(client, "/desk/trainings/series/new", {**TYPED, "key": "k1"}).location == made.location
    series = db.session.scalars(sa.select(TrainingSeries)).one()
    assert series.slots == [[0, "14:00"], [2, "09:30"], [2, "16:00"]]
    page = client.get(made.location).text
    assert "Monday 14:00, Wednesday 09:30, Wednesday 16:00" in page
    assert "Series planned" in page
    listed = client.get("/desk/trainings").text
    assert "In a series: First steps" in listed.replace('<span class="visually-hidden">', "").replace("</span>", "")
    assert "12 free places" in listed
    a_session(title="One of its own")
    alone, of_it = (client.get(f"/desk/trainings?series={which}").text for which in ("none", series.ref))
    assert ("One of its own" in alone, "12 free places" in alone) == (True, False)
    assert ("One of its own" in of_it, "12 free places" in of_it) == (False, True)
    first = of(series)[0]
    assert made.location in client.get(f"/desk/trainings/{first.ref}").text
    assert "First steps" in client.get("/desk/trainings/series").text
    assert "First steps" in client.get("/desk/trainings/series.csv").get_data(as_text=True)
    assert client.get("/desk/trainings/series.xlsx").status_code == 200
    edit = f"/desk/trainings/series/{series.ref}/edit"
    typed = {name: value for name, value in TYPED.items() if name != "from_on"}
    stale = post(client, edit, {**typed, "times_0": "15", "version": "9"})
    assert (stale.status_code, 'value="15"' in stale.text or 'value="15:00"' in stale.text) == (409, True)
    assert post(client, edit, {**typed, "times_0": "15", "version": str(series.version)}).status_code == 303
    assert clocks(series)[0] == "2026-03-02 15:00"
    end = f"/desk/trainings/series/{series.ref}/end"
    version = {"version": str(db.session.get_one(TrainingSeries, series.id, populate_existing=True).version)}
    assert post(client, end, {**version, "until_on": "1 March 2026"}).status_code == 422
    assert post(client, end, {**version, "until_on": "2026-03-13"}).status_code == 303
    assert "This series ends on 13 March 2026." in client.get(made.location).text
    assert client.get("/desk/trainings/series/SW-00000000").status_code == 404


def test_whoever_only_reads_changes_nothing(client: FlaskClient) -> None:
    series = a_series()
    sign_in(client, a_staff_member("designer"))
    page = client.get(f"/desk/trainings/series/{series.ref}").text
    assert "/edit" not in page
    for path in ("new", f"{series.ref}/edit", f"{series.ref}/end"):
        assert client.get(f"/desk/trainings/series/{path}").status_code == 403
    sign_in(client, a_staff_member("finance"))
    assert client.get("/desk/trainings/series").status_code == 403


def test_the_pages_cost_the_same_however_many(app: Flask, client: FlaskClient) -> None:
    by = sign_in_as(client)
    series = a_series(by)
    for path in ("/desk/trainings/series", f"/desk/trainings/series/{series.ref}", "/desk/trainings"):
        client.get(path)
        with counting(app) as few:
            client.get(path)
        a_series(by, title="Another one")
        for one in of(series)[:5]:
            sessions.add(one.id, somebody(f"Guest{one.id} {path.count('/')}"), by)
        with counting(app) as many:
            client.get(path)
        assert int(few) == int(many), path
        assert int(many) <= 7


def sign_in_as(client: FlaskClient) -> Person:
    by = a_staff_member("account_manager")
    sign_in(client, by)
    return by
