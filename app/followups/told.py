"""Service partners and their assignments in the history, in words."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from app.core.i18n import _, _l, format_date
from app.followups.models import AssignmentState, PartnerState
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.leads import story
from app.people.queries import names_of

STATES = {
    PartnerState.ACTIVE: _l("Active"),
    PartnerState.SUSPENDED: _l("Suspended"),
}
ASSIGNMENT_STATES = {
    AssignmentState.ACTIVE: _l("Active"),
    AssignmentState.DECLINED: _l("Not possible for the service partner"),
    AssignmentState.HANDED_BACK: _l("Taken back"),
}

_OF_LEADS = {
    "lead.partner_assigned": _l("A service partner was chosen"),
    "lead.partner_handed_back": _l("The lead was taken back from the service partner"),
    "lead.partner_declined": _l("It was not possible for the service partner"),
}
_OF_PARTNERS = {
    "service_partner.added": _l("Entered as a service partner"),
    "service_partner.edited": _l("Details changed"),
    "service_partner.invited": _l("Invited into the panel"),
    "service_partner.suspended": _l("Suspended"),
    "service_partner.resumed": _l("Resumed"),
    "service_partner.absence_noted": _l("Absence noted"),
    "service_partner.absence_ended": _l("Absence taken back"),
    "service_partner.assigned": _l("A lead was assigned"),
    "service_partner.handed_back": _l("A lead was taken back"),
    "service_partner.declined": _l("Said that a lead is not possible"),
}
words.name({**_OF_LEADS, **_OF_PARTNERS})
story.STAFF_ONLY.update(_OF_LEADS)
story.LABELS.update(
    {
        "partner": _l("Service partner"),
        "partner_wish": _l("Wish of the customer"),
        "partner_suggested": _l("Suggested"),
        "partner_override": _l("Why another one"),
        "partner_why": _l("Reason"),
    }
)

_FIELDS = {
    "name": _l("Name"),
    "email": _l("E-mail address"),
    "phone": _l("Phone"),
    "country": _l("Country of registration"),
    "company_number": _l("Company number"),
    "postcode": _l("Post code"),
    "city": _l("City"),
    "capacity": _l("Companies at most"),
    "served": _l("Customers from before"),
    "from_on": _l("First day"),
    "until_on": _l("Last day"),
}
_DAYS = ("from_on", "until_on")
_NAMED = ("lead", "member", "reason")
"""Values that the entry's sentence ends with."""


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """A service partner's entries in the reader's language, with the names of who acted, in one further query."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            names.get(entry.actor_id, "") if entry.actor_id is not None else str(_("Automatically")),
            _text(entry),
            []
            if entry.verb == "service_partner.added"
            else [
                (_FIELDS[one.field], _shown(one.field, one.old), _shown(one.field, one.new))
                for one in entry.values
                if one.field in _FIELDS
            ],
            entry.verb in ("service_partner.added", "service_partner.suspended", "service_partner.resumed"),
        )
        for entry in entries
    ]


def _shown(field: str, value: Any) -> Any:
    return format_date(date.fromisoformat(value)) if value and field in _DAYS else value


def _text(entry: HistoryEntry) -> str:
    said = words.of(entry.verb)
    about = [str(one.new if one.new is not None else one.old) for one in entry.values if one.field in _NAMED]
    return str(_("%(label)s: %(value)s", label=said, value=", ".join(about))) if about else said
