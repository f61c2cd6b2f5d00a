"""Company numbers of five countries: what a person types becomes one canonical form, or a message that helps.

Canonical is the number as its register writes it, without ornaments: digits for PL, NL, BE and FR; the Finnish
Y-tunnus keeps its hyphen (2332748-7), as the register's own data does; VAT numbers carry their country's prefix.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from app.core.i18n import _l
from app.core.identifiers import belgium, finland, france, netherlands, poland
from app.core.identifiers.reading import InvalidNumber, NumberRule

NUMBERS: Mapping[str, Mapping[str, NumberRule]] = MappingProxyType(
    {
        "PL": poland.NUMBERS,
        "NL": netherlands.NUMBERS,
        "FI": finland.NUMBERS,
        "BE": belgium.NUMBERS,
        "FR": france.NUMBERS,
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
    """The number in the register as the country writes it."""
    return show_identifier(country, "company_number", canonical)


def company_key(country: str, canonical: str) -> str:
    """The company, whichever way and establishment was typed (R8): `PL:8567346215`; in France by SIREN."""
    return f"{country}:{france.siren_of(canonical) if country == 'FR' else canonical}"


def number_search_words(country: str, canonical: str) -> str:
    """The spellings by which people look for a number, for a search column."""
    spellings = (canonical, show_company_number(country, canonical), re.sub("[^0-9A-Z]", "", canonical))
    return " ".join(dict.fromkeys(spelling for spelling in spellings if spelling))
