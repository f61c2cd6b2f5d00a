"""How an identifier is read: ornaments and prefix off, then length and check digit, each with its own words."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Sentence, _l
from app.core.identifiers.text import Invalid, Lazy, plain_digits


class InvalidNumber(Invalid):
    """`code`: empty, letters, length, check, format, other_country, other_number, unknown_country."""


@dataclass(frozen=True)
class NumberRule:
    """One identifier of one country: its words, and how it is read and written."""

    label: Lazy
    hint: Lazy
    example: str
    missing: Lazy
    parse: Callable[[str], str]
    show: Callable[[str], str]
    digits_only: bool = True


@dataclass(frozen=True)
class Said:
    """What is said when something is wrong. `length` may use %(found)s, the number of digits that were typed."""

    missing: Lazy
    letters: Lazy
    length: Lazy
    check: Lazy


_SEPARATORS = re.compile(r"[\s.,:;/\\_()'’\-\u2010-\u2015\u2212\u00b7]+")
# The prefixes by which VAT numbers of the EU and its neighbours begin: these name a country, other letters do not.
_PREFIX = re.compile(
    "(AT|BE|BG|CH|CY|CZ|DE|DK|EE|EL|ES|FI|FR|GB|GR|HR|HU|IE|IT|LT|LU|LV|MT|NL|NO|PL|PT|RO|SE|SI|SK|XI)(?=[0-9])"
)
# An identifier's own name in front of it, as copied from a letterhead.
_NAMES = re.compile(
    "(NIP|REGON|KRS|KVK|YTUNNUS|KBO|BCE|SIRET|SIREN|TVA|BTW|VAT|ALV|OVT)(NUMMER|NR|NUMERO|ID)?(?=[A-Z0-9])"
)


def compact_of(typed: str) -> str:
    """Without blanks, dots, hyphens, slashes and the identifier's own name in front."""
    compact = _SEPARATORS.sub("", plain_digits(typed).upper())
    return _NAMES.sub("", compact, count=1) if compact[:1].isalpha() else compact


def without_prefix(compact: str, country: str) -> str:
    found = _PREFIX.match(compact)
    if found is None:
        return "" if compact == country else compact
    if found[1] == country:
        return compact[2:]
    raise InvalidNumber(
        "other_country",
        _l(
            "This number begins with the country code %(typed)s, but the chosen country has the code %(chosen)s. "
            "Change the country or the number.",
            typed=found[1],
            chosen=country,
        ),
    )


def digits_of(typed: str, country: str, said: Said, *lengths: int) -> str:
    digits = without_prefix(compact_of(typed), country)
    if not digits:
        raise InvalidNumber("empty", said.missing)
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidNumber("letters", said.letters)
    if len(digits) not in lengths:
        raise InvalidNumber("length", _filled(said.length, found=len(digits)))
    return digits


def _filled(message: Lazy, **values: object) -> Lazy:
    return Sentence(message.text, values)


def checked(right: bool, number: str, said: Said) -> str:
    if not right or not number.strip("0-"):
        raise InvalidNumber("check", said.check)
    return number


def grouped(number: str, separator: str, *sizes: int) -> str:
    """The number in groups; a number of another length (an old record, say) is shown as it is."""
    if len(number) != sum(sizes):
        return number
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return separator.join(number[end - size : end] for size, end in zip(sizes, ends, strict=True))


def as_is(number: str) -> str:
    return number
