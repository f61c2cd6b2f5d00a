"""Finland: business ID (Y-tunnus), VAT number, e-invoice address and operator."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from stdnum import iban
from stdnum.fi import ytunnus

from app.core.i18n import _l
from app.core.identifiers.reading import (
    InvalidNumber,
    NumberRule,
    Said,
    as_is,
    checked,
    compact_of,
    digits_of,
)
from app.core.identifiers.text import plain_digits

_Y = Said(
    _l("Enter the business ID"),
    _l("A business ID has digits and one hyphen only. Take out the letters and other signs."),
    _l("A business ID has 8 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This business ID cannot exist: its last digit does not fit the others. Check the last digits."),
)
_ALV = Said(
    _l("Enter the VAT number"),
    _l("A Finnish VAT number is written as FI and 8 digits, for example FI23327487."),
    _l("A Finnish VAT number has 8 digits after FI, and here the number of digits is %(found)s."),
    _l("This VAT number cannot exist: its last digit does not fit the others. Check the last digits."),
)
_OVT = _l("An e-invoice address begins with 0037 and the business ID without its hyphen, or it is an IBAN.")
EINVOICE_OPERATORS: Mapping[str, str] = MappingProxyType(
    {
        "003723327487": "Apix Messaging",
        "BAWCFI22": "Basware",
        "003703575029": "CGI",
        "003721291126": "Maventa",
        "003708599126": "OpenText",
        "003723609900": "Pagero",
        "FI28768767": "Posti Messaging",
        "003714377140": "Ropo Capital",
        "003701011385": "Tietoevry",
        "HELSFIHH": "Aktia",
        "DABAFIHH": "Danske Bank",
        "HANDFIHH": "Handelsbanken",
        "NDEAFIHH": "Nordea",
        "OKOYFIHH": "OP",
        "POPFFI22": "POP Pankki",
        "SBANFIHH": "S-Pankki",
        "ITELFIHH": "Säästöpankki",
        "AABAFI22": "Ålandsbanken",
    }
)
_OPERATOR_NAMES = {re.sub("[^A-ZÅÄÖ]", "", name.upper()): code for code, name in EINVOICE_OPERATORS.items()}
_OPERATOR_SHAPE = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?|0037[0-9]{8}[A-Z0-9]{0,5}|FI[0-9]{8}|[A-Z0-9]{4,17}")


def _y(typed: str) -> str:
    # Numbers given before 2001 may be written with six digits before the hyphen; the register adds a zero in front.
    bare = plain_digits(typed).strip()
    number = digits_of(f"0{bare}" if re.fullmatch("[0-9]{6}-[0-9]", bare) else typed, "FI", _Y, 8)
    return checked(ytunnus.is_valid(number), f"{number[:7]}-{number[7]}", _Y)


def _alv(typed: str) -> str:
    number = digits_of(typed, "FI", _ALV, 8)
    return "FI" + checked(ytunnus.is_valid(number), number, _ALV)


def _einvoice_address(typed: str) -> str:
    compact = compact_of(typed)
    # Peppol writes the same address with the scheme in front, 0216:0037...
    compact = compact[4:] if compact.startswith("02160037") else compact
    if not compact:
        raise InvalidNumber("empty", _l("Enter the e-invoice address"))
    if re.fullmatch("0037[0-9]{8}[A-Z0-9]{0,5}", compact):
        if not ytunnus.is_valid(compact[4:12]):
            raise InvalidNumber(
                "check",
                _l("This e-invoice address cannot exist: the business ID in it is wrong. Check the digits after 0037."),
            )
        return compact
    if compact[:2].isalpha() and compact.isascii():
        if re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", compact) and iban.is_valid(compact):
            return compact
        raise InvalidNumber("check", _l("This IBAN cannot exist: its digits do not fit each other. Check the digits."))
    raise InvalidNumber("format", _OVT)


def _einvoice_operator(typed: str) -> str:
    compact = compact_of(typed)
    code = _OPERATOR_NAMES.get(re.sub("[^A-ZÅÄÖ]", "", compact)) if compact.isalpha() else None
    if code:
        return code
    if not compact:
        raise InvalidNumber("empty", _l("Enter the e-invoice operator"))
    if not _OPERATOR_SHAPE.fullmatch(compact):
        raise InvalidNumber(
            "format", _l("Enter the operator's code, for example 003721291126 or NDEAFIHH. The contract states it.")
        )
    return compact


def _show_operator(code: str) -> str:
    name = EINVOICE_OPERATORS.get(code)
    return f"{code} ({name})" if name else code


NUMBERS: Mapping[str, NumberRule] = MappingProxyType(
    {
        "company_number": NumberRule(
            _l("Business ID"),
            _l("7 digits, a hyphen and a check digit, for example 2332748-7"),
            "2332748-7",
            _Y.missing,
            _y,
            as_is,
            digits_only=False,  # a telephone's digit keys have no hyphen
        ),
        "vat_number": NumberRule(
            _l("VAT number"),
            _l("FI and 8 digits, for example FI23327487"),
            "FI23327487",
            _ALV.missing,
            _alv,
            as_is,
            digits_only=False,
        ),
        "einvoice_address": NumberRule(
            _l("E-invoice address"),
            _l("0037 and the business ID without its hyphen, for example 003723327487; or an IBAN"),
            "003723327487",
            _l("Enter the e-invoice address"),
            _einvoice_address,
            as_is,
            digits_only=False,
        ),
        "einvoice_operator": NumberRule(
            _l("E-invoice operator"),
            _l("The operator's code, for example 003721291126 or NDEAFIHH"),
            "003721291126",
            _l("Enter the e-invoice operator"),
            _einvoice_operator,
            _show_operator,
            digits_only=False,
        ),
    }
)
