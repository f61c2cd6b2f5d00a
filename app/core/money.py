"""Money: exact amounts in the database, in forms and files, and as people write them."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import sqlalchemy as sa
from babel import numbers
from flask import Flask
from markupsafe import Markup
from sqlalchemy.types import TypeDecorator

from app.core.i18n import current_locale

CURRENCIES = ("EUR", "PLN", "GBP", "USD", "CHF", "SEK", "NOK", "DKK", "CZK", "RON", "HUF")
"""Offered in forms. All have two decimals, as everything that is kept here; imports refuse others."""
CENT = Decimal("0.01")
LARGEST = Decimal("999999999.99")
"""A larger amount is a slip of the keyboard, and both databases sum many of these exactly."""


class Hundredths(TypeDecorator[Decimal]):
    """A Decimal with two places (an amount, a rate in per cent), kept as a whole number: exact on SQLite too, and
    sums are sums of integers."""

    impl = sa.BigInteger
    cache_ok = True

    @property
    def python_type(self) -> type[Decimal]:
        return Decimal

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        whole = Decimal(value) * 100
        if whole != whole.to_integral_value():
            raise ValueError(f"{value} has more than two decimals")
        return int(whole)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(int(value)) / 100


def rounded(amount: Decimal) -> Decimal:
    """To the cent, half away from zero, as invoices round."""
    return amount.quantize(CENT, ROUND_HALF_UP)


def vat_of(net: Decimal, rate: Decimal | None) -> Decimal:
    """The VAT on a net amount; `rate` in per cent, None where no VAT is charged."""
    return rounded(net * rate / 100) if rate else Decimal("0.00")


class NotAnAmount(ValueError):
    """What was written cannot be read as an amount without guessing."""


_GROUPED = re.compile(r"(?:[0-9]{1,3}(?:[ .,'\u2019][0-9]{3})+|[0-9]+)")


def amount_in(text: str) -> Decimal:
    """The amount that somebody wrote: `1 234,50`, `1.234,50`, `1,234.50`, `-12`, `€ 149`.

    The last separator followed by one or two digits is the decimal one. `1.234` alone could be either, so it is no
    amount here.

    Raises:
        NotAnAmount: not a number, ambiguous, more than two decimals, or larger than `LARGEST`.
    """
    plain = re.sub(r"[\u00a0\u202f\u2009]", " ", text.strip()).replace("\u2212", "-")
    plain = re.sub(r"^(-?)\s*(?:[A-Z]{3}|[€$£]|zł)\s*|\s*(?:[A-Z]{3}|[€$£]|zł)$", r"\1", plain).strip()
    sign, digits = ("-", plain[1:].strip()) if plain.startswith("-") else ("", plain.removeprefix("+"))
    whole, fraction = digits, ""
    if cut := re.fullmatch(r"(.*?)([.,])([0-9]{1,2})", digits):
        whole, fraction = cut.group(1), cut.group(3)
        if cut.group(2) in whole:
            raise NotAnAmount(text)
    elif re.fullmatch(r"[0-9]{1,3}[.,][0-9]{3}", digits):
        raise NotAnAmount(text)
    separators = set(re.findall("[^0-9]", whole))
    if not _GROUPED.fullmatch(whole) or len(separators) > 1:
        raise NotAnAmount(text)
    found = Decimal(f"{sign}{re.sub('[^0-9]', '', whole)}.{fraction or '0'}")
    if abs(found) > LARGEST:  # first: more digits than Decimal reckons with cannot be rounded
        raise NotAnAmount(text)
    return found.quantize(CENT)


def known_currency(code: str) -> bool:
    """Whether amounts in this currency can be kept: it exists, and has two decimals."""
    return code in numbers.list_currencies() and numbers.get_currency_precision(code) == 2


def written(amount: Decimal, currency: str) -> str:
    """`1 234,50 zł`, as it is written in the language spoken now."""
    text = str(numbers.format_currency(amount, currency, locale=current_locale()))
    return _LETTER_BEFORE_DIGIT.sub("\u00a0", text)  # CLDR asks for it, Babel leaves it out: PLN 149.00


_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d])(?=\d)")


def shown(amount: Decimal | None, currency: str) -> Markup:
    """The filter `money`: never broken over two lines."""
    if amount is None:
        return Markup("")
    return Markup('<span class="gw-money">{}</span>').format(written(amount, currency))


def rate_written(rate: Decimal | None) -> str:
    """The filter `rate`: `25,5 %` or `25.5%`, a dash where no VAT is charged."""
    if rate is None:
        return "–"
    return str(numbers.format_percent(rate / 100, locale=current_locale(), decimal_quantization=False))


def typed(amount: Decimal | None) -> str:
    """As a form's field shows it again: without groups, with the decimal sign of the language spoken now."""
    if amount is None:
        return ""
    return str(numbers.format_decimal(amount, format="0.00", locale=current_locale()))


def init_app(app: Flask) -> None:
    filters: dict[str, Any] = {"money": shown, "rate": rate_written}
    app.jinja_env.filters.update(filters)
