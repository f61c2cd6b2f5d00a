"""Forms of service partners: a new one, its details, suspension, and days of absence."""

from __future__ import annotations

from datetime import date

from app.core.crypto import token
from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    DateField,
    EmailField,
    HiddenField,
    IdentifierField,
    IntegerField,
    NoteField,
    Optional,
    PhoneField,
    PostcodeField,
    Required,
    TextField,
)
from app.core.i18n import LOCALES, NAMES, _l
from app.followups.models import ServicePartner
from app.followups.service.partners import MOST_COMPANIES, FirstPerson, PartnerDetails
from app.settings.models import vendor


class PartnerForm(BaseForm):
    """The firm and how much it takes on."""

    version = HiddenField()
    country = CountryField()
    name = TextField(
        _l("Company name"),
        [Required(_l("Enter the company's name"))],
        limit=200,
        hint=_l("As customers know it."),
    )
    company_number = IdentifierField("company_number")
    postcode = PostcodeField()
    city = TextField(_l("City"), [Required(_l("Enter the city"))], limit=120)
    email = EmailField(_l("E-mail address"), [Required(_l("Enter the e-mail address"))])
    phone = PhoneField(_l("Phone"), [Required(_l("Enter the phone number"))], width="m")
    capacity = IntegerField(
        _l("Companies at most"),
        [Optional()],
        least=1,
        most=MOST_COMPANIES,
        hint=_l("Customers and open assignments together. Left empty, there is no limit."),
        width="xs",
    )
    served = IntegerField(
        _l("Customers from before"),
        [Optional()],
        least=0,
        most=MOST_COMPANIES,
        hint=_l("Those it works for already and that are no accounts here. They count when companies are shared out."),
        width="xs",
    )

    @classmethod
    def of(cls, found: ServicePartner) -> PartnerForm:
        """Filled from what is there, unless something was sent."""
        names = ("country", "company_number", "postcode", "city", "email", "phone", "capacity", "served")
        values = {name: getattr(found, name) for name in names}
        return cls(data={**values, "name": found.organisation.name, "version": str(found.version)})

    def to_details(self) -> PartnerDetails:
        return PartnerDetails(
            name=self.name.data,
            country=self.country.data,
            company_number=self.company_number.data,
            postcode=self.postcode.data,
            city=self.city.data,
            email=self.email.data,
            phone=self.phone.data,
            capacity=self.capacity.data,
            served=self.served.data or 0,
        )


class NewPartnerForm(PartnerForm):
    """With the first person, who is invited as its owner."""

    person_name = TextField(_l("Name"), [Required(_l("Enter the person's name"))], limit=200)
    person_email = EmailField(
        _l("E-mail address of this person"),
        [Required(_l("Enter the person's e-mail address"))],
        hint=_l("The invitation goes there. It works for 14 days."),
    )
    person_locale = ChoiceField(
        _l("Language"),
        [Required(_l("Choose one of the options in the list"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
    )
    key = HiddenField()

    @classmethod
    def blank(cls) -> NewPartnerForm:
        own = vendor()
        return cls(data={"country": own.country, "person_locale": own.default_locale, "key": token()})

    def to_person(self) -> FirstPerson:
        return FirstPerson(self.person_name.data, self.person_email.data, self.person_locale.data)


class SuspendPartnerForm(BaseForm):
    """The reason, which the owners read as it is written."""

    version = HiddenField()
    reason = NoteField(_l("Reason"), [Required(_l("Enter the reason"))], limit=1000, rows=5)


class AbsenceForm(BaseForm):
    """Days on which it takes nothing on."""

    from_on = DateField(_l("First day"), [Required(_l("Enter the first day"))])
    until_on = DateField(_l("Last day"), [Required(_l("Enter the last day"))])

    def to_details(self) -> tuple[date, date]:
        first, last = self.from_on.data, self.until_on.data
        assert first is not None, "it is required"
        assert last is not None, "it is required"
        return first, last
