"""The form with which an integration is taken out of the directory."""

from __future__ import annotations

from app.core.forms import BaseForm, HiddenField, NoteField, Required
from app.core.i18n import _l


class WithdrawalForm(BaseForm):
    version = HiddenField()
    reason = NoteField(
        _l("Reason"),
        [Required(_l("Enter the reason"))],
        limit=1_000,
        rows=3,
        hint=_l("It stays in the history. The software partner does not see it."),
    )
