"""Fields of the registration of a software company, and of its own details."""

from __future__ import annotations

from app.core.forms import (
    BaseForm,
    CountryField,
    EmailField,
    HiddenField,
    MultiChoice,
    Optional,
    Required,
    TextField,
    UrlField,
)
from app.core.i18n import _l
from app.core.traps import Traps
from app.integrations.models import SoftwarePartner
from app.integrations.service.registering import Registration
from app.integrations.words import SELLS


class RegisterForm(Traps, BaseForm):
    """A software company wants to connect its product (S1). Little is asked: the rest comes with the work."""

    company_name = TextField(
        _l("Company name"), [Required(_l("Enter the company's name"))], limit=200, autocomplete="organization"
    )
    country = CountryField()
    website = UrlField(_l("Website"), [Optional()])
    product_name = TextField(
        _l("Name of your product"),
        [Required(_l("Enter the name of your product"))],
        limit=120,
        hint=_l("As your customers know it. You can add more products later."),
    )
    sells = MultiChoice(
        _l("What is it?"), [Required(_l("Choose at least one"))], choices=list(SELLS.items()), hint=_l("One or both.")
    )
    name = TextField(_l("Your name"), [Required(_l("Enter your name"))], limit=200, autocomplete="name")
    email = EmailField(
        _l("Your e-mail address"),
        [Required(_l("Enter your e-mail address"))],
        hint=_l("We mail you the link that opens your panel."),
    )
    submission_key = HiddenField()

    def to_details(self) -> Registration:
        return Registration(
            company_name=self.company_name.data,
            country=self.country.data,
            website=self.website.data or "",
            product_name=self.product_name.data,
            sells=tuple(self.sells.data),
            name=self.name.data,
            email=self.email.data.lower(),
        )


class CompanyForm(BaseForm):
    """What the owner of a software partner changes about the company."""

    version = HiddenField()
    website = UrlField(_l("Website"), [Optional()])

    @classmethod
    def of(cls, partner: SoftwarePartner) -> CompanyForm:
        """Filled from what is there, unless something was sent."""
        return cls(data={"website": partner.website or "", "version": str(partner.version)})
