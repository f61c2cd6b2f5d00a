"""Belgium: enterprise number and VAT number."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stdnum.be import vat as be_vat

from app.core.i18n import _l
from app.core.identifiers.reading import (
    InvalidNumber,
    NumberRule,
    Said,
    as_is,
    checked,
    digits_of,
    grouped,
)

_BE = Said(
    _l("Enter the enterprise number"),
    _l("An enterprise number has digits only. Take out the letters and other signs."),
    _l("An enterprise number has 10 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This enterprise number cannot exist: its last two digits do not fit the others. Check the last digits."),
)
_BE_VAT = Said(
    _l("Enter the VAT number"),
    _l("A Belgian VAT number is written as BE and 10 digits, for example BE0123456749."),
    _l("A Belgian VAT number has 10 digits after BE, and here the number of digits is %(found)s."),
    _l("This VAT number cannot exist: its last two digits do not fit the others. Check the last digits."),
)


def _enterprise(typed: str, said: Said = _BE) -> str:
    # Numbers from before 2005 are often still written with nine digits; the register adds a zero in front.
    number = digits_of(typed, "BE", said, 9, 10).zfill(10)
    if number[0] not in "01":
        raise InvalidNumber(
            "other_number",
            _l("This is the number of an establishment. Enter the enterprise number here: it begins with 0 or 1."),
        )
    return checked(be_vat.is_valid(number), number, said)


NUMBERS: Mapping[str, NumberRule] = MappingProxyType(
    {
        "company_number": NumberRule(
            _l("Enterprise number"),
            _l("10 digits, for example 0123.456.749"),
            "0123.456.749",
            _BE.missing,
            _enterprise,
            lambda number: grouped(number, ".", 4, 3, 3),
        ),
        "vat_number": NumberRule(
            _l("VAT number"),
            _l("BE and the enterprise number, if the company is registered for VAT"),
            "BE0123456749",
            _BE_VAT.missing,
            lambda typed: "BE" + _enterprise(typed, _BE_VAT),
            as_is,
            digits_only=False,
        ),
    }
)
