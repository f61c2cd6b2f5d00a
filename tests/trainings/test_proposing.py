"""The session that is proposed before a starting date, against looking at every one of them (C3)."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.workdays import is_holiday
from app.trainings.proposing import Offer, Wish, fits, fitting, proposal, starting_dates

ZONE = "Europe/Paris"
YEAR = [date(2026, 1, 1) + timedelta(days=day) for day in range(365)]
SLOTS = ((0, time(14)), (2, time(9, 30)), (4, time(11)))


def a_year(seed: int = 0, full: float = 0.3, gone: float = 0.1) -> list[Offer]:
    """Three sessions a week without public holidays, some full, some cancelled, from the autumn before on."""
    chance = random.Random(seed)
    found: list[Offer] = []
    for back in range(-60, 365):
        day = YEAR[0] + timedelta(days=back)
        for weekday, at in SLOTS:
            if day.weekday() == weekday and not is_holiday(day, "FR"):
                starts = datetime.combine(day, at, ZoneInfo(ZONE)).astimezone(UTC)
                taken = 12 if chance.random() < full else chance.randrange(12)
                found.append(Offer(len(found) + 1, starts, 12, taken, chance.random() >= gone))
    return found


def the_plain_way(offers: list[Offer], wish: Wish) -> Offer | None:
    """One after the other, by the words of the rule."""
    best: Offer | None = None
    for offer in offers:
        if not offer.planned or offer.starts_at <= wish.moment:
            continue
        if offer.capacity is not None and offer.capacity - offer.taken < wish.places:
            continue
        day = offer.starts_at.astimezone(ZoneInfo(wish.timezone)).date()
        between = 0
        while day + timedelta(days=between) < wish.starting_on:
            between += 1
        if between < wish.ahead or day > wish.starting_on:
            continue
        if best is None or offer.starts_at > best.starts_at:
            best = offer
    return best


@pytest.mark.parametrize("ahead", [0, 1, 3, 7])
@pytest.mark.parametrize("seed", [1, 2])
def test_it_is_right_for_every_starting_date_of_a_year(ahead: int, seed: int) -> None:
    offers = a_year(seed)
    none, some = 0, 0
    for day in YEAR:
        for signed in (14, 5, 1):
            moment = datetime.combine(day - timedelta(days=signed), time(15, 40), UTC)
            wish = Wish(day, ahead, moment, ZONE)
            found = proposal(offers, wish)
            assert found == the_plain_way(offers, wish), (day, signed)
            none, some = none + (found is None), some + (found is not None)
    assert some > 300, "most days have one"
    assert none > (20 if ahead else 5), "and some have none"


@pytest.mark.parametrize("ahead", [0, 3])
def test_starting_dates_that_would_work_are_those_with_a_proposal(ahead: int) -> None:
    offers = a_year(3, full=0.7)
    for day in YEAR:
        moment = datetime.combine(day, time(8), UTC)
        days = [day + timedelta(days=count) for count in range(15)]
        wish = Wish(day, ahead, moment, ZONE, places=2)
        by_looking = [one for one in days if the_plain_way(offers, replace(wish, starting_on=one)) is not None]
        assert starting_dates(offers, wish, days) == by_looking


def test_the_order_of_the_sessions_changes_nothing() -> None:
    offers = a_year(4)
    mixed = random.Random(1).sample(offers, len(offers))
    for day in YEAR[::5]:
        wish = Wish(day, 3, datetime.combine(day - timedelta(days=10), time(9), UTC), ZONE)
        assert proposal(mixed, wish) == proposal(offers, wish)
        assert fitting(mixed, wish) == fitting(offers, wish)


_MOMENTS = st.integers(0, 60 * 24 * 60).map(
    lambda minutes: datetime(2026, 3, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
_OFFERS = st.lists(
    st.builds(
        Offer,
        id=st.integers(1, 10**6),
        starts_at=_MOMENTS,
        capacity=st.none() | st.integers(1, 4),
        taken=st.integers(0, 5),
        planned=st.booleans(),
    ),
    max_size=12,
    unique_by=(lambda offer: offer.id, lambda offer: offer.starts_at),
)


@settings(max_examples=300)
@given(
    _OFFERS,
    st.dates(date(2026, 3, 1), date(2026, 5, 5)),
    st.integers(0, 6),
    _MOMENTS,
    st.sampled_from([ZONE, "Europe/Helsinki", "UTC", "America/New_York"]),
    st.integers(1, 3),
)
def test_it_is_right_whatever_stands_in_the_calendar(
    offers: list[Offer], day: date, ahead: int, moment: datetime, zone: str, places: int
) -> None:
    wish = Wish(day, ahead, moment, zone, places)
    found = proposal(offers, wish)
    assert found == the_plain_way(offers, wish)
    late = replace(wish, late=True)
    next_one = proposal(offers, late)
    coming = sorted(
        (one for one in offers if one.planned and one.starts_at > moment and one.has_places(places)),
        key=lambda one: one.starts_at,
    )
    assert next_one == (coming[0] if coming else None), "the next one, before the starting date or after it"
    before = [one for one in coming if one.starts_at.astimezone(ZoneInfo(zone)).date() < day]
    assert fitting(offers, late) == (before or coming)
    for offer in offers:
        with_room = [replace(one, capacity=None) if one is offer else one for one in offers]
        assert fits(offer.id, offers, wish) == (offer.id in {one.id for one in fitting(with_room, wish)})


def offer(at: str, **values: object) -> Offer:
    local = datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(ZONE))
    return Offer(**{"id": 1, "starts_at": local.astimezone(UTC), "capacity": 10, "taken": 0, **values})  # type: ignore[arg-type]  # a row of a test


def test_days_are_those_of_the_clock_through_the_change_of_it() -> None:
    """On 29 March 2026 the day has 23 hours: a session in the last hour of the 26th is still three days before it."""
    wish = Wish(date(2026, 3, 29), 3, datetime(2026, 3, 1, tzinfo=UTC), ZONE)
    assert proposal([offer("2026-03-26T23:30")], wish) is not None
    assert proposal([offer("2026-03-27T00:00")], wish) is None
    assert proposal([offer("2026-03-26T23:30")], replace(wish, timezone="Europe/Helsinki")) is None


def test_the_language_spoken_goes_before_a_later_day() -> None:
    french, english = offer("2026-03-09T10:00", locale="fr"), offer("2026-03-10T10:00", id=2, locale="en")
    wish = Wish(date(2026, 3, 20), 3, datetime(2026, 3, 1, tzinfo=UTC), ZONE)
    assert proposal([french, english], wish, "fr") == french
    assert proposal([french, english], wish, "pl") == english
    assert proposal([replace(french, taken=10), english], wish, "fr") == english


def test_two_at_one_moment_are_told_apart_by_their_number() -> None:
    first, second = offer("2026-03-09T10:00"), offer("2026-03-09T10:00", id=2)
    wish = Wish(date(2026, 3, 20), 3, datetime(2026, 3, 1, tzinfo=UTC), ZONE)
    assert proposal([second, first], wish) == first
    assert proposal([replace(first, taken=10), second], wish) == second
