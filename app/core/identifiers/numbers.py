"""Company numbers of five countries: what a person types becomes one canonical form, or a message that helps.

Canonical is the number as its register writes it, without ornaments: digits for PL, NL, BE and FR; the Finnish
Y-tunnus keeps its hyphen (2332748-7), as the register's own data does; VAT numbers carry their country's prefix.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from flask_babel.speaklater import LazyString
from stdnum import iban, luhn
from stdnum.be import vat as be_vat
from stdnum.fi import ytunnus
from stdnum.fr import siret, tva
from stdnum.iso7064 import mod_97_10
from stdnum.nl import bsn
from stdnum.pl import nip, regon

from app.core.i18n import _l
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
class _Said:
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


def _compact(typed: str) -> str:
    """Without blanks, dots, hyphens, slashes and the identifier's own name in front."""
    compact = _SEPARATORS.sub("", plain_digits(typed).upper())
    return _NAMES.sub("", compact, count=1) if compact[:1].isalpha() else compact


def _without_prefix(compact: str, country: str) -> str:
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


def _digits(typed: str, country: str, said: _Said, *lengths: int) -> str:
    digits = _without_prefix(_compact(typed), country)
    if not digits:
        raise InvalidNumber("empty", said.missing)
    if not (digits.isascii() and digits.isdigit()):
        raise InvalidNumber("letters", said.letters)
    if len(digits) not in lengths:
        raise InvalidNumber("length", _filled(said.length, found=len(digits)))
    return digits


def _filled(message: Lazy, **values: object) -> Lazy:
    return LazyString(lambda: str(message) % values)


def _checked(right: bool, number: str, said: _Said) -> str:
    if not right or not number.strip("0-"):
        raise InvalidNumber("check", said.check)
    return number


def _grouped(number: str, separator: str, *sizes: int) -> str:
    """The number in groups; a number of another length (an old record, say) is shown as it is."""
    if len(number) != sum(sizes):
        return number
    ends = [sum(sizes[: place + 1]) for place in range(len(sizes))]
    return separator.join(number[end - size : end] for size, end in zip(sizes, ends, strict=True))


# --- Poland -----------------------------------------------------------------------------------------------------------

_NIP = _Said(
    _l("Enter the NIP"),
    _l("A NIP has digits only. Take out the letters and other signs."),
    _l("A NIP has 10 digits, and here the number of digits is %(found)s. Check that none is missing or typed twice."),
    _l("This NIP cannot exist: its last digit does not fit the others. Check the last digits."),
)
_REGON = _Said(
    _l("Enter the REGON"),
    _l("A REGON has digits only. Take out the letters and other signs."),
    _l("A REGON has 9 or 14 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This REGON cannot exist: its last digit does not fit the others. Check the last digits."),
)
_KRS = _Said(
    _l("Enter the KRS number"),
    _l("A KRS number has digits only. Take out the letters and other signs."),
    _l("A KRS number has 10 digits, zeros in front included, and here the number of digits is %(found)s."),
    _l("This KRS number cannot exist. Check the digits."),
)


def _nip(typed: str) -> str:
    number = _digits(typed, "PL", _NIP, 10)
    return _checked(nip.is_valid(number), number, _NIP)


def _regon(typed: str) -> str:
    number = _digits(typed, "PL", _REGON, 9, 14)
    return _checked(regon.is_valid(number), number, _REGON)


def _krs(typed: str) -> str:
    # KRS numbers have no check digit.
    return _checked(True, _digits(typed, "PL", _KRS, 10), _KRS)


# --- Netherlands ------------------------------------------------------------------------------------------------------

_KVK = _Said(
    _l("Enter the KvK number"),
    _l("A KvK number has digits only. Take out the letters and other signs."),
    _l("A KvK number has 8 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This KvK number cannot exist. Check the digits."),
)
_BTW = _Said(
    _l("Enter the btw-id"),
    _l("A btw-id is written as NL, 9 digits, the letter B and 2 digits, for example NL123456789B13."),
    _l("A btw-id is written as NL, 9 digits, the letter B and 2 digits, for example NL123456789B13."),
    _l("This btw-id cannot exist: its digits do not fit each other. Check the last digits."),
)
_BTW_SHAPE = re.compile("([0-9]{9})B([0-9]{2})")


