"""The forms of a whole playbook: a new one, putting a draft in force, a file."""

from __future__ import annotations

from typing import Any

from app.core.carried import number_in
from app.core.forms import BaseForm, ChoiceField, Control, HiddenField, NoteField, Optional, Required, TextField
from app.core.i18n import _l
from app.playbooks import words
from app.playbooks.forms.thing import TITLE, choices, plain
from app.playbooks.service import NewPlaybook


class NewForm(BaseForm):
    """A playbook that begins empty."""

    title = TITLE
    code = TextField(
        _l("Code"),
        [Required(_l("Enter the code"))],
        limit=60,
        width="m",
        description=_l("Small letters, digits and hyphens. Files know the playbook by it; it never changes."),
    )
    audience = ChoiceField(_l("For whom"), choices=choices(words.AUDIENCES), width="m")

    def to_details(self) -> NewPlaybook:
        return NewPlaybook(self.code.data, self.audience.data, plain(self.title))


class PublishForm(BaseForm):
    """Putting a draft in force, as it was seen."""

    row_version = HiddenField()
    note = NoteField(
        _l("What is new in it?"),
        [Optional()],
        limit=500,
        description=_l("For colleagues who decide whether a running plan takes it over."),
    )

    def to_details(self) -> tuple[int, str]:
        return number_in(self.row_version.data), self.note.data


class StateForm(BaseForm):
    """A button that changes a draft, and the state in which the person saw it."""

    row_version = HiddenField()

    def to_details(self) -> int:
        return number_in(self.row_version.data)


class YamlField(Control):
    """A YAML file. `data` is its name and its bytes, no more of them than it takes to say that there are too many."""

    kind = "file"
    html_type = "file"
    data: Any

    def process_data(self, value: Any) -> None:
        self.data = None

    def process_formdata(self, valuelist: list[Any]) -> None:
        sent = next((one for one in valuelist if getattr(one, "filename", "")), None)
        self.data = None if sent is None else (sent.filename.rpartition("/")[2][:120], sent.stream.read())

    @property
    def typed(self) -> str:
        return ""

    def html_attributes(self, more: dict[str, Any]) -> dict[str, Any]:
        return super().html_attributes(more) | {"accept": ".yaml,.yml", "value": None}


class ImportForm(BaseForm):
    """A file from another installation, or written by hand."""

    file = YamlField(
        _l("File"),
        [Required(_l("Choose a file"))],
        description=_l("YAML, at most 1 MB. It becomes a draft; what is in force stays in force."),
    )

    def to_details(self) -> tuple[str, bytes]:
        name, content = self.file.data
        return name, content
