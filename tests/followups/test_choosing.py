"""Whom the choice proposes (T2), proved for any candidates: one criterion after the other, and nothing else counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from app.followups.areas import Place, distance_km
from app.followups.choosing import Candidate, Code, Ranked, Remark, rank, reason_for, suggestion

DAY = date(2026, 3, 9)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
AMSTERDAM, UTRECHT, GRONINGEN = Place(52.37, 4.90), Place(52.09, 5.11), Place(53.22, 6.57)

places = st.builds(Place, st.floats(49.0, 56.0), st.floats(3.0, 8.0))
moments = st.integers(0, 5).map(lambda days: LONG_AGO + timedelta(days=days))
absences = st.lists(
    st.tuples(st.integers(-5, 5), st.integers(0, 4)).map(
        lambda pair: (DAY + timedelta(days=pair[0]), DAY + timedelta(days=pair[0] + pair[1]))
    ),
    max_size=2,
).map(tuple)


def candidates_of(*, free: bool = False, least: int = 1) -> st.SearchStrategy[list[Candidate]]:
    one = st.builds(
        Candidate,
        id=st.integers(1, 1000),
        place=st.none() | places,
        companies=st.integers(0, 4),
        capacity=st.none() if free else st.none() | st.integers(0, 5),
        suspended=st.just(False) if free else st.booleans(),
        absences=st.just(()) if free else absences,
        declined=st.just(False) if free else st.booleans(),
        current=st.just(False),
        last=st.none() | moments,
    )
    return st.lists(one, min_size=least, max_size=8, unique_by=lambda each: each.id)


thresholds = st.integers(0, 120)


def proposed(ranked: list[Ranked]) -> list[int]:
    return [one.id for one in ranked if one.is_proposable]


def can_take(one: Candidate) -> bool:
    """The rule of who is proposed, written down once more."""
    away = any(first <= DAY <= last for first, last in one.absences)
    full = one.capacity is not None and one.companies >= one.capacity
    return not (one.suspended or one.declined or one.current or away or full)


# --- properties -------------------------------------------------------------------------------------------------------


@given(candidates_of(), st.none() | places, thresholds, st.data())
def test_a_wish_always_wins(known: list[Candidate], place: Place | None, km: int, data: st.DataObject) -> None:
    wished = data.draw(st.sampled_from(known))

    ranked = rank(known, wished.id, place, DAY, km)

    if can_take(wished):
        assert suggestion(ranked) == wished.id
        assert ranked[0].code == Code.WISH
    else:
        assert suggestion(ranked) != wished.id
        line = reason_for(ranked, wished.id)
        assert line is not None
        assert line.code in (Code.FULL, Code.SUSPENDED, Code.ABSENT, Code.DECLINED)
        assert ranked[len(proposed(ranked))].id == wished.id, "what was wished for stands first among the others"


@given(candidates_of(least=2), places, thresholds, st.data())
def test_moving_a_partner_closer_never_lowers_it(
    known: list[Candidate], place: Place, km: int, data: st.DataObject
) -> None:
    wish = data.draw(st.none() | st.sampled_from([one.id for one in known]))
    placed = [one for one in known if one.place]
    if not placed:
        return
    one = data.draw(st.sampled_from(placed))
    assert one.place is not None
    part = data.draw(st.floats(0.0, 1.0))
    nearer = Place(
        place.latitude + (one.place.latitude - place.latitude) * part,
        place.longitude + (one.place.longitude - place.longitude) * part,
    )
    if distance_km(place, nearer) > distance_km(place, one.place):
        return
    moved = [replace(each, place=nearer) if each.id == one.id else each for each in known]

    before = reason_for(rank(known, wish, place, DAY, km), one.id)
    after = reason_for(rank(moved, wish, place, DAY, km), one.id)

    assert before is not None
    assert after is not None
    assert (before.rank is None) == (after.rank is None)
    assert before.rank is None or after.rank is None or after.rank <= before.rank


@given(candidates_of(least=2), st.none() | places, thresholds)
def test_region_without_clear_difference_never_decides(known: list[Candidate], place: Place | None, km: int) -> None:
    ranked = rank(known, None, place, DAY, km)

    away = sorted(distance_km(place, one.place) for one in known if can_take(one) and place and one.place)
    clear = len(away) > 1 and away[1] > away[0] and away[1] - away[0] >= km
    by_region = [one for one in ranked if one.code == Code.REGION]
    assert len(by_region) == clear
    if by_region:
        assert by_region[0].rank == 1
    else:
        unmoved = [replace(one, place=None) for one in known]
        assert proposed(ranked) == proposed(rank(unmoved, None, None, DAY, km)), "then it counts for nothing at all"


@given(candidates_of(), st.none() | places, thresholds, st.randoms(use_true_random=False), st.data())
def test_the_order_of_input_never_changes_the_result(
    known: list[Candidate], place: Place | None, km: int, random: Random, data: st.DataObject
) -> None:
    wish = data.draw(st.none() | st.sampled_from([one.id for one in known]))
    shuffled = list(known)
    random.shuffle(shuffled)

    assert rank(known, wish, place, DAY, km) == rank(shuffled, wish, place, DAY, km)


@given(candidates_of(), st.none() | places, thresholds)
def test_everybody_stands_once_and_only_who_can_is_proposed(
    known: list[Candidate], place: Place | None, km: int
) -> None:
    ranked = rank(known, None, place, DAY, km)

    assert sorted(one.id for one in ranked) == sorted(one.id for one in known)
    assert set(proposed(ranked)) == {one.id for one in known if can_take(one)}
    assert [one.rank for one in ranked if one.is_proposable] == list(range(1, len(proposed(ranked)) + 1))
    assert [Ranked.from_json(one.to_json()) for one in ranked] == ranked, "what is kept can be read again"


@given(candidates_of(free=True, least=2), thresholds, st.integers(1, 60))
def test_work_is_shared_in_balance(known: list[Candidate], km: int, rounds: int) -> None:
    """Who is proposed gets the company, again and again: from equal counts nobody is ever more than one ahead."""
    partners = {one.id: replace(one, companies=0, last=None, place=None) for one in known}
    for turn in range(rounds):
        chosen = suggestion(rank(partners.values(), None, AMSTERDAM, DAY, km))
        assert chosen is not None
        moment = LONG_AGO + timedelta(minutes=turn)
        partners[chosen] = replace(partners[chosen], companies=partners[chosen].companies + 1, last=moment)
        counts = [one.companies for one in partners.values()]
        assert max(counts) - min(counts) <= 1


@given(candidates_of(free=True, least=3), thresholds, st.integers(1, 40))
def test_a_newcomer_is_not_flooded_once_it_has_caught_up(known: list[Candidate], km: int, rounds: int) -> None:
    partners = {one.id: replace(one, place=None) for one in known}
    for turn in range(rounds):
        before = min(one.companies for one in partners.values())
        chosen = suggestion(rank(partners.values(), None, None, DAY, km))
        assert chosen is not None
        assert partners[chosen].companies == before, "always one with the fewest"
        moment = LONG_AGO + timedelta(days=9, minutes=turn)
        partners[chosen] = replace(partners[chosen], companies=before + 1, last=moment)


@given(candidates_of(least=2), thresholds)
def test_an_unknown_post_code_falls_to_the_next_criterion_and_says_so(known: list[Candidate], km: int) -> None:
    ranked = rank(known, None, None, DAY, km)

    free = [one for one in ranked if one.is_proposable]
    assert all(one.remark == Remark.COMPANY_NOWHERE and one.code != Code.REGION for one in free)
    counts = {one.id: one.companies for one in known}
    assert [counts[one.id] for one in free] == sorted(counts[one.id] for one in free)


# --- examples ---------------------------------------------------------------------------------------------------------


def ids(*known: Candidate, wish: int | None = None, place: Place | None = AMSTERDAM, km: int = 25) -> list[int]:
    return proposed(rank(known, wish, place, DAY, km))


def test_the_clearly_nearer_one_comes_before_the_one_with_fewest_companies() -> None:
    near = Candidate(1, UTRECHT, companies=9)
    far = Candidate(2, GRONINGEN, companies=0)

    ranked = rank([near, far], None, AMSTERDAM, DAY, 25)

    assert [one.id for one in ranked] == [1, 2]
    assert (ranked[0].code, ranked[0].values) == (Code.REGION, {"km": 34, "nearer": 112})
    assert (ranked[1].code, ranked[1].values) == (Code.FEWEST, {"companies": 0})


def test_a_threshold_above_the_difference_leaves_it_to_the_count() -> None:
    near, far = Candidate(1, UTRECHT, companies=9), Candidate(2, GRONINGEN)

    ranked = rank([near, far], None, AMSTERDAM, DAY, 113)

    assert [one.id for one in ranked] == [2, 1]
    assert ranked[1].remark == Remark.NOT_CLEARLY
    assert ranked[1].remark_values == {"nearer": 112, "needed": 113}


def test_two_in_the_same_area_are_never_clearly_apart() -> None:
    assert ids(Candidate(1, UTRECHT, companies=3), Candidate(2, UTRECHT, companies=2)) == [2, 1]


def test_of_equals_comes_who_was_never_asked_then_who_waits_longest_then_who_came_first() -> None:
    never = Candidate(9, companies=2)
    long_ago = Candidate(8, companies=2, last=LONG_AGO)
    lately = Candidate(1, companies=2, last=LONG_AGO + timedelta(days=1))
    same = Candidate(2, companies=2, last=LONG_AGO + timedelta(days=1))

    ranked = rank([lately, long_ago, same, never], None, None, DAY, 25)

    assert [one.id for one in ranked] == [9, 8, 1, 2]
    assert [one.code for one in ranked] == [Code.LONGEST, Code.LONGEST, Code.ENTRY, Code.ENTRY]
    assert ranked[0].values == {"companies": 2, "last": None}


def test_the_wish_comes_first_and_the_region_decides_who_is_next() -> None:
    wished, near, far = (
        Candidate(1, GRONINGEN, companies=40),
        Candidate(2, UTRECHT, companies=9),
        Candidate(3, GRONINGEN),
    )

    assert ids(wished, near, far, wish=1) == [1, 2, 3]


def test_who_cannot_says_why_and_until_when() -> None:
    away = Candidate(1, absences=((DAY, DAY + timedelta(days=4)), (DAY, DAY + timedelta(days=9))))
    gone = Candidate(2, absences=((DAY - timedelta(days=9), DAY - timedelta(days=1)),))
    full = Candidate(3, companies=5, capacity=5)
    suspended, declined = Candidate(4, suspended=True), Candidate(5, declined=True)
    current = Candidate(6, current=True)

    ranked = rank([away, gone, full, suspended, declined, current], 4, None, DAY, 25)

    assert [(one.id, one.code) for one in ranked] == [
        (2, Code.ONLY),
        (4, Code.SUSPENDED),
        (1, Code.ABSENT),
        (3, Code.FULL),
        (5, Code.DECLINED),
        (6, Code.CURRENT),
    ]
    assert ranked[2].values == {"until": "2026-03-18"}
    assert ranked[3].values == {"companies": 5, "capacity": 5}


def test_nobody_to_propose_is_no_suggestion() -> None:
    assert suggestion(rank([Candidate(1, suspended=True)], 1, None, DAY, 25)) is None
    assert suggestion([]) is None
