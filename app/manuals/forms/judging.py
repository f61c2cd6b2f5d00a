"""Fields with which staff judge an intake."""

from __future__ import annotations

from app.core.forms import BaseForm, HiddenField, NoteField, Required
from app.core.i18n import _l


class ReturnForm(BaseForm):
    """A section goes back."""

    comment = NoteField(
        _l("What is to be changed"),
        [Required(_l("Write what is to be changed."))],
        limit=2000,
        rows=3,
        hint=_l("The software partner reads it beside the section, and in a mail."),
    )
    section = HiddenField()


class AcceptForm(BaseForm):
    """The intake is good."""

    version = HiddenField()
