"""Colours by the numbers of WCAG, and every colour there is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.settings import colours

COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def test_contrast_is_the_one_of_the_standard() -> None:
    assert colours.contrast("#ffffff", "#000000") == pytest.approx(21)
    assert colours.contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert colours.contrast("#0000ff", "#ffffff") == pytest.approx(8.59, abs=0.005)


@pytest.mark.parametrize(
    ("typed", "colour"),
    [(" 0B5394", "#0b5394"), ("#05A", "#0055aa"), ("#0b539", None), ("blue", None), ("#0b5394;}", None), ("", None)],
)
def test_a_colour_is_read_as_people_write_it(typed: str, colour: str | None) -> None:
    assert colours.read(typed) == colour


@given(COLOURS)
def test_what_passes_is_read_everywhere_and_what_does_not_gets_one_that_does(colour: str) -> None:
    verdict = colours.judged(colour)
    assert verdict.passes == (verdict.ratio >= colours.ENOUGH)
    assert colours.judged(verdict.nearest).passes
    accent = colours.accent_of(verdict.nearest)
    assert colours.contrast(accent.light, accent.on_light) >= 4.5
    assert colours.contrast(accent.light, "#ffffff") >= 4.5
    assert colours.contrast(accent.dark, accent.on_dark) >= 4.5
    for ground in ("#14171b", "#1a1e23", "#1d2228"):
        assert colours.contrast(accent.dark, ground) >= 4.5


@given(COLOURS)
def test_the_nearest_is_no_darker_than_it_must_be(colour: str) -> None:
    verdict = colours.judged(colour)
    if not verdict.passes:
        assert colours.judged(verdict.nearest).ratio < 4.8
