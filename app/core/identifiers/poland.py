"""Poland: NIP, REGON and KRS."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from stdnum.pl import nip, regon

from app.core.i18n import _l
from app.core.identifiers.reading import (
    NumberRule,
    Said,
    as_is,
    checked,
    digits_of,
    grouped,
)

_NIP = Said(
    _l("Enter the NIP"),
    _l("A NIP has digits only. Take out the letters and other signs."),
    _l("A NIP has 10 digits, and here the number of digits is %(found)s. Check that none is missing or typed twice."),
    _l("This NIP cannot exist: its last digit does not fit the others. Check the last digits."),
)
_REGON = Said(
    _l("Enter the REGON"),
    _l("A REGON has digits only. Take out the letters and other signs."),
    _l("A REGON has 9 or 14 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This REGON cannot exist: its last digit does not fit the others. Check the last digits."),
)
_KRS = Said(
    _l("Enter the KRS number"),
    _l("A KRS number has digits only. Take out the letters and other signs."),
    _l("A KRS number has 10 digits, zeros in front included, and here the number of digits is %(found)s."),
    _l("This KRS number cannot exist. Check the digits."),
)


def _nip(typed: str) -> str:
    number = digits_of(typed, "PL", _NIP, 10)
    return checked(nip.is_valid(number), number, _NIP)


def _regon(typed: str) -> str:
    number = digits_of(typed, "PL", _REGON, 9, 14)
    return checked(regon.is_valid(number), number, _REGON)


def _krs(typed: str) -> str:
    # KRS numbers have no check digit.
    return checked(True, digits_of(typed, "PL", _KRS, 10), _KRS)


NUMBERS: Mapping[str, NumberRule] = MappingProxyType(
    {
        "company_number": NumberRule(
            _l("NIP"),
            _l("10 digits. Blanks, hyphens and the prefix PL do no harm."),
            "856-734-62-15",
            _NIP.missing,
            _nip,
            lambda number: grouped(number, "-", 3, 3, 2, 2),
        ),
        "vat_number": NumberRule(
            _l("EU VAT number"),
            _l("PL and the NIP, if the company is registered for trade within the EU"),
            "PL8567346215",
            _NIP.missing,
            lambda typed: f"PL{_nip(typed)}",
            as_is,
            digits_only=False,
        ),
        "regon": NumberRule(_l("REGON"), _l("9 or 14 digits"), "123456785", _REGON.missing, _regon, as_is),
        "krs": NumberRule(
            _l("KRS number"), _l("10 digits; sole traders have none"), "0000123456", _KRS.missing, _krs, as_is
        ),
    }
)
