"""The plan's calendar and its forecast, without a database: due days, pauses, what pushes what, and health (I7, I8)."""

from __future__ import annotations

import random
from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.workdays import add_workdays, is_workday, workdays_between
from app.plans import forecast
from app.plans.forecast import Course, Expected, Work, deciding, expect, first_of, judge
from app.plans.models import Health
from app.plans.timing import Calendar, Pause, calendar_of, due_day, pause_of
from app.playbooks.outline import Anchor, Due, Side

MONDAY = date(2026, 3, 2)
DAYS = st.dates(date(2023, 1, 1), date(2029, 12, 31))  # leap years, and every change of the clocks
FEW = settings(max_examples=60)
COUNTRY = st.sampled_from(["PL", "NL", "FI", "BE", "FR", "DE"])


@st.composite
def pauses(draw: st.DrawFn) -> tuple[Pause, ...]:
    return tuple(
        Pause(start, start + timedelta(days=draw(st.integers(0, 40)))) for start in draw(st.lists(DAYS, max_size=3))
    )


# --- the calendar -----------------------------------------------------------------------------------------------------


@FEW
@given(day=DAYS, count=st.integers(-80, 80), country=COUNTRY)
def test_without_pauses_it_counts_as_everywhere_in_the_house(day: date, count: int, country: str) -> None:
    calendar = calendar_of(country)
    end = calendar.add(day, count)
    assert end == add_workdays(day, count, country)
    assert calendar.between(day, end) == workdays_between(day, end, country) == count


@FEW
@given(day=DAYS, count=st.integers(-80, 80), country=COUNTRY, paused=pauses())
def test_counting_undoes_adding_whatever_was_paused(
    day: date, count: int, country: str, paused: tuple[Pause, ...]
) -> None:
    calendar = Calendar(country, paused)
    end = calendar.add(day, count)
    assert calendar.between(day, end) == count
    assert not count or calendar.runs(end)


@FEW
@given(day=DAYS, count=st.integers(1, 60), country=COUNTRY, length=st.integers(0, 60))
def test_a_pause_shifts_by_its_working_days(day: date, count: int, country: str, length: int) -> None:
    pause = Pause(day + timedelta(days=1), day + timedelta(days=1 + length))
    stood = sum(is_workday(pause.start + timedelta(days=n), country) for n in range(length))
    assert Calendar(country, (pause,)).add(day, count) == add_workdays(day, count + stood, country)


@FEW
@given(start=DAYS, end=DAYS, country=COUNTRY, paused=pauses())
def test_the_days_of_two_stretches_are_those_of_the_whole(
    start: date, end: date, country: str, paused: tuple[Pause, ...]
) -> None:
    calendar = Calendar(country, paused)
    middle = start + (end - start) / 2
    assert calendar.between(start, middle) + calendar.between(middle, end) == calendar.between(start, end)


def test_the_years_further_on_are_found_when_they_are_needed() -> None:
    calendar = Calendar("PL", (Pause(date(2026, 3, 3), date(2030, 1, 1)),))
    assert calendar.add(MONDAY, 1) == date(2030, 1, 2)
    assert Calendar("PL", (Pause(date(2026, 3, 3), date(2600, 1, 1)),)).add(MONDAY, 1) == MONDAY  # nothing beyond


def test_days_are_days_also_when_the_clocks_change_and_in_leap_years() -> None:
    assert calendar_of("FI").add(date(2026, 3, 27), 1) == date(2026, 3, 30)
    assert calendar_of("FI").add(date(2028, 2, 28), 1) == date(2028, 2, 29)


@FEW
@given(today=DAYS, start=DAYS)
def test_a_pause_without_an_end_lasts_today(today: date, start: date) -> None:
    pause = pause_of(start, None, today)
    assert pause.end > today or pause.end == start
    assert pause_of(start, start + timedelta(days=3), today).end == start + timedelta(days=3)


# --- due days ---------------------------------------------------------------------------------------------------------


def test_due_days_follow_their_anchors() -> None:
    anchors = {Anchor.KICKOFF: date(2026, 4, 30), Anchor.GOLIVE: date(2026, 5, 5), Anchor.CONTRACT: None}
    poland = calendar_of("PL")
    assert due_day(Due(Anchor.KICKOFF, 1), anchors, poland) == date(2026, 5, 4)  # 1 May is free
    assert due_day(Due(Anchor.KICKOFF, 0), anchors, poland) == date(2026, 4, 30)
    assert due_day(Due(Anchor.GOLIVE, -2), anchors, poland) == date(2026, 4, 30)
    assert due_day(Due(Anchor.CONTRACT, 5), anchors, poland) is None
    assert due_day(None, anchors, poland) is None


