"""Mistyped words: what is forgiven, and what is not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.directory.nearness import distance, meant

KNOWN = ["kassalinja", "winkelwolk", "ledgerly", "numera", "kasomat", "pos", "konto", "lite"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("kasslinja", "kassalinja"),
        ("kassalinj", None),
        ("kasalin", "kassalinja"),
        ("winklewolk", "winkelwolk"),
        ("legderly", "ledgerly"),
        ("numrea", "numera"),
        ("psoo", None),
        ("pso", "pos"),
        ("kasomatt", "kasomat"),
    ],
)
def test_the_nearest_word_is_meant(typed: str, found: str | None) -> None:
    near = meant([typed], KNOWN)
    assert (near[0][0] if near else None) == found


@pytest.mark.parametrize("typed", ["xyzzyx", "kk", "zzzz", "12345678", "wolkenkratzer"])
def test_what_is_like_nothing_is_found_nowhere(typed: str) -> None:
    assert meant([typed], KNOWN) is None


def test_every_word_has_to_be_like_one() -> None:
    assert meant(["kasslinja", "numrea"], KNOWN) == [("kassalinja",), ("numera",)]
    assert meant(["kasslinja", "xyzzyx"], KNOWN) is None
    assert meant(["kassa", "numera"], KNOWN) is None, "both are written as they are known"
    assert meant([], KNOWN) is None


@given(st.text("abcdef", max_size=12), st.text("abcdef", max_size=12))
def test_distance_is_nothing_for_a_beginning_and_never_more_than_what_was_typed(typed: str, known: str) -> None:
    assert 0 <= distance(typed, known) <= max(len(typed), 1)
    assert distance(known[: len(typed)], known) == 0


@given(st.text("abcdef", min_size=4, max_size=12), st.data())
def test_one_swap_is_one_mistake(known: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(known) - 2))
    typed = known[:at] + known[at + 1] + known[at] + known[at + 2 :]
    assert distance(typed, known) <= 1
