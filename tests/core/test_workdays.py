"""Working days: weekends and each country's own holidays are free."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.workdays import add_workdays, is_workday, workdays_between

DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
COUNTRY = st.sampled_from(["PL", "NL", "FI", "BE", "FR", "DE", "", None])


@pytest.mark.parametrize(
    ("start", "count", "country", "end"),
    [
        (date(2026, 3, 6), 1, "PL", date(2026, 3, 9)),  # over a weekend
        (date(2026, 3, 9), 2, "PL", date(2026, 3, 11)),
        (date(2026, 3, 9), 0, "PL", date(2026, 3, 9)),
        (date(2026, 3, 8), 0, "PL", date(2026, 3, 8)),
        (date(2026, 3, 8), 1, "PL", date(2026, 3, 9)),
        (date(2026, 3, 9), -1, "PL", date(2026, 3, 6)),
        (date(2026, 4, 30), 1, "PL", date(2026, 5, 4)),  # 1 May is a Friday
        (date(2026, 4, 24), 1, "NL", date(2026, 4, 28)),  # King's Day is a Monday
        (date(2026, 4, 24), 1, "PL", date(2026, 4, 27)),
        (date(2026, 12, 3), 2, "FI", date(2026, 12, 7)),  # Independence Day is a Sunday and moves nothing
        (date(2026, 7, 20), 1, "BE", date(2026, 7, 22)),  # the National Day
        (date(2026, 7, 13), 1, "FR", date(2026, 7, 15)),  # 14 July
        (date(2026, 12, 31), 1, "FI", date(2027, 1, 4)),  # New Year is a Friday
        (date(2026, 12, 24), 1, "DE", date(2026, 12, 25)),  # unknown here: weekends only
    ],
)
def test_working_days_are_added(start: date, count: int, country: str, end: date) -> None:
    assert add_workdays(start, count, country) == end


@given(start=DAYS, count=st.integers(-60, 60), country=COUNTRY)
def test_counting_undoes_adding(start: date, count: int, country: str | None) -> None:
    end = add_workdays(start, count, country)
    assert workdays_between(start, end, country) == count
    assert count == 0 or is_workday(end, country)


@given(day=DAYS, country=COUNTRY)
def test_a_weekend_is_never_a_working_day(day: date, country: str | None) -> None:
    assert not (is_workday(day, country) and day.weekday() >= 5)
    if country in ("DE", "", None):
        assert is_workday(day, country) == (day.weekday() < 5)


@given(start=DAYS, days=st.integers(0, 40), country=COUNTRY)
def test_counting_backwards_is_negative(start: date, days: int, country: str | None) -> None:
    end = start + timedelta(days=days)
    backward = workdays_between(end, start, country)
    assert backward <= 0
    assert -backward == sum(is_workday(start + timedelta(days=n), country) for n in range(days))
