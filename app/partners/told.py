"""The history of applications and resellers, told in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.core.i18n import _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.partners.models import AccessState, ApplicationState, ResellerState
from app.people.queries import names_of

APPLICATION_STATES = {
    ApplicationState.SUBMITTED: _l("Waits for a decision"),
    ApplicationState.ACCEPTED: _l("Accepted"),
    ApplicationState.REJECTED: _l("Rejected"),
}
RESELLER_STATES = {
    ResellerState.ACTIVE: _l("Active"),
    ResellerState.SUSPENDED: _l("Suspended"),
}
ACCESS_STATES = {
    AccessState.ASKED: _l("Asked for"),
    AccessState.GRANTED: _l("Granted"),
    AccessState.DELIVERED: _l("Delivered"),
    AccessState.WITHDRAWN: _l("Withdrawn"),
}

_VERBS = {
    "application.submitted": _l("The application arrived"),
    "application.taken_in": _l("Entered from a file"),
    "application.accepted": _l("Accepted"),
    "application.rejected": _l("Rejected"),
    "application.reopened": _l("Reopened"),
    "application.cleared": _l("Found to be genuine"),
    "application.link_renewed": _l("A new private link was sent"),
    "reseller.accepted": _l("Became a reseller"),
    "reseller.taken_in": _l("Taken in from a file"),
    "reseller.corrected": _l("Corrected from a file"),
    "reseller.invited": _l("Invited into the panel"),
    "reseller.terms_accepted": _l("Terms accepted in the panel"),
    "reseller.terms_filed": _l("Acceptance of the terms filed"),
    "reseller.link_rotated": _l("A new personal link was made"),
    "reseller.link_withdrawn": _l("A personal link was withdrawn"),
    "reseller.links_imported": _l("Addresses in circulation were imported"),
    "reseller.access_asked": _l("Access asked for"),
    "reseller.access_granted": _l("Access granted"),
    "reseller.access_delivered": _l("Access delivered"),
    "reseller.access_withdrawn": _l("Access withdrawn"),
    "reseller.access_closed": _l("Access closed in the system itself"),
    "reseller.suspended": _l("Suspended"),
    "reseller.resumed": _l("Resumed"),
}
words.name(_VERBS)
words.name(
    {
        "system.added": _l("System added"),
        "system.changed": _l("System changed"),
        "welcome.added": _l("Added to the welcome package"),
        "welcome.removed": _l("Removed from the welcome package"),
    }
)
_NAMED = ("reason", "link", "links", "terms", "system", "member", "name", "contact_name", "city")
"""Values that the entry's sentence ends with."""
_MILESTONES = {
    "application.accepted",
    "application.rejected",
    "application.reopened",
    "reseller.accepted",
    "reseller.taken_in",
    "reseller.suspended",
    "reseller.resumed",
}


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """The entries in the reader's language, with the names of who acted, in one further query."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [Told(entry.at, _who(entry, names), _text(entry), is_state=entry.verb in _MILESTONES) for entry in entries]


def _who(entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.actor_id is not None:
        return names.get(entry.actor_id, "")
    if entry.actor_kind == "visitor":
        return next((str(value.new) for value in entry.values if value.field == "_by" and value.new), "")
    return str(_("Gangway"))


def _text(entry: HistoryEntry) -> str:
    """What happened, and what it was about: "Access granted: Demo environment"."""
    said = words.of(entry.verb)
    about = [
        _shown(value.new if value.new is not None else value.old) for value in entry.values if value.field in _NAMED
    ]
    return str(_("%(label)s: %(value)s", label=said, value=", ".join(about))) if about else said


def _shown(value: Any) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)
