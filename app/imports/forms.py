"""The form with which a file is sent."""

from __future__ import annotations

import secrets
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms.validators import StopValidation

from app.core.files import FileRefused, Received
from app.core.forms import BaseForm, Control, HiddenField, Required
from app.core.i18n import _l
from app.imports.importer import Importer
from app.imports.reading import receive, together


class TableField(Control):
    """A file to be imported; of documents, several at once. `data` is a `Received` once the form is valid."""

    kind = "file"
    html_type = "file"
    data: Any
    importer: Importer

    def process_data(self, value: Any) -> None:
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = [value for value in valuelist if isinstance(value, FileStorage) and value.filename]

    def settle(self) -> None:
        if not self.data:
            return  # for Required to say
        try:
            sent = self.data if self.importer.documents else self.data[:1]
            self.data = together([receive(each, self.importer) for each in sent])
        except FileRefused as error:
            raise StopValidation(error.message) from error

    @property
    def typed(self) -> str:
        return ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        accept = ".csv,.txt,.xlsx" + (",.xml,.zip" if self.importer.documents else "")
        attributes = super().html_attributes(more) | {"accept": accept, "value": None}
        return attributes | ({"multiple": True} if self.importer.documents else {})


class SendForm(BaseForm):
    """One file for one list."""

    file = TableField(_l("File"), [Required(_l("Choose a file"))])
    key = HiddenField()

    @classmethod
    def of(cls, importer: Importer) -> SendForm:
        form = cls(data={"key": secrets.token_hex(16)})
        form.file.importer = importer
        return form

    def to_details(self) -> Received:
        received: Received = self.file.data
        return received

    @property
    def once(self) -> str:
        """By which the same form sent twice is known."""
        return (self.key.data or secrets.token_hex(16))[:64]