def test_a_pause_pushes_what_comes_after_an_anchor_and_not_what_comes_before_it() -> None:
    paused = Calendar("NL", (Pause(date(2026, 3, 4), date(2026, 3, 9)),))
    assert due_day(Due(Anchor.KICKOFF, 3), {Anchor.KICKOFF: MONDAY}, paused) == date(2026, 3, 10)
    assert due_day(Due(Anchor.GOLIVE, -3), {Anchor.GOLIVE: date(2026, 3, 9)}, paused) == date(2026, 3, 4)


# --- the forecast -----------------------------------------------------------------------------------------------------


def work(id: int, workdays: int = 1, **values: object) -> Work:
    return Work(**{"id": id, "number": id, "side": Side.CUSTOMER, "workdays": workdays, **values})  # type: ignore[arg-type]


def seen(works: Iterable[Work], needs: dict[int, list[int]], today: date = MONDAY) -> dict[int, date]:
    return {id: each.day for id, each in expect(works, needs, today, calendar_of("NL")).items()}


def test_tasks_follow_one_another_in_working_days() -> None:
    days = seen([work(1, 2), work(2, 3), work(3, 1)], {2: [1], 3: [2, 99]})
    assert days == {1: date(2026, 3, 4), 2: date(2026, 3, 9), 3: date(2026, 3, 10)}


def test_a_late_task_pushes_those_behind_it() -> None:
    begun = [work(1, 2, since=date(2026, 2, 23)), work(2, 3)]
    assert seen(begun, {2: [1]}) == {1: MONDAY, 2: date(2026, 3, 5)}
    assert seen(begun, {2: [1]}, date(2026, 3, 6)) == {1: date(2026, 3, 6), 2: date(2026, 3, 11)}
    assert seen(begun, {2: [1]}, date(2026, 3, 7))[1] == date(2026, 3, 9)  # nothing is done on a Saturday


def test_a_third_party_is_waited_for_and_an_agreed_day_is_kept() -> None:
    expected = expect([work(1, not_before=date(2026, 3, 14)), work(2)], {2: [1]}, MONDAY, calendar_of("NL"))
    assert expected[1] == Expected(date(2026, 3, 16), date(2026, 3, 3), None)
    assert expected[2].day == date(2026, 3, 17)


def test_a_circle_that_nobody_can_save_ends_all_the_same() -> None:
    assert len(seen([work(1), work(2), work(3)], {1: [2], 2: [1], 3: [3, 2]})) == 3


@st.composite
def plans(draw: st.DrawFn) -> tuple[list[Work], dict[int, list[int]]]:
    count = draw(st.integers(1, 12))
    works = [
        work(
            id,
            draw(st.integers(0, 8)),
            since=draw(st.none() | st.dates(date(2026, 1, 1), MONDAY)),
            not_before=draw(st.none() | st.dates(date(2026, 1, 1), date(2026, 6, 1))),
            is_golive=draw(st.booleans()),
        )
        for id in range(1, count + 1)
    ]
    return works, {id: draw(st.lists(st.integers(1, id - 1), max_size=3)) for id in range(2, count + 1)}


@FEW
@given(plan=plans(), seed=st.integers())
def test_the_order_of_the_tasks_is_of_no_matter(plan: tuple[list[Work], dict[int, list[int]]], seed: int) -> None:
    works, needs = plan
    shuffled = random.Random(seed).sample(works, len(works))
    calendar = calendar_of("PL")
    one, two = expect(works, needs, MONDAY, calendar), expect(shuffled, needs, MONDAY, calendar)
    assert one == two
    assert deciding(works, one) == deciding(shuffled, two)


@FEW
@given(plan=plans(), id=st.integers(1, 12), days=st.integers(0, 20), wait=st.integers(0, 30))
def test_nothing_that_comes_late_makes_anything_earlier(
    plan: tuple[list[Work], dict[int, list[int]]], id: int, days: int, wait: int
) -> None:
    works, needs = plan
    calendar = calendar_of("FR")
    before = expect(works, needs, MONDAY, calendar)
    slower = [each._replace(workdays=each.workdays + days) if each.id == id else each for each in works]
    for later in (
        expect(slower, needs, MONDAY, calendar),
        expect(works, needs, MONDAY + timedelta(days=wait), calendar),
    ):
        assert all(later[each].day >= before[each].day for each in before)


