"""What all kinds of field share: how typed text is read, settled and shown again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape
from wtforms import Field
from wtforms.fields.core import Flags, Label
from wtforms.validators import StopValidation

from app.core import identifiers
from app.core.identifiers import Invalid, InvalidText, Lazy


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
