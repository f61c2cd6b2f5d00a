"""Numbers in addresses and hidden fields: whatever stands there, it is a number or nothing."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.carried import number_in


@pytest.mark.parametrize(("typed", "number"), [("0", 0), ("12", 12), (7, 7), ("999999999", 999_999_999)])
def test_a_number_is_read(typed: Any, number: int) -> None:
    assert number_in(typed) == number


@pytest.mark.parametrize("typed", ["", None, "-1", "1.5", "²", "٣", "9999999999", " 1", "x"])
def test_anything_else_is_no_key_of_a_row(typed: Any) -> None:
    assert number_in(typed) == 0
    assert number_in(typed, -1) == -1
