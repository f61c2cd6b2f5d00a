"""Amounts and rates typed in forms: read as people write them, refused in a sentence, shown again."""

from __future__ import annotations

from decimal import Decimal

import pytest
from flask import Flask

from app.core.forms import AmountField, BaseForm, Optional, RateField
from app.core.i18n import in_locale


class _Form(BaseForm):
    class Meta(BaseForm.Meta):
        csrf = False

    net = AmountField("Net", [Optional()])
    back = AmountField("Back", [Optional()], least=None)
    rate = RateField("VAT", [Optional()])


def _sent(app: Flask, **data: str) -> _Form:
    with app.test_request_context("/", method="POST", data=data):
        form = _Form()
        form.validate()
        return form


@pytest.mark.parametrize(
    ("typed", "read"),
    [("1 234,50", "1234.50"), ("1,234.50", "1234.50"), ("€ 149", "149.00"), ("0", "0.00"), ("", None)],
)
def test_an_amount_is_read_as_people_write_it(app: Flask, typed: str, read: str | None) -> None:
    form = _sent(app, net=typed)
    assert not form.net.errors
    assert form.net.data == (None if read is None else Decimal(read))


@pytest.mark.parametrize("typed", ["1.234", "twelve", "1.234.5678", "12,345,6", "9" * 12])
def test_what_is_no_clear_amount_is_refused_and_kept(app: Flask, typed: str) -> None:
    form = _sent(app, net=typed)
    assert form.net.errors
    assert form.net.data is None
    assert form.net.typed == typed


def test_an_amount_below_zero_needs_a_field_that_allows_it(app: Flask) -> None:
    form = _sent(app, net="-5", back="-5")
    assert form.net.errors
    assert form.net.typed == "-5"
    assert not form.back.errors
    assert form.back.data == Decimal("-5.00")


@pytest.mark.parametrize(("typed", "read"), [("23", "23"), ("25,5 %", "25.5"), ("0", "0"), ("5.5", "5.5"), ("", None)])
def test_a_rate_is_read_in_per_cent(app: Flask, typed: str, read: str | None) -> None:
    form = _sent(app, rate=typed)
    assert not form.rate.errors
    assert form.rate.data == (None if read is None else Decimal(read))


@pytest.mark.parametrize("typed", ["101", "-3", "2,555", "much"])
def test_an_impossible_rate_is_refused(app: Flask, typed: str) -> None:
    assert _sent(app, rate=typed).rate.errors


def test_stored_values_are_shown_as_the_reader_writes_them(app: Flask) -> None:
    with app.test_request_context("/"), in_locale("fi"):
        form = _Form(data={"net": Decimal("1234.50"), "rate": Decimal("25.50")})
        assert form.net.typed == "1234,50"
        assert form.rate.typed == "25,50"
        assert _Form(data={"rate": Decimal("23.00")}).rate.typed == "23"