@FEW
@given(plan=plans(), length=st.integers(0, 40))
def test_a_pause_makes_nothing_earlier_and_nothing_is_done_in_it(
    plan: tuple[list[Work], dict[int, list[int]]], length: int
) -> None:
    works, needs = plan
    pause = Pause(MONDAY, MONDAY + timedelta(days=length))
    before = expect(works, needs, MONDAY, calendar_of("BE"))
    paused = expect(works, needs, MONDAY, Calendar("BE", (pause,)))
    assert all(paused[id].day >= before[id].day and not pause.start <= paused[id].day < pause.end for id in before)


# --- whom it waits for, and how it stands with it ---------------------------------------------------------------------


def test_the_plan_waits_for_whoever_can_begin_the_chain_that_decides() -> None:
    works = {
        each.id: each
        for each in (
            work(1, 9, side=Side.VENDOR),
            work(2, 2),
            work(3, 5, side=Side.VENDOR),
            work(4, 1, side=Side.VENDOR, is_golive=True),
            work(5, 30, required=False),
        )
    }
    expected = expect(works.values(), {3: [2], 4: [3]}, MONDAY, calendar_of("NL"))
    end = deciding(works.values(), expected)
    assert end is not None
    assert end.id == 4
    assert first_of(end, works, expected).id == 2


def course(**values: object) -> Course:
    return Course(
        **{  # type: ignore[arg-type]
            "today": MONDAY,
            "calendar": calendar_of("NL"),
            "contract_on": date(2026, 2, 20),
            "kickoff_on": date(2026, 2, 27),
            "kickoff_held": True,
            "golive_on": None,
            "live_on": None,
            "aim_workdays": 20,
            **values,
        }
    )


def judged(works: list[Work], needs: dict[int, list[int]] | None = None, **values: object) -> tuple[Health, str]:
    known = {each.id: each for each in works}
    expected = expect(works, needs or {}, MONDAY, calendar_of("NL"))
    finish = max((each.day for each in expected.values()), default=MONDAY)
    verdict = judge(course(**values), known, expected, finish, lambda each: {"task": each.number})
    return verdict.health, verdict.why["code"]


@pytest.mark.parametrize(
    ("works", "values", "said"),
    [
        ([work(1, 5, is_golive=True)], {}, (Health.ON_TRACK, "on_track")),
        ([work(1, 19, is_golive=True)], {}, (Health.AT_RISK, "tight")),
        ([work(1, 21, is_golive=True)], {}, (Health.LATE, "late_aimed")),
        ([work(1, 5, is_golive=True)], {"golive_on": date(2026, 3, 6)}, (Health.LATE, "late_agreed")),
        ([work(1, 1, is_golive=True)], {"golive_on": date(2026, 3, 6)}, (Health.ON_TRACK, "on_track")),
        ([work(1, 5, stuck=True), work(2, stuck=True)], {}, (Health.AT_RISK, "stuck")),
        ([work(1, 5, due_on=date(2026, 2, 27))], {}, (Health.AT_RISK, "overdue")),
        ([work(1, 5, due_on=date(2026, 2, 27), required=False)], {}, (Health.ON_TRACK, "expected")),
        ([work(1)], {"kickoff_on": None, "kickoff_held": False}, (Health.AT_RISK, "no_kickoff")),
        ([work(1)], {"kickoff_on": None, "contract_on": None}, (Health.ON_TRACK, "before_kickoff")),
        ([work(1)], {"kickoff_held": False}, (Health.AT_RISK, "kickoff_passed")),
        ([work(1)], {"paused_since": MONDAY}, (Health.ON_TRACK, "paused")),
        ([work(1)], {"live_on": MONDAY}, (Health.ON_TRACK, "live")),
        ([], {"golive_on": date(2026, 2, 27)}, (Health.LATE, "golive_passed")),
        ([], {"aim_workdays": None}, (Health.ON_TRACK, "expected")),
    ],
)
def test_health_and_its_reason(works: list[Work], values: dict[str, object], said: tuple[Health, str]) -> None:
    assert judged(works, None, **values) == said


def test_it_is_said_by_when_the_next_task_must_be_done() -> None:
    works = {1: work(1, 2), 2: work(2, 3, is_golive=True)}
    expected = expect(works.values(), {2: [1]}, MONDAY, calendar_of("NL"))
    verdict = judge(course(golive_on=date(2026, 3, 13)), works, expected, MONDAY, lambda each: {"task": each.number})
    assert verdict.why == {"code": "on_track", "on": "2026-03-13", "by": "2026-03-10", "task": 1}
    assert forecast.completed(MONDAY).why["code"] == "done"
