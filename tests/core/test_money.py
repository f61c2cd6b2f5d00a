"""Money: read without guessing, kept exactly, written as each country writes it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core import money
from app.core.i18n import LOCALES, in_locale
from app.core.money import NotAnAmount, amount_in


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("1234,5", "1234.50"),
        ("1 234,50", "1234.50"),
        ("1\u202f234,50\u00a0€", "1234.50"),
        ("1.234,50", "1234.50"),
        ("1,234.50", "1234.50"),
        ("1'234.50", "1234.50"),
        ("€ 149", "149.00"),
        ("PLN 149,00", "149.00"),
        ("149,00 zł", "149.00"),
        ("-12", "-12.00"),
        ("\u221212,3", "-12.30"),
        ("0", "0.00"),
        ("1.234.567", "1234567.00"),
    ],
)
def test_amounts_as_people_write_them(text: str, amount: str) -> None:
    assert amount_in(text) == Decimal(amount)


@pytest.mark.parametrize(
    "text",
    ["", "x", "1.234", "1,234", "1,2,3", "12.345,6,7", "1.23,4.5", "1 2345", "9" * 12, "9" * 40, "9" * 5000, "--1"],
)
def test_what_would_be_a_guess_is_no_amount(text: str) -> None:
    with pytest.raises(NotAnAmount):
        amount_in(text)


@given(
    st.decimals(min_value=-money.LARGEST, max_value=money.LARGEST, places=2, allow_nan=False),
    st.sampled_from(LOCALES),
    st.sampled_from(money.CURRENCIES),
)
def test_what_is_written_is_read_again(app: Flask, amount: Decimal, locale: str, currency: str) -> None:
    with app.app_context(), in_locale(locale):
        assert amount_in(money.typed(amount)) == amount


@pytest.mark.parametrize(
    ("locale", "amount", "rate"),
    [
        ("en", "PLN\u00a01,234.50", "25.5%"),
        ("nl", "PLN\u00a01.234,50", "25,5%"),
        ("pl", "1\u00a0234,50\u00a0zł", "25,5%"),
        ("fi", "1\u00a0234,50\u00a0PLN", "25,5\u00a0%"),
        ("fr", "1\u202f234,50\u00a0PLN", "25,5\u00a0%"),
    ],
)
def test_each_language_writes_money_its_own_way(app: Flask, locale: str, amount: str, rate: str) -> None:
    with app.app_context(), in_locale(locale):
        assert money.written(Decimal("1234.50"), "PLN") == amount
        assert money.rate_written(Decimal("25.50")) == rate


def test_vat_is_rounded_to_the_cent_away_from_zero() -> None:
    assert money.vat_of(Decimal("0.50"), Decimal("23.00")) == Decimal("0.12")
    assert money.vat_of(Decimal("10.30"), Decimal("25.50")) == Decimal("2.63")
    assert money.vat_of(Decimal("99.99"), None) == Decimal("0.00")


def test_a_third_decimal_is_never_stored() -> None:
    with pytest.raises(ValueError, match="two decimals"):
        money.Hundredths().process_bind_param(Decimal("1.005"), None)  # type: ignore[arg-type]  # any dialect