def _kvk(typed: str) -> str:
    compact = _compact(typed)
    if re.fullmatch("(NL)?[0-9]{9}B[0-9]{2}", compact):
        raise InvalidNumber("other_number", _l("This is a btw-id. Enter the KvK number here: it has 8 digits."))
    if re.fullmatch("[0-9]{12}", compact):
        raise InvalidNumber(
            "other_number", _l("This is the number of a branch. Enter the KvK number here: it has 8 digits.")
        )
    # KvK numbers have no check digit, so a slip in one digit cannot be seen here.
    return _checked(True, _digits(typed, "NL", _KVK, 8), _KVK)


def _btw(typed: str) -> str:
    """The btw-id: random with a mod 97 check for sole traders (since 2020), RSIN with the eleven-test for others.

    Until 2020 a sole trader's number was the citizen number (BSN) followed by B01. That one passes the eleven-test
    too, so it is told apart by its range (an RSIN begins with 00 or 8) and refused: a BSN must not be stored.
    """
    body = _without_prefix(_compact(typed), "NL")
    if not body:
        raise InvalidNumber("empty", _BTW.missing)
    shape = _BTW_SHAPE.fullmatch(body)
    if shape is None:
        raise InvalidNumber("format", _BTW.letters)
    number = f"NL{body}"
    if mod_97_10.is_valid(number):
        return _checked(True, number, _BTW)
    if bsn.is_valid(shape[1]) and not shape[1].startswith(("00", "8")):
        raise InvalidNumber(
            "other_number",
            _l(
                "This looks like the old VAT number of a sole trader, which holds the citizen service number. "
                "We do not store it: enter the btw-id in use since 2020, or leave this empty."
            ),
        )
    return _checked(bsn.is_valid(shape[1]) and shape[2] != "00", number, _BTW)


# --- Finland ----------------------------------------------------------------------------------------------------------

