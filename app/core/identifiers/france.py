"""France: SIRET, and the VAT number that follows from it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from stdnum import luhn
from stdnum.fr import siret, tva

from app.core.i18n import _l
from app.core.identifiers.reading import (
    InvalidNumber,
    NumberRule,
    Said,
    checked,
    compact_of,
    digits_of,
    grouped,
    without_prefix,
)

_SIRET = Said(
    _l("Enter the SIRET"),
    _l("A SIRET has digits only. Take out the letters and other signs."),
    _l("A SIRET has 14 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This SIRET cannot exist: its last digit does not fit the others. Check the last digits."),
)
_TVA = Said(
    _l("Enter the VAT number"),
    _l("A French VAT number is written as FR, 2 signs and the SIREN with its 9 digits."),
    _l("A French VAT number is written as FR, 2 signs and the SIREN with its 9 digits."),
    _l("This VAT number cannot exist: its signs do not fit each other. Check the number."),
)


def _siret(typed: str) -> str:
    compact = compact_of(typed)
    bare = compact.removeprefix("FR")
    if re.fullmatch("[0-9]{9}", bare) and luhn.is_valid(bare):
        raise InvalidNumber(
            "other_number", _l("This is a SIREN. Enter the SIRET here: the SIREN followed by 5 more digits.")
        )
    if re.fullmatch("FR[0-9A-Z]{2}[0-9]{9}", compact):
        raise InvalidNumber("other_number", _l("This is a VAT number. Enter the SIRET here: it has 14 digits."))
    number = digits_of(typed, "FR", _SIRET, 14)
    return checked(siret.is_valid(number), number, _SIRET)


def _tva(typed: str) -> str:
    compact = compact_of(typed)
    # The key after FR may hold letters, so a prefix shows by the length too.
    body = compact[2:] if compact.startswith("FR") and len(compact) == 13 else without_prefix(compact, "FR")
    if not body:
        raise InvalidNumber("empty", _TVA.missing)
    if not re.fullmatch("[0-9A-HJ-NP-Z]{2}[0-9]{9}", body):
        raise InvalidNumber("format", _TVA.letters)
    return "FR" + checked(tva.is_valid(body), body, _TVA)


def siren_of(number: str) -> str:
    """The company (nine digits) to which a SIRET's establishment belongs."""
    return number[:9]


def tva_of(number: str) -> str:
    """The VAT number that follows from a SIRET: to be offered, not assumed, for small firms have none (R7)."""
    siren = siren_of(number)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


NUMBERS: Mapping[str, NumberRule] = MappingProxyType(
    {
        "company_number": NumberRule(
            _l("SIRET"),
            _l("14 digits: the SIREN and the number of the establishment"),
            "904 517 208 00016",
            _SIRET.missing,
            _siret,
            lambda number: grouped(number, " ", 3, 3, 3, 5),
        ),
        "vat_number": NumberRule(
            _l("VAT number"),
            _l("FR, 2 signs and the SIREN. Small firms may have none."),
            "FR13904517208",
            _TVA.missing,
            _tva,
            lambda number: grouped(number, " ", 4, 3, 3, 3),
            digits_only=False,
        ),
    }
)
