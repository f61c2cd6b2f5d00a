"""The field of a form in which a file is chosen."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from werkzeug.datastructures import FileStorage
from wtforms.validators import StopValidation

from app.core.files.received import ENDINGS, FileRefused, receive
from app.core.forms import Control
from app.core.identifiers import Lazy


class FileField(Control):
    """A file to choose. `data` is a `Received` once the form is valid, None when nothing was chosen.

    A browser cannot be given the file back: on an error the person chooses it again, and the hint says so.
    """

    kind = "file"
    html_type = "file"
    data: Any

    def __init__(self, label: Lazy = "", validators: Any = None, *, allowed: Collection[str], **kwargs: Any) -> None:
        super().__init__(label, validators, **kwargs)
        self.allowed = allowed

    def process_data(self, value: Any) -> None:
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = next((value for value in valuelist if isinstance(value, FileStorage) and value.filename), None)
        self.data = sent

    def settle(self) -> None:
        try:
            self.data = receive(self.data, self.allowed)
        except FileRefused as error:
            raise StopValidation(error.message) from error

    @property
    def typed(self) -> str:
        return ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        accept = ",".join(sorted(ENDINGS[kind] for kind in self.allowed))
        return super().html_attributes(more) | {"accept": accept, "value": None}
