"""The form in which staff edit an account."""

from __future__ import annotations

from typing import Any

from app.core.forms import (
    BaseForm,
    CountryField,
    EmailField,
    HiddenField,
    IdentifierField,
    Optional,
    PhoneField,
    PostcodeField,
    Required,
    TextField,
    UrlField,
)
from app.core.i18n import _l
from app.customers.models import COMPANY_FIELDS


class AccountForm(BaseForm):
    """All a company is known by."""

    company_name = TextField(_l("Company name"), [Required(_l("Enter the company's name"))], autocomplete="off")
    country = CountryField()
    company_number = IdentifierField("company_number")
    vat_number = IdentifierField("vat_number")
    regon = IdentifierField("regon")
    krs = IdentifierField("krs")
    einvoice_address = IdentifierField("einvoice_address")
    einvoice_operator = IdentifierField("einvoice_operator")
    street = TextField(_l("Street and number"), [Required(_l("Enter the street and number"))], autocomplete="off")
    postcode = PostcodeField()
    city = TextField(_l("City"), [Required(_l("Enter the city"))], limit=120, autocomplete="off")
    website = UrlField(_l("Website"), [Optional()])
    contact_name = TextField(
        _l("Contact person"), [Required(_l("Enter the contact person's name"))], autocomplete="off"
    )
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address"))])
    phone = PhoneField(_l("Phone"), [Required(_l("Enter the phone number"))], country_field="country")
    version = HiddenField()

    def to_details(self) -> dict[str, Any]:
        return {field: self[field].data or None for field in COMPANY_FIELDS}
