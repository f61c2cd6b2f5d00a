"""What happened to agreements, marketing, goals and reviews, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.cooperation import words as codes
from app.core.i18n import _l, format_date
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "support_agreement.drafted": _l("Support agreement drafted"),
    "support_agreement.edited": _l("Draft of the support agreement changed"),
    "support_agreement.discarded": _l("Draft of the support agreement thrown away"),
    "support_agreement.proposed": _l("Support agreement proposed"),
    "support_agreement.taken_back": _l("Proposal of the support agreement taken back"),
    "support_agreement.confirmed_by_vendor": _l("Support agreement confirmed by the vendor"),
    "support_agreement.confirmed_by_partner": _l("Support agreement confirmed by the software partner"),
    "support_agreement.in_force": _l("Support agreement in force"),
    "support_agreement.superseded": _l("Support agreement superseded"),
    "support_agreement.team_trained": _l("Support team trained"),
    "marketing_action.added": _l("Marketing action added"),
    "marketing_action.edited": _l("Marketing action changed"),
    "marketing_action.done": _l("Marketing action done"),
    "marketing_action.reopened": _l("Marketing action open again"),
    "marketing_action.cancelled": _l("Marketing action cancelled"),
    "marketing_action.restored": _l("Cancelled marketing action taken up again"),
    "goal.set": _l("Goal set"),
    "goal.withdrawn": _l("Goal withdrawn"),
    "goal.restored": _l("Withdrawn goal set again"),
    "review.planned": _l("Review planned"),
    "review.moved": _l("Review moved"),
    "review.time_agreed": _l("Time of the review agreed"),
    "review.cancelled": _l("Review cancelled"),
    "review.held": _l("Review held"),
    "review.minutes_corrected": _l("Minutes of the review corrected"),
}
words.name(VERBS)

FIELDS: Mapping[str, Any] = {
    "customer_first": _l("End customers ask first"),
    "customer_channel": _l("End customers report by"),
    "customer_contact": _l("Where end customers report"),
    "partner_channel": _l("The software partner reports by"),
    "partner_contact": _l("Where the software partner reports"),
    "answer_hours": _l("Answer within working hours"),
    "training": _l("Training of the support team"),
    "training_on": _l("Day of the training"),
    "trained_on": _l("Training held on"),
    "deviation": _l("Deviation from the standard invoicing process"),
    "remarks": _l("Remarks"),
    "kind": _l("Kind"),
    "title": _l("What is done"),
    "owner": _l("Who does it"),
    "due_on": _l("Due on"),
    "url": _l("Link"),
    "notes": _l("Remarks"),
    "measure": _l("What is counted"),
    "target": _l("Target"),
    "from_on": _l("From"),
    "until_on": _l("Until"),
    "planned_on": _l("Planned on"),
    "held_on": _l("Held on"),
    "when": _l("Time"),
    "experience": _l("Experiences"),
    "quality": _l("Quality of the service"),
    "quality_mark": _l("Mark"),
    "results": _l("Goals and results"),
    "months": _l("Next review after months"),
    "reason": _l("Reason"),
}
_DAYS = ("training_on", "trained_on", "due_on", "from_on", "until_on", "planned_on", "held_on")
_CODES: Mapping[str, Mapping[Any, Any]] = {
    "customer_first": codes.FIRST,
    "customer_channel": codes.CHANNELS,
    "partner_channel": codes.CHANNELS,
    "kind": codes.KINDS,
    "measure": codes.MEASURES,
}
_WHOLE = ("support_agreement.drafted", "marketing_action.added", "goal.set", "review.held")
"""Their values are what the record says itself."""
_STATES = ("support_agreement.in_force", "review.held", "marketing_action.done")


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """Entries in the reader's language, with the names of who acted, in one further query."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            words.of(entry.verb),
            [
                (FIELDS[one.field], shown(one.field, one.old), shown(one.field, one.new))
                for one in entry.values
                if one.field in FIELDS and entry.verb not in _WHOLE
            ],
            entry.verb in _STATES,
        )
        for entry in entries
    ]


def shown(field: str, value: Any) -> Any:
    """A value as a reader sees it."""
    if value in (None, ""):
        return ""
    if field in _DAYS:
        return format_date(value if isinstance(value, date) else date.fromisoformat(value))
    return _CODES[field].get(value, value) if field in _CODES else value
