"""What stands in cells: yes and no, days, amounts, countries, however people and programs write them."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Sequence
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from babel import Locale

from app.core.days import NotADay, day_in
from app.core.errors import FieldError
from app.core.i18n import LOCALES, NAMES, _l
from app.core.identifiers import COUNTRIES, Invalid, InvalidText, clean_line
from app.core.money import NotAnAmount, amount_in, known_currency, typed
from app.core.search import fold
from app.imports.importer import Column, Line
from app.settings.models import vendor

_YES = frozenset({"yes", "y", "true", "1", "x", "ja", "j", "tak", "t", "kylla", "k", "oui", "o", "wahr", "vrai"})
_NO = frozenset({"no", "n", "false", "0", "-", "nee", "nie", "ei", "e", "non", "falsch", "faux"})


def yes_in(column: str, text: str) -> bool:
    """Raises FieldError: it is neither yes nor no, in any of the languages spoken here."""
    word = fold(text)
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise FieldError(column, _l("Write yes or no here."))


def day(column: str, text: str) -> date:
    """Raises FieldError: it is no day."""
    try:
        return day_in(text)
    except NotADay as error:
        raise FieldError(column, error.message) from error


def amount(column: str, text: str, least: Decimal | None = None) -> Decimal:
    """Raises FieldError: it is no amount, could be two, or is below `least`."""
    try:
        found = amount_in(text)
    except NotAnAmount as error:
        raise FieldError(
            column, _l("This is not an amount. Write it with two decimals, for example 1234,50")
        ) from error
    if least is not None and found < least:
        raise FieldError(column, _l("Enter an amount of at least %(least)s", least=typed(least)))
    return found


def rate(column: str, text: str) -> Decimal:
    """A rate in per cent. Raises FieldError: it is none, or not from 0 to 100."""
    plain = text.replace("%", "").strip().replace(",", ".")
    if not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,2})?", plain) or Decimal(plain) > 100:
        raise FieldError(column, _l("Enter the rate in per cent, from 0 to 100, for example 23"))
    return Decimal(plain)


def currency(column: str, text: str) -> str:
    """Raises FieldError: it is no currency in which amounts can be kept."""
    code = text.upper()
    if not known_currency(code):
        raise FieldError(column, _l("This is not a currency with two decimals. Write its three letters, such as EUR."))
    return code


def whole(column: str, text: str, among: Collection[int]) -> int:
    """One of the numbers that may stand there. Raises FieldError: it is another one, or none."""
    if text not in {str(number) for number in among}:
        listed = ", ".join(str(number) for number in among)
        raise FieldError(column, _l("Write one of these numbers: %(numbers)s", numbers=listed))
    return int(text)


def number(column: str, text: str, least: int, most: int) -> int:
    """A whole number. Raises FieldError: it is none, or not between the two."""
    if not re.fullmatch("[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise FieldError(column, _l("Enter a number from %(least)s to %(most)s", least=least, most=most))
    return int(text)


def line_of(column: str, text: str, limit: int) -> str:
    """Text of one line. Raises FieldError: it holds what cannot be kept, or is too long."""
    try:
        clean = clean_line(text)
    except InvalidText as error:
        raise FieldError(column, error.message) from error
    if len(clean) > limit:
        raise FieldError(column, _l("This is longer than %(limit)s characters.", limit=limit))
    return clean


@cache
def _countries() -> dict[str, str]:
    """Folded name in each language, and code -> code."""
    known = {code.casefold(): code for code in COUNTRIES}
    for locale in LOCALES:
        names = Locale.parse(locale).territories
        known.update({fold(names[code]): code for code in COUNTRIES})
    return known


def country_in(text: str) -> str:
    """The country's code, also where its name is written in one of our languages; the text itself where it is none."""
    return _countries().get(fold(text), text)


def locale_in(column: str, text: str) -> str:
    """Raises FieldError: it is none of our languages, by code or by its own name."""
    found = {fold(name): code for code, name in NAMES.items()} | {code: code for code in LOCALES}
    if fold(text) not in found:
        raise FieldError(column, _l("Write one of these: %(codes)s", codes=", ".join(LOCALES)))
    return found[fold(text)]


_LANGUAGES = {"PL": "pl", "NL": "nl", "FI": "fi", "FR": "fr"}


def language_of(country: str) -> str:
    """In which a company's contact is written to when nobody says so."""
    return _LANGUAGES.get(country) or vendor().default_locale


def canonical(column: str, normalise: Callable[..., str], *values: str) -> str:
    """What `normalise` of `core.identifiers` makes of these. Raises FieldError: nothing, for the reason it gives."""
    try:
        return normalise(*values)
    except Invalid as invalid:
        raise FieldError(column, invalid.message) from invalid


Reasons = list[tuple[str, Any]]
"""What is wrong with a line: (column, sentence)."""


class Told:
    """Gathers all that is wrong with a line, where an error would stop at the first: `with told: net = amount(...)`."""

    def __init__(self) -> None:
        self.reasons: Reasons = []

    def need(self, line: Line, among: Sequence[Column], codes: Collection[str]) -> None:
        """Each of these columns has something in its cell; `among` are the importer's, for their labels."""
        self.reasons += [
            (column.code, _l("This may not be empty: %(field)s", field=column.label))
            for code in codes
            for column in among
            if column.code == code and not line.text(code)
        ]

    def __enter__(self) -> Told:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, FieldError):
            return False
        self.reasons.append((error.field, error.message))
        return True
