"""The registration form behind a personal link (R7)."""

from __future__ import annotations

import hashlib
import secrets

from app.core.forms import HiddenField, NoteField, Optional
from app.core.i18n import _l
from app.core.traps import Traps
from app.leads.forms.company import CompanyForm, WhoTypes
from app.leads.models import TypedBy
from app.leads.service.details import Registration


class RegistrationForm(Traps, WhoTypes, CompanyForm):
    """Field names are a contract: outsiders fill this form too."""

    note = NoteField(_l("Note"), [Optional()])
    submission_key = HiddenField()

    def to_details(self) -> Registration:
        return Registration(
            typed_by=TypedBy(self.typed_by.data),
            note=self.note.data,
            submission_key=_short(self.submission_key.data or new_key()),
            suspicious=self.is_suspicious,
            **self.company,
            **self.wanted,
        )


def new_key() -> str:
    """For a page that is shown for the first time: sent twice with the same content, it is one registration."""
    return secrets.token_hex(16)


def _short(key: str) -> str:
    return key if len(key) <= 64 else hashlib.sha256(key.encode()).hexdigest()
