"""The fields of a company in words: what each is called, how its value is shown, and when a value is right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import identifiers
from app.core.errors import FieldError
from app.core.i18n import _, _l, country_name
from app.customers.models import COMPANY_FIELDS, Account, CompanyDetails

NAMES: Mapping[str, Any] = {
    "company_name": _l("Company name"),
    "country": _l("Country of registration"),
    "company_number": _l("Company number"),
    "vat_number": _l("VAT number"),
    "regon": _l("REGON"),
    "krs": _l("KRS number"),
    "einvoice_address": _l("E-invoice address"),
    "einvoice_operator": _l("E-invoice operator"),
    "street": _l("Street and number"),
    "postcode": _l("Post code"),
    "city": _l("City"),
    "website": _l("Website"),
    "contact_name": _l("Contact person"),
    "email": _l("E-mail address"),
    "phone": _l("Phone"),
    "services": _l("Services"),
    "shops": _l("Shops"),
    "service": _l("Service"),
    "shop": _l("Shop"),
    "state": _l("State"),
    "reseller": _l("Credited reseller"),
    "partner": _l("Service partner"),
    "reason": _l("Reason"),
    "note": _l("Note"),
    "locale": _l("Language"),
}

IDENTIFIERS = ("company_number", "vat_number", "regon", "krs", "einvoice_address", "einvoice_operator")
REQUIRED = ("company_name", "country", "company_number", "street", "postcode", "city", "contact_name", "email", "phone")
LIMITS = {"company_name": 200, "street": 200, "city": 120, "contact_name": 200}


def name_of(field: str, country: str = "") -> Any:
    """What the field is called; a company number by its national name when the country is known."""
    rule = identifiers.rule_of(country, field) if field in IDENTIFIERS else None
    return rule.label if rule else NAMES.get(field, field)


def shown(field: str, value: Any, country: str = "") -> str:
    """The value as people write it."""
    if value is None or value == "":
        return ""
    if field in IDENTIFIERS:
        return identifiers.show_identifier(country, field, str(value))
    match field:
        case "country":
            return country_name(str(value))
        case "phone":
            return identifiers.show_phone(str(value))
        case "website":
            return identifiers.show_website(str(value))
    return str(value)


def asked_in(country: str) -> tuple[str, ...]:
    """The fields that a company of this country can have, in the order in which pages show them."""
    rules = identifiers.rules_of(country)
    known = rules.numbers if rules else {}
    return tuple(field for field in COMPANY_FIELDS if field not in IDENTIFIERS or field in known)


def facts(record: CompanyDetails, fields: tuple[str, ...] = ()) -> list[tuple[Any, str]]:
    """Name and value of each field, for a summary list."""
    return [
        (name_of(field, record.country), shown(field, getattr(record, field), record.country))
        for field in fields or asked_in(record.country)
    ]


def cleaned(values: Mapping[str, Any]) -> dict[str, str | None]:
    """All company fields in canonical form. Numbers that the country does not know are left out.

    Raises:
        FieldError: a value is missing or wrong; the message stands beside its field.
    """
    clean, wrong = checked(values)
    if wrong:
        raise wrong[0]
    return clean


def checked(values: Mapping[str, Any]) -> tuple[dict[str, str | None], list[FieldError]]:
    """The same with everything that is missing or wrong, in the order of the fields."""
    country = str(values.get("country") or "").upper()
    clean: dict[str, str | None] = {}
    wrong: list[FieldError] = []
    for field in COMPANY_FIELDS:
        typed = str(values.get(field) or "").strip()
        if field in IDENTIFIERS and identifiers.rule_of(country, field) is None and field != "company_number":
            clean[field] = None
        elif not typed and field in REQUIRED:
            wrong.append(FieldError(field, _l("This may not be empty: %(field)s", field=NAMES[field])))
        else:
            try:
                clean[field] = _clean(field, typed, country) if typed else None
            except FieldError as error:
                wrong.append(error)
    return clean, wrong


def _clean(field: str, typed: str, country: str) -> str:
    try:
        if field in IDENTIFIERS:
            return identifiers.normalise_identifier(country, field, typed)
        match field:
            case "country":
                if identifiers.rules_of(typed) is None:
                    raise FieldError(field, _l("Choose one of the countries in the list"))
                return country
            case "postcode":
                return identifiers.normalise_postcode(country, typed)
            case "phone":
                return identifiers.normalise_phone(typed, country)
            case "email":
                return identifiers.normalise_email(typed)
            case "website":
                return identifiers.normalise_website(typed)
        text = identifiers.clean_line(typed)
        limit = LIMITS.get(field, 200)
        if len(text) > limit:
            raise FieldError(field, _l("This is longer than %(limit)s characters.", limit=limit))
        return text
    except identifiers.Invalid as invalid:
        raise FieldError(field, invalid.message) from invalid


def file_header() -> list[str]:
    """The columns of a list of accounts as a file."""
    return [
        _("Reference"),
        *(str(name_of(field)) for field in COMPANY_FIELDS),
        _("Services"),
        _("Shops"),
        _("Customer since"),
    ]


def file_row(account: Account, *, direct: bool = True) -> list[Any]:
    """One account, with its services and shops loaded, under `file_header`; with `direct` False without what the vendor
    sold itself."""
    services = account.services if direct else account.credited_services
    return [
        account.ref,
        *(shown(field, getattr(account, field), account.country) for field in COMPANY_FIELDS),
        ", ".join(held.service.name for held in services),
        ", ".join(shop.url for shop in account.shops),
        account.created_at,
    ]
