"""Fields whose words and rules follow the country typed in the same form: phone, post code and company numbers."""

from __future__ import annotations

from typing import Any

from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.forms.base import Optional, Required
from app.core.forms.control import Control
from app.core.i18n import _, _l
from app.core.identifiers import Lazy


class _OfCountry(Control):
    """A field whose rule depends on the country, typed in the same form."""

    def __init__(
        self,
        label: Lazy = "",
        validators: Any = None,
        *,
        country_field: str = "country",
        country: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self._country_field = country_field
        self._country = country

    def country_asked(self) -> Any:
        form: Any = self._form
        while form is not None:
            if self._country_field in form:
                return form[self._country_field]
            form = form._parent_form
        return None

    @property
    def country(self) -> str:
        field = self.country_asked()
        return str(field.data or "") if field is not None else self._country

    @property
    def country_is_wrong(self) -> bool:
        """The country's own message comes first; before it is right nothing can be said about this field."""
        field = self.country_asked()
        known = identifiers.rules_of(self.country) is not None
        return field is not None and not known and not (self.country == "" and field.flags.optional)


class PhoneField(_OfCountry):
    """A phone number, kept as E.164; without a country code it is one of the form's country."""

    html_type = "tel"
    inputmode = "tel"
    autocomplete = "tel"
    data: str

    def settle(self) -> None:
        if self.country_is_wrong and not self.data.startswith(("+", "00")):
            return
        self.data = identifiers.normalise_phone(self.data, self.country)

    def show(self, value: Any) -> str:
        return identifiers.show_phone(value)


_POSTCODE = _l("Post code")
_POSTCODE_REQUIRED = [Required(_l("Enter the post code"))]


class PostcodeField(_OfCountry):
    """The post code as the form's country writes it. Required unless `[Optional()]` is given."""

    autocomplete = "postal-code"
    spellcheck = False
    data: str

    def __init__(self, label: Lazy = _POSTCODE, validators: Any = None, **kwargs: Any) -> None:
        if validators is None:
            validators = _POSTCODE_REQUIRED
        kwargs.setdefault("width", "xs")
        super().__init__(label, validators, **kwargs)

    def post_process(self, formdata: Any = None) -> None:
        rules = identifiers.rules_of(self.country)
        if rules:
            self.description = self.description or rules.postcode_hint
            self.inputmode = "numeric" if rules.postcode_digits_only else ""

    def settle(self) -> None:
        if not self.country_is_wrong:
            self.data = identifiers.normalise_postcode(self.country, self.data)
        if len(self.data) > 12:
            raise StopValidation(_("This post code is too long"))


class IdentifierField(_OfCountry):
    """A number of the company's country: words, hint and rule follow the country, and `asked` says whether it has one.

    `company_number` is required unless `[Optional()]` is given, the others are optional by themselves.
    """

    spellcheck = False
    autocomplete = "off"
    data: str

    def __init__(self, number: str = "company_number", validators: Any = None, **kwargs: Any) -> None:
        if validators is None:
            validators = _NUMBER_REQUIRED if number == "company_number" else _NUMBER_OPTIONAL
        kwargs.setdefault("width", "s")
        super().__init__(_l("Company number"), validators, **kwargs)
        self.number = number
        self._own_hint = self.description

    @property
    def rule(self) -> identifiers.NumberRule | None:
        return identifiers.rule_of(self.country, self.number)

    @property
    def asked(self) -> bool:
        """Whether the page shows it: where the country asks for it, and where something stands in it already."""
        rules = identifiers.rules_of(self.country)
        if rules is None:
            return self.number == "company_number"
        return self.number in rules.asked or (self.number in rules.numbers and bool(self.typed))

    def post_process(self, formdata: Any = None) -> None:
        rule = self.rule
        if rule:
            self.label.text = rule.label
            self.description = self._own_hint or rule.hint
            self.inputmode = "numeric" if rule.digits_only else ""

    def pre_validate(self, form: Any) -> None:
        if self.rule is None and identifiers.rules_of(self.country) is not None:
            self.data = self._read = ""  # this country has no such number
            raise StopValidation
        super().pre_validate(form)
        if self.data == "" and self.rule and not self.flags.optional:
            raise StopValidation(self.rule.missing)

    def settle(self) -> None:
        if not self.country_is_wrong:
            self.data = identifiers.normalise_identifier(self.country, self.number, self.data)

    def show(self, value: Any) -> str:
        return identifiers.show_identifier(self.country, self.number, value)


_NUMBER_REQUIRED = [Required(_l("Enter the company's number in the register"))]
_NUMBER_OPTIONAL = [Optional()]
