"""What programs send about leads: the fields of people's forms, and filters of the list."""

from __future__ import annotations

from app.core.api import ChangesForm
from app.core.forms import BaseForm, ChoiceField, NoteField, Optional, TextField
from app.core.i18n import LOCALES, NAMES, _l
from app.leads.forms.company import CompanyForm, WhoTypes
from app.leads.forms.edit import LeadForm
from app.leads.forms.registration import new_key
from app.leads.models import LeadState, TypedBy
from app.leads.service.details import Registration


class LeadFilter(ChangesForm):
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in LeadState])
    reseller = TextField(_l("Of the reseller with this reference only"), [Optional()], limit=20)
    q = TextField(_l("Words to look for: company, numbers, contact person, reference"), [Optional()], limit=200)


class LeadRegistration(WhoTypes, CompanyForm):
    """The registration form without what only a page needs."""

    note = NoteField(_l("Note"), [Optional()])
    reseller = TextField(
        _l("Reference of the reseller; only for tokens of the vendor's own staff and services"),
        [Optional()],
        limit=20,
    )
    locale = ChoiceField(
        _l("Language in which the contact person is written to; the country's unless you say"),
        [Optional()],
        choices=[(code, NAMES[code]) for code in LOCALES],
    )

    def to_details(self) -> Registration:
        return Registration(
            typed_by=TypedBy(self.typed_by.data),
            note=self.note.data,
            submission_key=new_key(),
            **self.company,
            **self.wanted,
        )


class LeadEdit(LeadForm):
    """The whole lead; `version` stands in If-Match."""

    note = None  # type: ignore[assignment]  # WTForms: without this field


class LeadConversion(BaseForm):
    into = TextField(
        _l("Reference of the account that the lead joins; a new one is opened unless you say"), [Optional()], limit=20
    )
