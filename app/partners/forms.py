"""Fields of the application, of the decision, and of what staff keep for resellers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.core.carried import number_in
from app.core.files import EVIDENCE, MATERIAL, FileField, Received
from app.core.forms import (
    BaseForm,
    ChoiceField,
    CountryField,
    DateField,
    EmailField,
    HiddenField,
    IdentifierField,
    NoteField,
    Optional,
    PhoneField,
    PostcodeField,
    Required,
    TextField,
    TickField,
    UrlField,
)
from app.core.i18n import LOCALES, NAMES, _l
from app.core.traps import Traps
from app.partners.service.applications import ApplicationDetails


class ApplyForm(Traps, BaseForm):
    """A company asks to become a reseller (R1)."""

    country = CountryField(hint=_l("The country decides which number we ask for below."))
    company_name = TextField(
        _l("Company name"),
        [Required(_l("Enter the company's name"))],
        limit=200,
        autocomplete="organization",
        hint=_l("The full name, as in the register"),
    )
    company_number = IdentifierField("company_number")
    street = TextField(
        _l("Street and number"),
        [Required(_l("Enter the street and number"))],
        limit=200,
        autocomplete="address-line1",
    )
    postcode = PostcodeField()
    city = TextField(_l("City"), [Required(_l("Enter the city"))], limit=120, autocomplete="address-level2")
    website = UrlField(_l("Website"), [Optional()])
    first_name = TextField(
        _l("First name"), [Required(_l("Enter your first name"))], limit=100, autocomplete="given-name"
    )
    last_name = TextField(
        _l("Last name"), [Required(_l("Enter your last name"))], limit=100, autocomplete="family-name"
    )
    email = EmailField(
        _l("E-mail address"),
        [Required(_l("Enter your e-mail address"))],
        hint=_l("We send our answer to this address."),
    )
    phone = PhoneField(_l("Phone"), [Required(_l("Enter your phone number"))], width="m")
    about = NoteField(
        _l("About your company"),
        [Optional()],
        rows=5,
        hint=_l("For example your clients, your region, and what you offer them today"),
    )
    submission_key = HiddenField()

    def to_details(self) -> ApplicationDetails:
        return ApplicationDetails(
            first_name=self.first_name.data,
            last_name=self.last_name.data,
            email=self.email.data,
            phone=self.phone.data,
            company_name=self.company_name.data,
            country=self.country.data,
            company_number=self.company_number.data,
            street=self.street.data,
            postcode=self.postcode.data,
            city=self.city.data,
            website=self.website.data,
            about=self.about.data,
        )


class RejectForm(BaseForm):
    """The reason, which the applicant reads as it is written."""

    reason = NoteField(_l("Reason"), [Required(_l("Enter the reason"))], limit=4000, rows=6)

    def to_details(self) -> str:
        return self.reason.data


class SuspendForm(BaseForm):
    """The reason, which the reseller reads as it is written."""

    reason = NoteField(_l("Reason"), [Required(_l("Enter the reason"))], limit=4000, rows=6)

    def to_details(self) -> str:
        return self.reason.data


class ButtonForm(BaseForm):
    """A single button."""


class MoveForm(BaseForm):
    """A button beside a line, and the state in which the person saw that line."""

    version = HiddenField()

    def to_details(self) -> int:
        return number_in(self.version.data)


class AcceptTermsForm(BaseForm):
    """An owner accepts the terms that stand above the box."""

    accepted = TickField(
        _l("I have read these terms and accept them for my company"),
        [Required(_l("Tick the box to accept the terms"))],
    )
    version = HiddenField()
    locale = HiddenField()

    def to_details(self) -> tuple[int, str]:
        return number_in(self.version.data), self.locale.data


@dataclass(frozen=True)
class Filed:
    """An acceptance that came by mail."""

    version: int
    locale: str
    name: str
    day: date
    received: Received


class FileTermsForm(BaseForm):
    """Staff file an acceptance that came by mail (R5)."""

    version_number = ChoiceField(_l("Version of the terms"), [Required(_l("Choose the version"))], width="s")
    locale = ChoiceField(
        _l("Language of the text that was accepted"),
        [Required(_l("Choose the language"))],
        choices=[(code, NAMES[code]) for code in LOCALES],
        width="s",
    )
    name = TextField(_l("Who accepted"), [Required(_l("Enter the name of the person who accepted"))], limit=200)
    accepted_on = DateField(_l("Day of the message"), [Required(_l("Enter the day of the message"))])
    evidence = FileField(
        _l("The message"),
        [Required(_l("Choose the file with the message"))],
        allowed=EVIDENCE,
        hint=_l("The mail as .eml, a PDF, a picture, or plain text; at most 10 MB"),
    )

    def to_details(self) -> Filed:
        day = self.accepted_on.data
        assert day is not None
        return Filed(number_in(self.version_number.data), self.locale.data, self.name.data, day, self.evidence.data)


class WelcomeForm(BaseForm):
    """A link or a file for the welcome package."""

    title = TextField(_l("Title"), [Required(_l("Enter the title"))], limit=200)
    description = TextField(_l("Description"), [Optional()], limit=500)
    url = UrlField(_l("Address of a page"), [Optional()], hint=_l("Either an address or a file"))
    file = FileField(
        _l("File"),
        [Optional()],
        allowed=MATERIAL,
        hint=_l("PDF, PNG, JPEG or an Office document; at most 10 MB"),
    )

    def to_details(self) -> dict[str, Any]:
        return {
            "title": self.title.data,
            "description": self.description.data,
            "url": self.url.data,
            "received": self.file.data or None,
        }


class SystemForm(BaseForm):
    """One of the vendor's systems."""

    name = TextField(_l("Name of the system"), [Required(_l("Enter the name"))], limit=120)

    def to_details(self) -> str:
        return self.name.data
