"""The kinds of field: each settles what was typed, says in a sentence what is wrong, and shows what was typed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import date
from typing import Any

from markupsafe import Markup, escape
from wtforms import Field
from wtforms.fields.core import Flags, Label
from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.forms.base import Optional, Required
from app.core.i18n import _, _l, format_number, ngettext
from app.core.identifiers import Invalid, InvalidText, Lazy

NOTE_LIMIT = 10_000


def attributes(pairs: Mapping[str, Any]) -> str:
    """HTML attributes; None and False leave one out, True stands alone. `class_` and `aria_label` read as in HTML."""
    said = []
    for name, value in pairs.items():
        if value is None or value is False:
            continue
        if "_" in name:
            name = name.rstrip("_").replace("_", "-")
        if value is True:
            said.append(f" {name}")
        else:
            # Most values are plain words, and asking whether they are is cheaper than escaping them.
            said.append(f' {name}="{value if type(value) is str and value.isalnum() else escape(value)}"')
    return "".join(said)


class Control(Field):
    """What all fields share. `typed` is what the control shows: what was typed, else the stored value.

    A stored value is shown as people write it. Rules run in `settle`, after the whole form has been read.
    """

    kind = "text"
    html_type = "text"
    inputmode = ""
    autocomplete = ""
    spellcheck: bool | None = None
    data: Any
    _form: Any

    def __init__(
        self,
        label: Lazy = "",
        validators: Any = None,
        *,
        hint: Lazy = "",
        description: Lazy = "",
        width: str = "",
        autocomplete: str | None = None,
        inputmode: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, description=hint or description, **kwargs)
        self.width = width
        if autocomplete is not None:
            self.autocomplete = autocomplete
        if inputmode is not None:
            self.inputmode = inputmode
        self._typed: str | None = None
        self._read: Any = None

    def copy_for(self, form: Any, name: str, id_: str) -> Any:
        """This field for another form: all that a request may change is its own, the rest is shared."""
        field: Any = object.__new__(type(self))
        field.__dict__.update(self.__dict__)
        field._form = form
        field.meta = form.meta if form is not None else None
        field.name, field.id = name, id_
        field.label = Label(id_, self.label.text)
        field.flags = Flags()
        field.flags.__dict__.update(self.flags.__dict__)
        field.errors = ()
        field.render_kw = dict(self.render_kw) if self.render_kw else None
        return field

    def process_data(self, value: Any) -> None:
        self.data = "" if value is None else value

    def process_formdata(self, valuelist: list[Any]) -> None:
        typed = valuelist[0] if valuelist and isinstance(valuelist[0], str) else ""
        self._typed = typed
        try:
            self.read(typed)
        finally:
            self._read = self.data

    def read(self, typed: str) -> None:
        """Takes what was typed into `data`. Raises ValueError with the message."""
        try:
            self.data = self._typed = identifiers.clean_line(typed)
        except InvalidText as error:
            self.data = self._typed = error.cleaned
            raise ValueError(error.message) from error

    def pre_validate(self, form: Any) -> None:
        if self.errors:
            raise StopValidation  # unreadable: one message is enough
        if self.data != "" and self.data is not None:
            try:
                self.settle()
            except Invalid as error:
                raise StopValidation(error.message) from error
            self._read = self.data

    def settle(self) -> None:
        """Makes `data` canonical. Raises Invalid or StopValidation."""

    def show(self, value: Any) -> str:
        """A stored value as it stands in the control."""
        return str(value)

    @property
    def typed(self) -> str:
        """What was typed, unless a door has set `data` to something else since: then that."""
        if self._typed is not None and self.data == self._read:
            return self._typed
        return "" if self.data is None or self.data == "" else self.show(self.data)

    def _value(self) -> str:
        return self.typed

    def __call__(self, **kwargs: Any) -> Markup:
        """The bare control. Safe: every value is escaped by `attributes`."""
        return Markup(f"<input{attributes(self.html_attributes(kwargs))}>")  # noqa: S704 - escaped one by one

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "type": self.html_type,
            "value": self.typed or None,
            "autocomplete": self.autocomplete or None,
            "inputmode": self.inputmode or None,
            "spellcheck": None if self.spellcheck is None else ("true" if self.spellcheck else "false"),
            **(self.render_kw or {}),
            **more,
        }


class TextField(Control):
    """One line of text, at most `limit` characters."""

    data: str

    def __init__(self, label: Lazy = "", validators: Any = None, *, limit: int = 200, **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.limit = limit

    def settle(self) -> None:
        if len(self.data) > self.limit:
            raise StopValidation(self.too_long(len(self.data)))

    def too_long(self, count: int) -> str:
        return ngettext(
            "%(label)s: this is %(typed)s character long; at most %(limit)s fit",
            "%(label)s: this is %(typed)s characters long; at most %(limit)s fit",
            count,
            label=self.label.text,
            typed=_number(count),
            limit=_number(self.limit),
        )


class NoteField(TextField):
    """Several lines of text, at most 10,000 characters unless `limit` says otherwise."""

    kind = "textarea"

    def __init__(
        self, label: Lazy = "", validators: Any = None, *, limit: int = NOTE_LIMIT, rows: int = 3, **kwargs: Any
    ) -> None:
        super().__init__(label, validators, limit=limit, **kwargs)
        self.rows = rows

    def read(self, typed: str) -> None:
        try:
            self.data = self._typed = identifiers.clean_text(typed)
        except InvalidText as error:
            self.data = self._typed = error.cleaned
            raise ValueError(error.message) from error

    def too_long(self, count: int) -> str:
        return ngettext(
            "The note is %(typed)s character long; at most %(limit)s fit",
            "The note is %(typed)s characters long; at most %(limit)s fit",
            count,
            typed=_number(count),
            limit=_number(self.limit),
        )

    def __call__(self, **kwargs: Any) -> Markup:
        pairs = {"rows": self.rows} | self.html_attributes(kwargs) | {"type": None, "value": None}
        # A newline after the tag is not part of the text, so that a text may begin with one.
        return Markup(f"<textarea{attributes(pairs)}>\n{escape(self.typed)}</textarea>")  # noqa: S704 - escaped


class HiddenField(Control):
    """A value the page carries along. What cannot be stored is dropped without a word: nobody typed it."""

    kind = "hidden"
    html_type = "hidden"
    data: str

    def read(self, typed: str) -> None:
        try:
            self.data = identifiers.clean_line(typed)[:200]
        except InvalidText as error:
            self.data = error.cleaned[:200]
        self._typed = self.data


class PasswordField(Control):
    """A secret: never shown again, its blanks kept, spelled one way (NFKC) so that every keyboard types the same."""

    kind = "password"
    html_type = "password"
    spellcheck = False
    autocomplete = "current-password"
    limit = 256
    data: str

    def read(self, typed: str) -> None:
        # Lone surrogates cannot be hashed; they come from a broken sender and never from a keyboard.
        self.data = unicodedata.normalize("NFKC", typed).encode("utf-8", "replace").decode()

    def settle(self) -> None:
        if len(self.data) > self.limit:
            raise StopValidation(_("This password is too long: at most 256 characters are possible"))

    @property
    def typed(self) -> str:
        return ""


class EmailField(Control):
    """An e-mail address that our mailer can reach, its domain in ASCII."""

    html_type = "email"
    inputmode = "email"
    autocomplete = "email"
    spellcheck = False
    data: str

    def settle(self) -> None:
        self.data = identifiers.normalise_email(self.data)


class UrlField(Control):
    """The address of a website; https:// is added when missing."""

    # type=url would have browsers ask for the scheme that we add.
    inputmode = "url"
    autocomplete = "url"
    spellcheck = False
    data: str

    def settle(self) -> None:
        self.data = identifiers.normalise_website(self.data)


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


