"""Fields of a document's text."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.carried import number_in
from app.core.forms import BaseForm, HiddenField, NoteField, Required, TextField
from app.core.i18n import _l


@dataclass(frozen=True)
class Words:
    """A text in one language."""

    title: str
    body: str
    row_version: int


class TextForm(BaseForm):
    """A draft's words in one language."""

    title = TextField(_l("Title"), [Required(_l("Enter the title"))], limit=200)
    body = NoteField(
        _l("Text"),
        [Required(_l("Enter the text"))],
        limit=200_000,
        rows=24,
        hint=_l("Markdown: # heading, ## smaller heading, - list, 1. numbered list, **strong**. HTML is not possible."),
    )
    row_version = HiddenField()

    def to_details(self) -> Words:
        return Words(self.title.data, self.body.data, number_in(self.row_version.data))


class VersionForm(BaseForm):
    """A button that changes a version, and the state in which the person saw it."""

    row_version = HiddenField()

    def to_details(self) -> int:
        return number_in(self.row_version.data)
