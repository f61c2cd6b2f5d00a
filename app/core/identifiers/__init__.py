"""Numbers and addresses of companies in five countries: what is typed becomes canonical, and is shown the national way.

Pure functions, without request or database. Every refusal is an `Invalid` with a `code` and a message for the person.
"""

from app.core.identifiers.contacts import (
    EMAIL_LIMIT,
    WEBSITE_LIMIT,
    InvalidContact,
    dialled,
    normalise_email,
    normalise_phone,
    normalise_postcode,
    normalise_website,
    show_phone,
    show_website,
)
from app.core.identifiers.countries import COUNTRIES, CountryRules, rules_of
from app.core.identifiers.finland import EINVOICE_OPERATORS
from app.core.identifiers.france import siren_of, tva_of
from app.core.identifiers.numbers import (
    company_key,
    normalise_company_number,
    normalise_identifier,
    number_search_words,
    rule_of,
    show_company_number,
    show_identifier,
)
from app.core.identifiers.reading import InvalidNumber, NumberRule
from app.core.identifiers.text import (
    Invalid,
    InvalidText,
    Lazy,
    clean_line,
    clean_text,
    plain_digits,
    slug_of_name,
)

__all__ = [
    "COUNTRIES",
    "EINVOICE_OPERATORS",
    "EMAIL_LIMIT",
    "WEBSITE_LIMIT",
    "CountryRules",
    "Invalid",
    "InvalidContact",
    "InvalidNumber",
    "InvalidText",
    "Lazy",
    "NumberRule",
    "clean_line",
    "clean_text",
    "company_key",
    "dialled",
    "normalise_company_number",
    "normalise_email",
    "normalise_identifier",
    "normalise_phone",
    "normalise_postcode",
    "normalise_website",
    "number_search_words",
    "plain_digits",
    "rule_of",
    "rules_of",
    "show_company_number",
    "show_identifier",
    "show_phone",
    "show_website",
    "siren_of",
    "slug_of_name",
    "tva_of",
]
