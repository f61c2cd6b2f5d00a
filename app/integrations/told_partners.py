"""What happened to software partners and their registrations, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.core.i18n import _, _l, country_name, format_date
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "partner_registration.submitted": _l("A software company registered"),
    "partner_registration.released": _l("A registration was found genuine"),
    "partner_registration.dropped": _l("A registration that was set apart was removed"),
    "partner_registration.confirmed": _l("A registration was confirmed"),
    "software_partner.registered": _l("Became a software partner"),
    "software_partner.plan_started": _l("The plan of the seven steps was started"),
    "software_partner.edited": _l("Details changed"),
    "software_partner.manager_named": _l("Somebody else looks after the software partner"),
    "software_partner.introduction_booked": _l("Introduction booked"),
    "software_partner.introduction_moved": _l("Introduction moved"),
    "software_partner.introduction_let_go": _l("Introduction let go"),
    "software_partner.introduction_called_off": _l("Introduction called off"),
    "software_partner.ended": _l("The cooperation ended"),
    "software_partner.reopened": _l("The cooperation was taken up again"),
    "introduction_slot.offered": _l("A time for an introduction was offered"),
    "introduction_slot.taken": _l("A time for an introduction was taken"),
    "introduction_slot.free": _l("A time for an introduction is free again"),
    "introduction_slot.withdrawn": _l("A time for an introduction was withdrawn"),
}
words.name(VERBS)

_FIELDS: Mapping[str, Any] = {
    "company_name": _l("Company name"),
    "country": _l("Country"),
    "website": _l("Website"),
    "manager": _l("Looks after it"),
    "reason": _l("Reason"),
    "when": _l("Time"),
}
_TOLD_WHOLE = ("software_partner.registered", "software_partner.introduction_booked")
"""Verbs whose values stand in the sentence, or need no telling."""
_STATES = ("software_partner.registered", "software_partner.ended", "software_partner.reopened")


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """A software partner's entries in the reader's language, with the names of who acted, in one further query."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            _text(entry),
            [
                (_FIELDS[one.field], _shown(one.field, one.old), _shown(one.field, one.new))
                for one in entry.values
                if one.field in _FIELDS and entry.verb not in _TOLD_WHOLE
            ],
            entry.verb in _STATES,
        )
        for entry in entries
    ]


def _text(entry: HistoryEntry) -> str:
    said = words.of(entry.verb)
    if entry.verb != "software_partner.introduction_booked":
        return said
    when = next((one.new for one in entry.values if one.field == "when"), None)
    return str(_("%(label)s: %(value)s", label=said, value=_shown("when", when))) if when else said


def _shown(field: str, value: Any) -> Any:
    if not value:
        return ""
    if field == "country":
        return country_name(value)
    if field != "when":
        return value
    day, _space, clock = str(value).partition(" ")
    return f"{format_date(date.fromisoformat(day))}, {clock}"
