"""Editing a lead, for resellers and staff, and asking for the same after conversion."""

from __future__ import annotations

from typing import Any

from app.core.forms import HiddenField, NoteField, Optional
from app.core.i18n import _l
from app.customers.models import COMPANY_FIELDS, Account
from app.leads.forms.company import CompanyForm, service_choices
from app.leads.models import Lead
from app.leads.service.details import LeadDetails


class _Why(NoteField):
    """Asked where the form sends a request."""

    asked = True


class LeadForm(CompanyForm):
    """The whole lead. `version` is the one it was filled from."""

    version = HiddenField()
    note = _Why(_l("Why it should change"), [Optional()], hint=_l("It helps us to decide."))

    @classmethod
    def of(cls, record: Lead | Account, version: int) -> LeadForm:
        """Filled from a lead or account whose services and shops are loaded."""
        data: dict[str, Any] = {field: getattr(record, field) for field in COMPANY_FIELDS}
        data["services"] = [held.service.code for held in record.credited_services]
        data["shops"] = [{"url": shop.url, "platform": shop.platform} for shop in record.shops]
        data["version"] = str(version)
        form = cls(data=data)
        if "note" in form:
            form.note.asked = isinstance(record, Account)  # a reason goes with a request, not with an edit
        offered = service_choices()
        known = {line[0] for line in offered}
        # A service that is no longer offered stays, and can be unticked.
        retired = [held.service for held in record.credited_services if held.service.code not in known]
        form.services.choices = [*offered, *((service.code, service.name, service.hint) for service in retired)]
        return form

    def to_details(self) -> LeadDetails:
        return LeadDetails(**self.company, **self.wanted)
