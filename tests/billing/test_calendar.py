"""The calendar holds for any first day, period, end, pauses and runs: each period exactly once (R14)."""

from __future__ import annotations

import calendar as months_of
from datetime import date, timedelta
from itertools import islice, pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.billing import calendar
from app.billing.calendar import Calendar, Pause, Period
from app.catalogue.models import PERIODS

END_OF_MONTHS = st.builds(
    lambda year, month, day: date(year, month, min(day, months_of.monthrange(year, month)[1])),
    st.integers(2019, 2029),
    st.integers(1, 12),
    st.integers(28, 31),
)
DAYS = st.one_of(END_OF_MONTHS, st.dates(date(2019, 1, 1), date(2029, 12, 31)))


@st.composite
def pauses(draw: st.DrawFn) -> Pause:
    first = draw(DAYS)
    length = draw(st.one_of(st.none(), st.integers(0, 900)))
    return Pause(first, None if length is None else first + timedelta(days=length))


CALENDARS = st.builds(
    Calendar,
    starts_on=DAYS,
    months=st.sampled_from(PERIODS),
    ends_on=st.one_of(st.none(), DAYS),
    pauses=st.lists(pauses(), max_size=3).map(tuple),
)
RUNS = st.lists(DAYS, max_size=12)
"""The days until which somebody handed over: missed months, twice the same day, out of order, the clock set back."""


def first_days(kept: Calendar, until: date) -> dict[int, date]:
    """The calendar reckoned another way, by counting months by hand: number -> first day of what is to be invoiced."""
    found = {}
    for number in range(0 if kept.months else 1, 1 + (12 * 12 // kept.months if kept.months else 1)):
        number = number if kept.months else 0
        year, month = divmod(kept.starts_on.year * 12 + kept.starts_on.month - 1 + number * kept.months, 12)
        day = date(year, month + 1, min(kept.starts_on.day, months_of.monthrange(year, month + 1)[1]))
        paused = any(p.from_on <= day <= (p.until_on or date.max) for p in kept.pauses)
        if day <= until and not paused and (kept.ends_on is None or day <= kept.ends_on):
            found[number] = day
    return found


@settings(max_examples=400)
@given(kept=CALENDARS, runs=RUNS)
@example(kept=Calendar(date(2024, 1, 31), 1), runs=[date(2024, 2, 28), date(2024, 2, 29), date(2024, 2, 28)])
@example(kept=Calendar(date(2024, 2, 29), 12), runs=[date(2025, 2, 27), date(2025, 2, 28), date(2028, 2, 29)])
@example(kept=Calendar(date(2023, 8, 31), 6), runs=[date(2024, 3, 1)])
def test_any_calendar_of_runs_hands_over_exactly_the_calendar(kept: Calendar, runs: list[date]) -> None:
    handed_over: list[Period] = []
    for until in runs:
        dealt_with = {period.number for period in handed_over}
        handed_over += calendar.due(kept, dealt_with, until)
    numbers = [period.number for period in handed_over]
    assert len(numbers) == len(set(numbers)), "a period was handed over twice"
    expected = first_days(kept, max(runs)) if runs else {}
    assert {period.number: period.starts_on for period in handed_over} == expected
    if kept.months == 0:
        assert len(handed_over) <= 1


@settings(max_examples=200)
@given(kept=CALENDARS, dealt_with=st.sets(st.integers(0, 40)), until=DAYS)
def test_the_next_day_is_where_looking_may_begin(kept: Calendar, dealt_with: set[int], until: date) -> None:
    """Lists look at a detail from its next day on, and miss nothing by it."""
    following = calendar.next_on(kept, dealt_with)
    whole = list(calendar.due(kept, dealt_with, until))
    if following is None:
        assert whole == []
    else:
        assert list(calendar.due(kept, dealt_with, until, since=following)) == whole
        assert bool(whole) == (following <= until)
        since = {number for number in dealt_with if (p := calendar.period(kept, number)) and p.starts_on >= following}
        assert list(calendar.due(kept, since, until, since=following)) == whole


@settings(max_examples=200)
@given(first=DAYS, months=st.sampled_from([m for m in PERIODS if m]))
def test_periods_follow_one_another_without_gap_or_overlap(first: date, months: int) -> None:
    made = list(islice(calendar.coming(Calendar(first, months)), 40))
    assert made[0].starts_on == first
    for before, after in pairwise(made):
        assert after.starts_on == before.ends_on + timedelta(days=1)
        assert after.number == before.number + 1
        assert after.starts_on.day == first.day or (after.starts_on + timedelta(days=1)).day == 1


@settings(max_examples=200)
@given(kept=CALENDARS, day=DAYS)
def test_the_number_of_a_day_is_that_of_the_first_period_from_then_on(kept: Calendar, day: date) -> None:
    number = calendar.number_from(kept, day)
    found = calendar.period(kept, number)
    assert found is None or found.starts_on >= day
    if number:
        before = calendar.period(kept, number - 1)
        assert before is not None
        assert before.starts_on < day


@pytest.mark.parametrize(
    ("first", "months", "expected"),
    [
        ("2024-01-31", 1, ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]),
        ("2023-01-31", 1, ["2023-01-31", "2023-02-28", "2023-03-31", "2023-04-30"]),
        ("2023-08-31", 6, ["2023-08-31", "2024-02-29", "2024-08-31", "2025-02-28"]),
        ("2024-02-29", 12, ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]),
        ("2024-02-29", 36, ["2024-02-29", "2027-02-28", "2030-02-28", "2033-02-28", "2036-02-29"]),
        ("2024-12-30", 1, ["2024-12-30", "2025-01-30", "2025-02-28", "2025-03-30"]),
    ],
)
def test_the_ends_of_months(first: str, months: int, expected: list[str]) -> None:
    kept = Calendar(date.fromisoformat(first), months)
    made = islice(calendar.coming(kept), len(expected))
    assert [period.starts_on.isoformat() for period in made] == expected


def test_a_one_off_is_one_day_and_one_period() -> None:
    kept = Calendar(date(2026, 5, 31), 0)
    assert list(calendar.coming(kept)) == [Period(0, date(2026, 5, 31), date(2026, 5, 31))]
    assert calendar.period(kept, 1) is None
    assert calendar.period(kept, -1) is None


def test_a_calendar_ends_with_the_calendar_of_the_world() -> None:
    kept = Calendar(date(9999, 11, 30), 1)
    assert [period.ends_on for period in calendar.coming(kept)] == [date(9999, 12, 29), date.max]


def test_an_open_pause_ends_the_search() -> None:
    kept = Calendar(date(2026, 1, 1), 1, pauses=(Pause(date(2026, 3, 1)),))
    assert len(list(calendar.coming(kept))) == 2
    assert calendar.next_on(kept, {0, 1}) is None
