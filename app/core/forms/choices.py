"""Fields in which one chooses: from a select, from radio buttons, from a list of boxes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import count
from typing import Any

from markupsafe import Markup, escape
from wtforms.fields.core import Label
from wtforms.validators import StopValidation

from app.core.forms.base import Required
from app.core.forms.control import Control, attributes
from app.core.i18n import _l, country_name
from app.core.identifiers import COUNTRIES, Lazy

Choices = Iterable[tuple[Any, ...]]  # (value, label) or (value, label, hint); a value may be an enum's member


@dataclass(frozen=True)
class Option:
    """One line to choose. Components read `data`, `label.text`, `hint` and `checked`."""

    id: str
    data: str
    label: Label
    hint: Lazy
    checked: bool


_UNKNOWN = _l("Choose one of the options in the list")
_NONE_YET = _l("Choose")
_COUNTRY = _l("Country of registration")
_COUNTRY_REQUIRED = [Required(_l("Choose the country"))]
_COUNTRY_UNKNOWN = _l("Choose one of the countries in the list")


class ChoiceField(Control):
    """One of several, as a select. `empty` is the first line that means "none yet"; `coerce=SomeEnum` gives members.

    `choices` is a sequence or a callable, asked once for each form.
    """

    kind = "select"

    def __init__(
        self,
        label: Lazy = "",
        validators: Any = None,
        *,
        choices: Choices | Callable[[], Choices] = (),
        empty: Lazy | None = None,
        coerce: Callable[[str], Any] | None = None,
        unknown: Lazy = _UNKNOWN,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self._choices = choices
        self._lines: list[tuple[str, Lazy, Lazy]] | None = None
        self.empty = empty
        self.coerce = coerce
        self.unknown = unknown

    @property
    def given(self) -> Any:
        """The choices as the form was given them: a sequence, or what is asked for them once a request."""
        return self._choices

    @property
    def choices(self) -> list[tuple[str, Lazy, Lazy]]:
        """Value, label and hint of each."""
        if self._lines is None:
            given = self._choices() if callable(self._choices) else self._choices
            self._lines = [(_code(line[0]), line[1], line[2] if len(line) > 2 else "") for line in given]
        return self._lines

    @choices.setter
    def choices(self, given: Choices) -> None:
        self._choices = given
        self._lines = None

    def settle(self) -> None:
        code = _code(self.data)
        if code not in {line[0] for line in self.choices}:
            raise StopValidation(self.unknown)
        if self.coerce:
            self.data = self.coerce(code)

    def show(self, value: Any) -> str:
        return _code(value)

    @property
    def options(self) -> list[Option]:
        chosen = self.typed
        lines = self.choices
        if self.empty is not None:
            lines = [("", self.empty, ""), *lines]
        elif self.kind == "select" and chosen not in {line[0] for line in lines}:
            # Without an empty line a browser would show the first one as if it had been chosen.
            lines = [("", _NONE_YET, ""), *lines]
            chosen = ""
        return self._options(lines, {chosen})

    def _options(self, lines: list[tuple[str, Lazy, Lazy]], chosen: set[str]) -> list[Option]:
        ids = (f"{self.id}-{place}" for place in count())
        return [
            Option(id_, value, Label(id_, label), hint, value in chosen)
            for id_, (value, label, hint) in zip(ids, lines, strict=False)
        ]

    def __iter__(self) -> Iterator[Option]:
        return iter(self.options)

    def __call__(self, **kwargs: Any) -> Markup:
        pairs = self.html_attributes(kwargs) | {"type": None, "value": None}
        lines = "".join(
            f"<option{attributes({'value': line.data, 'selected': line.checked})}>{escape(line.label.text)}</option>"
            for line in self.options
        )
        return Markup(f"<select{attributes(pairs)}>{lines}</select>")  # noqa: S704 - escaped one by one


class RadioChoice(ChoiceField):
    """One of a few, as radio buttons with the ids `name-0`, `name-1`, ..."""

    kind = "radio"
    html_type = "radio"

    def __call__(self, **kwargs: Any) -> Markup:
        """Plain buttons with their labels; pages use the component, which knows hints."""
        shared = kwargs | {"name": self.name, "type": self.html_type}
        lines = "".join(
            f"<label><input{attributes(shared | {'id': option.id, 'value': option.data, 'checked': option.checked})}>"
            f" {escape(option.label.text)}</label>"
            for option in self.options
        )
        return Markup(lines)  # noqa: S704 - escaped one by one


class MultiChoice(RadioChoice):
    """Any number of several, as boxes to tick; `data` is a list without repeats, in the order of the choices."""

    kind = "checkboxes"
    html_type = "checkbox"

    def process_data(self, value: Any) -> None:
        self.data = list(value or ())

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = list(dict.fromkeys(value for value in valuelist if isinstance(value, str) and value))

    def settle(self) -> None:
        sent = {_code(value) for value in self.data}
        known = [line[0] for line in self.choices]
        if not sent <= set(known):
            # What is not offered (any more) could not be shown and so could not be unticked: it is dropped here.
            self.data = [code for code in known if code in sent]
            raise StopValidation(self.unknown)
        self.data = [self.coerce(code) if self.coerce else code for code in known if code in sent]

    @property
    def options(self) -> list[Option]:
        chosen = {_code(value) for value in self.data}
        return self._options(self.choices, chosen)

    @property
    def typed(self) -> str:
        return ""


class CountryField(ChoiceField):
    """The country of a company, one of those whose numbers we know; required unless `[Optional()]` is given."""

    autocomplete = "country"

    def __init__(
        self,
        label: Lazy = _COUNTRY,
        validators: Any = None,
        *,
        unknown: Lazy = _COUNTRY_UNKNOWN,
        **kwargs: Any,
    ) -> None:
        if validators is None:
            validators = _COUNTRY_REQUIRED
        kwargs.setdefault("choices", country_choices)
        kwargs.setdefault("width", "s")
        super().__init__(label, validators, unknown=unknown, **kwargs)

    def read(self, typed: str) -> None:
        super().read(typed.upper())

    def process_data(self, value: Any) -> None:
        self.data = str(value or "").upper()


def country_choices() -> list[tuple[str, str]]:
    """The countries by their names in the language spoken now."""
    return [(code, country_name(code)) for code in COUNTRIES]


def _code(value: Any) -> str:
    return str(value.value) if isinstance(value, Enum) else str(value)
