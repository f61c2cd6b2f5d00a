"""The fields of a company, its contact person, services and shops, as registering and editing ask them."""

from __future__ import annotations

from typing import Any

from wtforms import Form, FormField

from app.catalogue import queries as catalogue
from app.catalogue.models import PLATFORMS
from app.core import identifiers
from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    EmailField,
    IdentifierField,
    MultiChoice,
    Optional,
    Part,
    PhoneField,
    PostcodeField,
    RadioChoice,
    Repeat,
    Required,
    TextField,
    UrlField,
)
from app.core.i18n import _l
from app.leads.models import TypedBy
from app.leads.service.details import Shop

MOST_SHOPS = 50


def service_choices() -> list[tuple[str, str, str]]:
    """The services that are offered now."""
    return [(service.code, service.name, service.hint) for service in catalogue.offered()]


def platform_choices() -> list[tuple[str, Any]]:
    return [(code, _l("Another platform") if code == "other" else code) for code in PLATFORMS]


class ShopPart(Part):
    """One web shop. A box left empty is no shop."""

    url = UrlField(_l("Shop address"), [Required(_l("Enter the shop's address"))], autocomplete="off")
    platform = ChoiceField(
        _l("Platform"), [Optional()], choices=platform_choices, empty=_l("Choose a platform"), width="m"
    )


SIGNS_UP = (
    (TypedBy.CLIENT, _l("Customer"), _l("I sign up my own company")),
    (TypedBy.RESELLER, _l("Software partner"), _l("I sign up a customer on its behalf, and the customer knows")),
)
"""Who types behind an onboarding page."""


class WhoTypes(Form):
    """The first question of the registration form. It stands here because errors are told in the order in which fields
    are declared."""

    typed_by = RadioChoice(
        _l("Who is filling in this form?"),
        [Required(_l("Choose who is filling in this form"))],
        choices=(
            (TypedBy.CLIENT, _l("Client"), _l("I register my own company")),
            (TypedBy.RESELLER, _l("Reseller"), _l("I register a client on the client's behalf, and the client knows")),
        ),
        coerce=TypedBy,
    )

    def ask_software_partner(self) -> None:
        """The form behind an onboarding page: nobody here is a reseller."""
        self.typed_by.choices = SIGNS_UP


class WantedForm(BaseForm):
    """Services and shops."""

    services = MultiChoice(_l("Services"), choices=service_choices)
    shops = Repeat(FormField(ShopPart), min_entries=1, max_entries=MOST_SHOPS)

    @property
    def wanted(self) -> dict[str, Any]:
        """For LeadDetails."""
        found = {part.url.data: Shop(part.url.data, part.platform.data or "") for part in self.shops.filled}
        return {"services": tuple(self.services.data), "shops": tuple(found.values())}

    def change_shops(self, wish: str) -> bool:
        """Does what a button without JavaScript asks for: `add-shop`, `drop-shop-2`. Nothing is checked, nothing is
        lost. False when the button is another one."""
        if wish == "add-shop":
            if len(self.shops.entries) < MOST_SHOPS:
                self.shops.append_entry()
            return True
        place = wish.removeprefix("drop-shop-")
        if place != wish and place.isascii() and place.isdigit():
            kept = [part.data for number, part in enumerate(self.shops.entries) if number != int(place[:4])]
            while self.shops.entries:
                self.shops.pop_entry()
            for data in kept or [None]:
                self.shops.append_entry(data)
            return True
        return False


class CompanyForm(WantedForm):
    """Everything people type about a client; `country` decides which numbers are asked."""

    country = CountryField(hint=_l("The country decides which numbers we ask for below."))
    company_name = TextField(
        _l("Company name"),
        [Required(_l("Enter the company's name"))],
        limit=200,
        autocomplete="organization",
        hint=_l("The full name, as in the register"),
    )
    company_number = IdentifierField("company_number")
    vat_number = IdentifierField("vat_number")
    regon = IdentifierField("regon")
    krs = IdentifierField("krs")
    einvoice_address = IdentifierField("einvoice_address")
    einvoice_operator = IdentifierField("einvoice_operator")
    street = TextField(
        _l("Street and number"),
        [Required(_l("Enter the street and number"))],
        limit=200,
        autocomplete="address-line1",
    )
    postcode = PostcodeField()
    city = TextField(_l("City"), [Required(_l("Enter the city"))], limit=120, autocomplete="address-level2")
    website = UrlField(_l("Website"), [Optional()])
    contact_name = TextField(
        _l("First and last name"),
        [Required(_l("Enter the name of the contact person"))],
        limit=200,
        autocomplete="name",
    )
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address of the contact person"))])
    phone = PhoneField(
        _l("Phone"),
        [Required(_l("Enter the phone number of the contact person"))],
        hint=_l("Without a country code we take it as a number of the country above."),
        width="m",
    )
    # Once more, because on this form they come last.
    services = MultiChoice(_l("Services"), choices=service_choices)
    shops = Repeat(FormField(ShopPart), min_entries=1, max_entries=MOST_SHOPS)

    @property
    def further_numbers(self) -> list[Any]:
        """The identifiers beside the company number that the country has."""
        fields = (self.vat_number, self.regon, self.krs, self.einvoice_address, self.einvoice_operator)
        return [field for field in fields if field.asked]

    @property
    def company(self) -> dict[str, Any]:
        """For LeadDetails: validated and canonical, None for what is empty."""
        return {
            "company_name": self.company_name.data,
            "country": self.country.data,
            "company_number": self.company_number.data,
            "vat_number": self.vat_number.data or None,
            "regon": self.regon.data or None,
            "krs": self.krs.data or None,
            "einvoice_address": self.einvoice_address.data or None,
            "einvoice_operator": self.einvoice_operator.data or None,
            "street": self.street.data,
            "postcode": self.postcode.data,
            "city": self.city.data,
            "website": self.website.data or None,
            "contact_name": self.contact_name.data,
            "email": self.email.data,
            "phone": self.phone.data,
        }

    def rearrange(self, wish: str) -> bool:
        """What a button asks for that only changes the form: another country's fields, one shop more or less, the
        VAT number that a SIRET implies. Nothing is checked and nothing typed is lost. False for any other button."""
        if wish == "country":
            return True
        if wish == "tva":
            self._offer_tva()
            return True
        return self.change_shops(wish)

    def _offer_tva(self) -> None:
        try:
            number = identifiers.normalise_company_number("FR", self.company_number.data or "")
        except identifiers.Invalid as invalid:
            self.company_number.errors = [invalid.message]
        else:
            if self.country.data == "FR":
                self.vat_number.data = identifiers.tva_of(number)