_Y = _Said(
    _l("Enter the business ID"),
    _l("A business ID has digits and one hyphen only. Take out the letters and other signs."),
    _l("A business ID has 8 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This business ID cannot exist: its last digit does not fit the others. Check the last digits."),
)
_ALV = _Said(
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
    number = _digits(f"0{bare}" if re.fullmatch("[0-9]{6}-[0-9]", bare) else typed, "FI", _Y, 8)
    return _checked(ytunnus.is_valid(number), f"{number[:7]}-{number[7]}", _Y)


def _alv(typed: str) -> str:
    number = _digits(typed, "FI", _ALV, 8)
    return "FI" + _checked(ytunnus.is_valid(number), number, _ALV)


def _einvoice_address(typed: str) -> str:
    compact = _compact(typed)
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
    compact = _compact(typed)
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


# --- Belgium ----------------------------------------------------------------------------------------------------------

_BE = _Said(
    _l("Enter the enterprise number"),
    _l("An enterprise number has digits only. Take out the letters and other signs."),
    _l("An enterprise number has 10 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This enterprise number cannot exist: its last two digits do not fit the others. Check the last digits."),
)
_BE_VAT = _Said(
    _l("Enter the VAT number"),
    _l("A Belgian VAT number is written as BE and 10 digits, for example BE0123456749."),
    _l("A Belgian VAT number has 10 digits after BE, and here the number of digits is %(found)s."),
    _l("This VAT number cannot exist: its last two digits do not fit the others. Check the last digits."),
)


def _enterprise(typed: str, said: _Said = _BE) -> str:
    # Numbers from before 2005 are often still written with nine digits; the register adds a zero in front.
    number = _digits(typed, "BE", said, 9, 10).zfill(10)
    if number[0] not in "01":
        raise InvalidNumber(
            "other_number",
            _l("This is the number of an establishment. Enter the enterprise number here: it begins with 0 or 1."),
        )
    return _checked(be_vat.is_valid(number), number, said)


# --- France -----------------------------------------------------------------------------------------------------------

_SIRET = _Said(
    _l("Enter the SIRET"),
    _l("A SIRET has digits only. Take out the letters and other signs."),
    _l("A SIRET has 14 digits, and here the number of digits is %(found)s. Check that none is missing."),
    _l("This SIRET cannot exist: its last digit does not fit the others. Check the last digits."),
)
_TVA = _Said(
    _l("Enter the VAT number"),
    _l("A French VAT number is written as FR, 2 signs and the SIREN with its 9 digits."),
    _l("A French VAT number is written as FR, 2 signs and the SIREN with its 9 digits."),
    _l("This VAT number cannot exist: its signs do not fit each other. Check the number."),
)


def _siret(typed: str) -> str:
    compact = _compact(typed)
    bare = compact.removeprefix("FR")
    if re.fullmatch("[0-9]{9}", bare) and luhn.is_valid(bare):
        raise InvalidNumber(
            "other_number", _l("This is a SIREN. Enter the SIRET here: the SIREN followed by 5 more digits.")
        )
    if re.fullmatch("FR[0-9A-Z]{2}[0-9]{9}", compact):
        raise InvalidNumber("other_number", _l("This is a VAT number. Enter the SIRET here: it has 14 digits."))
    number = _digits(typed, "FR", _SIRET, 14)
    return _checked(siret.is_valid(number), number, _SIRET)


def _tva(typed: str) -> str:
    compact = _compact(typed)
    # The key after FR may hold letters, so a prefix shows by the length too.
    body = compact[2:] if compact.startswith("FR") and len(compact) == 13 else _without_prefix(compact, "FR")
    if not body:
        raise InvalidNumber("empty", _TVA.missing)
    if not re.fullmatch("[0-9A-HJ-NP-Z]{2}[0-9]{9}", body):
        raise InvalidNumber("format", _TVA.letters)
    return "FR" + _checked(tva.is_valid(body), body, _TVA)


def siren_of(number: str) -> str:
    """The company (nine digits) to which a SIRET's establishment belongs."""
    return number[:9]


def tva_of(number: str) -> str:
    """The VAT number that follows from a SIRET: to be offered, not assumed, for small firms have none (R7)."""
    siren = siren_of(number)
    return f"FR{(12 + 3 * (int(siren) % 97)) % 97:02d}{siren}"


# --- the rules in one table -------------------------------------------------------------------------------------------


def _as_is(number: str) -> str:
    return number


def _with_prefix(parse: Callable[[str], str], prefix: str) -> Callable[[str], str]:
    return lambda typed: prefix + parse(typed)


NUMBERS: Mapping[str, Mapping[str, NumberRule]] = MappingProxyType(
    {
        "PL": {
            "company_number": NumberRule(
                _l("NIP"),
                _l("10 digits. Blanks, hyphens and the prefix PL do no harm."),
                "856-734-62-15",
                _NIP.missing,
                _nip,
                lambda number: _grouped(number, "-", 3, 3, 2, 2),
            ),
            "vat_number": NumberRule(
                _l("EU VAT number"),
                _l("PL and the NIP, if the company is registered for trade within the EU"),
                "PL8567346215",
                _NIP.missing,
                _with_prefix(_nip, "PL"),
                _as_is,
                digits_only=False,
            ),
            "regon": NumberRule(_l("REGON"), _l("9 or 14 digits"), "123456785", _REGON.missing, _regon, _as_is),
            "krs": NumberRule(
                _l("KRS number"), _l("10 digits; sole traders have none"), "0000123456", _KRS.missing, _krs, _as_is
            ),
        },
        "NL": {
            "company_number": NumberRule(
                _l("KvK number"),
                _l("8 digits, as in the trade register"),
                "84217305",
                _KVK.missing,
                _kvk,
                _as_is,
            ),
            "vat_number": NumberRule(
                _l("Btw-id"),
                _l("The number on the company's invoices, for example NL123456789B13"),
                "NL123456789B13",
                _BTW.missing,
                _btw,
                _as_is,
                digits_only=False,
            ),
        },
        "FI": {
            "company_number": NumberRule(
                _l("Business ID"),
                _l("7 digits, a hyphen and a check digit, for example 2332748-7"),
                "2332748-7",
                _Y.missing,
                _y,
                _as_is,
                digits_only=False,  # a telephone's digit keys have no hyphen
            ),
            "vat_number": NumberRule(
                _l("VAT number"),
                _l("FI and 8 digits, for example FI23327487"),
                "FI23327487",
                _ALV.missing,
                _alv,
                _as_is,
                digits_only=False,
            ),
            "einvoice_address": NumberRule(
                _l("E-invoice address"),
                _l("0037 and the business ID without its hyphen, for example 003723327487; or an IBAN"),
                "003723327487",
                _l("Enter the e-invoice address"),
                _einvoice_address,
                _as_is,
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
        },
        "BE": {
            "company_number": NumberRule(
                _l("Enterprise number"),
                _l("10 digits, for example 0123.456.749"),
                "0123.456.749",
                _BE.missing,
                _enterprise,
                lambda number: _grouped(number, ".", 4, 3, 3),
            ),
            "vat_number": NumberRule(
                _l("VAT number"),
                _l("BE and the enterprise number, if the company is registered for VAT"),
                "BE0123456749",
                _BE_VAT.missing,
                lambda typed: "BE" + _enterprise(typed, _BE_VAT),
                _as_is,
                digits_only=False,
            ),
        },
        "FR": {
            "company_number": NumberRule(
                _l("SIRET"),
                _l("14 digits: the SIREN and the number of the establishment"),
                "904 517 208 00016",
                _SIRET.missing,
                _siret,
                lambda number: _grouped(number, " ", 3, 3, 3, 5),
            ),
            "vat_number": NumberRule(
                _l("VAT number"),
                _l("FR, 2 signs and the SIREN. Small firms may have none."),
                "FR13904517208",
                _TVA.missing,
                _tva,
                lambda number: _grouped(number, " ", 4, 3, 3, 3),
                digits_only=False,
            ),
        },
    }
)


def rule_of(country: str, kind: str) -> NumberRule | None:
    """The rule for an identifier, or None where the country has no such number."""
    return NUMBERS.get(country, {}).get(kind)


def normalise_identifier(country: str, kind: str, typed: str) -> str:
    """The canonical form of what was typed. Raises InvalidNumber, whose message says what to do."""
    rule = rule_of(country, kind)
    if rule is None:
        raise InvalidNumber("unknown_country", _l("Choose the country first: the number depends on it."))
    return rule.parse(typed)


def normalise_company_number(country: str, typed: str) -> str:
    """The canonical number in the country's trade or tax register (R7). Raises InvalidNumber."""
    return normalise_identifier(country, "company_number", typed)


def show_identifier(country: str, kind: str, canonical: str) -> str:
    """The national way of writing; what is not understood is shown as it is, for a page never fails over it."""
    rule = rule_of(country, kind)
    return rule.show(canonical) if rule and canonical else canonical


def show_company_number(country: str, canonical: str) -> str:
    return show_identifier(country, "company_number", canonical)


def company_key(country: str, canonical: str) -> str:
    """The company, whichever way and establishment was typed (R8): `PL:8567346215`; in France by SIREN."""
    return f"{country}:{siren_of(canonical) if country == 'FR' else canonical}"


def number_search_words(country: str, canonical: str) -> str:
    """The spellings by which people look for a number, for a search column."""
    spellings = (canonical, show_company_number(country, canonical), re.sub("[^0-9A-Z]", "", canonical))
    return " ".join(dict.fromkeys(spelling for spelling in spellings if spelling))