class TickField(Control):
    """A single box to tick."""

    kind = "tick"
    html_type = "checkbox"
    data: bool

    def process_data(self, value: Any) -> None:
        self.data = bool(value)

    def read(self, typed: str) -> None:
        self.data = typed.casefold() not in ("", "0", "false", "off")

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return super().html_attributes(more) | {"value": "y", "checked": self.data is True}


class IntegerField(Control):
    """A whole number, with blanks between thousands forgiven; None when empty."""

    inputmode = "numeric"
    data: int | None

    def __init__(
        self,
        label: Lazy = "",
        validators: Any = None,
        *,
        least: int = 0,
        most: int = 1_000_000_000,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("width", "xs")
        super().__init__(label, validators, **kwargs)
        self.least, self.most = least, most

    def process_data(self, value: Any) -> None:
        self.data = value

    def read(self, typed: str) -> None:
        self.data = None
        super().read(typed)
        digits = re.sub(r"\s+", "", identifiers.plain_digits(self._typed or "")).replace("\u2212", "-")
        self.data = None
        if digits and not re.fullmatch("[+-]?[0-9]{1,18}", digits):
            raise ValueError(_("Enter a whole number, in digits only"))
        self.data = int(digits) if digits else None

    def settle(self) -> None:
        if self.data is not None and not self.least <= self.data <= self.most:
            raise StopValidation(
                _(
                    "Enter a number from %(least)s to %(most)s",
                    least=_number(self.least),
                    most=_number(self.most),
                )
            )


_DATE_SHAPES = (
    re.compile(r"(?P<y>[0-9]{4})-(?P<m>[0-9]{1,2})-(?P<d>[0-9]{1,2})"),
    re.compile(r"(?P<d>[0-9]{1,2})\s*[./\- ]\s*(?P<m>[0-9]{1,2})\s*[./\- ]\s*(?P<y>[0-9]{4})"),
)


class DateField(Control):
    """A day, None when empty: as browsers send it (2026-03-09) or as people type it (9.3.2026, 09-03-2026)."""

    kind = "date"
    data: date | None

    def __init__(self, label: Lazy = "", validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("width", "s")
        super().__init__(label, validators, **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = value

    def read(self, typed: str) -> None:
        self.data = None
        super().read(typed)
        text = identifiers.plain_digits(self._typed or "").strip(" .")
        self.data = None
        if not text:
            return
        found = next((match for shape in _DATE_SHAPES if (match := shape.fullmatch(text))), None)
        if found is None:
            raise ValueError(_("Enter the date as day, month and year, for example 27.3.2026"))
        try:
            day = date(int(found["y"]), int(found["m"]), int(found["d"]))
        except ValueError as error:
            raise ValueError(_("This day does not exist. Check the date.")) from error
        if not 1900 <= day.year <= 2199:
            raise ValueError(_("Check the year of the date"))
        self.data = day
        self._typed = day.isoformat()

    def show(self, value: Any) -> str:
        return str(value.isoformat())

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        # A browser's date control cannot show what is not a date: then it is plain text, so that nothing is lost.
        plain = bool(self.typed) and self.data is None
        return super().html_attributes(more) | {"type": "text" if plain else "date"}


def _number(value: int) -> str:
    return format_number(value)
