"""The Netherlands: KvK number and btw-id."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn

from app.core.i18n import _l
from app.core.identifiers.reading import (
    InvalidNumber,
    NumberRule,
    Said,
    as_is,
    checked,
    compact_of,
    digits_of,
    without_prefix,
)

_KVK = Said(
    _l("Enter the KvK number"),
    _l("A KvK number has digits only. Take out the letters and other signs."),
    _l("A KvK number has 8 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This KvK number cannot exist. Check the digits."),
)
_BTW = Said(
    _l("Enter the btw-id"),
    _l("A btw-id is written as NL, 9 digits, the letter B and 2 digits, for example NL123456789B13."),
    _l("A btw-id is written as NL, 9 digits, the letter B and 2 digits, for example NL123456789B13."),
    _l("This btw-id cannot exist: its digits do not fit each other. Check the last digits."),
)
_BTW_SHAPE = re.compile("([0-9]{9})B([0-9]{2})")


def _kvk(typed: str) -> str:
    compact = compact_of(typed)
    if re.fullmatch("(NL)?[0-9]{9}B[0-9]{2}", compact):
        raise InvalidNumber("other_number", _l("This is a btw-id. Enter the KvK number here: it has 8 digits."))
    if re.fullmatch("[0-9]{12}", compact):
        raise InvalidNumber(
            "other_number", _l("This is the number of a branch. Enter the KvK number here: it has 8 digits.")
        )
    # KvK numbers have no check digit, so a slip in one digit cannot be seen here.
    return checked(True, digits_of(typed, "NL", _KVK, 8), _KVK)


def _btw(typed: str) -> str:
    """The btw-id: random with a mod 97 check for sole traders (since 2020), RSIN with the eleven-test for others.

    Until 2020 a sole trader's number was the citizen number (BSN) followed by B01. That one passes the eleven-test
    too, so it is told apart by its range (an RSIN begins with 00 or 8) and refused: a BSN must not be stored.
    """
    body = without_prefix(compact_of(typed), "NL")
    if not body:
        raise InvalidNumber("empty", _BTW.missing)
    shape = _BTW_SHAPE.fullmatch(body)
    if shape is None:
        raise InvalidNumber("format", _BTW.letters)
    number = f"NL{body}"
    if mod_97_10.is_valid(number):
        return checked(True, number, _BTW)
    if bsn.is_valid(shape[1]) and not shape[1].startswith(("00", "8")):
        raise InvalidNumber(
            "other_number",
            _l(
                "This looks like the old VAT number of a sole trader, which holds the citizen service number. "
                "We do not store it: enter the btw-id in use since 2020, or leave this empty."
            ),
        )
    return checked(bsn.is_valid(shape[1]) and shape[2] != "00", number, _BTW)


NUMBERS: Mapping[str, NumberRule] = MappingProxyType(
    {
        "company_number": NumberRule(
            _l("KvK number"),
            _l("8 digits, as in the trade register"),
            "84217305",
            _KVK.missing,
            _kvk,
            as_is,
        ),
        "vat_number": NumberRule(
            _l("Btw-id"),
            _l("The number on the company's invoices, for example NL123456789B13"),
            "NL123456789B13",
            _BTW.missing,
            _btw,
            as_is,
            digits_only=False,
        ),
    }
)
