"""The five countries and what each asks of a company: forms and templates read their fields, words and hints here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.core.i18n import _l
from app.core.identifiers.numbers import NUMBERS
from app.core.identifiers.reading import NumberRule
from app.core.identifiers.text import Lazy


@dataclass(frozen=True)
class CountryRules:
    """What is asked of a company of this country, in the order in which it is asked.

    `numbers` holds every identifier the country knows; `asked` those that a form shows. The VAT number is asked only
    where it does not follow from the company number: NL, and FR where small firms may have none. It is not compared
    with the company number, for groups of companies may share one VAT number (BE and FR).
    """

    code: str
    asked: tuple[str, ...]
    postcode_hint: Lazy
    postcode_digits_only: bool

    @property
    def numbers(self) -> Mapping[str, NumberRule]:
        return NUMBERS[self.code]


COUNTRIES: Mapping[str, CountryRules] = MappingProxyType(
    {
        rules.code: rules
        for rules in (
            CountryRules(
                "PL",
                ("company_number", "regon", "krs"),
                _l("For example %(example)s", example="60-123"),
                False,  # a telephone's digit keys have no hyphen
            ),
            CountryRules(
                "NL",
                ("company_number", "vat_number"),
                _l("For example %(example)s", example="1234 AB"),
                False,
            ),
            CountryRules(
                "FI",
                ("company_number", "einvoice_address", "einvoice_operator"),
                _l("For example %(example)s", example="00100"),
                True,
            ),
            CountryRules(
                "FR",
                ("company_number", "vat_number"),
                _l("5 digits; write Cedex after the city"),
                True,
            ),
            CountryRules(
                "BE",
                ("company_number",),
                _l("For example %(example)s", example="9000"),
                True,
            ),
        )
    }
)


def rules_of(country: str | None) -> CountryRules | None:
    """The rules of a country, or None for a country unknown here."""
    return COUNTRIES.get(country or "")
