"""The form with which a software partner shows where it has published its integrations."""

from __future__ import annotations

from app.core.forms import BaseForm, Optional, Required, TextField, UrlField
from app.core.i18n import _l


class ProofForm(BaseForm):
    url = UrlField(_l("Address of the page"), [Required(_l("Enter the address at which it can be seen"))])
    note = TextField(
        _l("Note"), [Optional()], limit=200, hint=_l("For example: in the back office, under Connections.")
    )
