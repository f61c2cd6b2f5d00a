"""The kinds of field: each settles what was typed, says in a sentence what is wrong, and shows what was typed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup, escape
from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.days import NotADay, day_in
from app.core.forms.control import Control, attributes
from app.core.i18n import _, format_number, ngettext
from app.core.identifiers import InvalidText, Lazy
from app.core.money import NotAnAmount, amount_in
from app.core.money import typed as as_typed

NOTE_LIMIT = 10_000


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
            typed=format_number(count),
            limit=format_number(self.limit),
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
            typed=format_number(count),
            limit=format_number(self.limit),
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
                    least=format_number(self.least),
                    most=format_number(self.most),
                )
            )


class AmountField(Control):
    """An amount of money with two decimals, as people write it (`1 234,50`, `1,234.50`); None when empty."""

    inputmode = "decimal"
    autocomplete = "off"
    data: Decimal | None

    def __init__(
        self, label: Lazy = "", validators: Any = None, *, least: Decimal | None = Decimal(0), **kwargs: Any
    ) -> None:
        kwargs.setdefault("width", "s")
        super().__init__(label, validators, **kwargs)
        self.least = least

    def process_data(self, value: Any) -> None:
        self.data = value

    def read(self, typed: str) -> None:
        self.data = None
        super().read(typed)
        text = identifiers.plain_digits(self._typed or "")
        self.data = None
        if not text:
            return
        try:
            self.data = amount_in(text)
        except NotAnAmount as error:
            raise ValueError(
                _("Enter an amount with its decimals, for example %(example)s", example=as_typed(Decimal(1234)))
            ) from error

    def settle(self) -> None:
        if self.data is not None and self.least is not None and self.data < self.least:
            raise StopValidation(_("Enter an amount of at least %(least)s", least=as_typed(self.least)))

    def show(self, value: Any) -> str:
        return as_typed(value)


class RateField(Control):
    """A VAT rate in per cent (`23`, `25,5 %`), at most 100; None when empty: no VAT is charged."""

    inputmode = "decimal"
    autocomplete = "off"
    data: Decimal | None

    def __init__(self, label: Lazy = "", validators: Any = None, **kwargs: Any) -> None:
        kwargs.setdefault("width", "xs")
        super().__init__(label, validators, **kwargs)

    def process_data(self, value: Any) -> None:
        self.data = value

    def read(self, typed: str) -> None:
        self.data = None
        super().read(typed)
        text = identifiers.plain_digits(self._typed or "").replace("%", "").strip()
        self.data = None
        if not text:
            return
        if not re.fullmatch(r"[0-9]{1,3}([.,][0-9]{1,2})?", text) or Decimal(text.replace(",", ".")) > 100:
            raise ValueError(_("Enter the rate in per cent, from 0 to 100, for example 23"))
        self.data = Decimal(text.replace(",", "."))

    def show(self, value: Any) -> str:
        return str(int(value)) if value == value.to_integral_value() else as_typed(value)


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
        self.data = None
        if not (self._typed or "").strip(" ."):
            return
        try:
            day = day_in(self._typed or "")
        except NotADay as error:
            raise ValueError(error.message) from error
        self.data = day
        self._typed = day.isoformat()

    def show(self, value: Any) -> str:
        return str(value.isoformat())

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        # A browser's date control cannot show what is not a date: then it is plain text, so that nothing is lost.
        plain = bool(self.typed) and self.data is None
        return super().html_attributes(more) | {"type": "text" if plain else "date"}
