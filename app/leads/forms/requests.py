"""Notes, withdrawing, and asking for a further service or shop."""

from __future__ import annotations

from app.core.forms import BaseForm, NoteField, Optional, Required
from app.core.i18n import _l
from app.leads.forms.company import WantedForm
from app.leads.service.details import Shop


class NoteForm(BaseForm):
    """A note from the reseller."""

    note = NoteField(_l("Add a note"), [Required(_l("Write the note first"))])

    def to_details(self) -> str:
        return str(self.note.data)


class WithdrawForm(BaseForm):
    """Why the client is not going ahead."""

    reason = NoteField(_l("Reason"), [Optional()], limit=2000, hint=_l("Our staff read it too."))

    def to_details(self) -> str:
        return str(self.reason.data)


class AdditionForm(WantedForm):
    """Further services and shops."""

    note = NoteField(_l("Note"), [Optional()])

    def to_details(self) -> tuple[tuple[str, ...], tuple[Shop, ...], str]:
        wanted = self.wanted
        return wanted["services"], wanted["shops"], str(self.note.data)
