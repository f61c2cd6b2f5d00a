"""The history of the settings in words."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.core.i18n import NAMES, _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.people.queries import names_of
from app.settings import processes
from app.settings.processes import Process

LABELS: dict[str, Any] = {
    "name": _l("Name of the company"),
    "short_name": _l("Name beside the mark"),
    "country": _l("Country"),
    "footer": _l("Legal line"),
    "footer_PL": _l("Legal line in Poland"),
    "footer_NL": _l("Legal line in the Netherlands"),
    "footer_BE": _l("Legal line in Belgium"),
    "footer_FI": _l("Legal line in Finland"),
    "footer_FR": _l("Legal line in France"),
    "contact_email": _l("Contact address"),
    "sender_email": _l("Return address"),
    "default_locale": _l("Default language"),
    "timezone": _l("Time zone"),
    "accent": _l("Accent colour"),
    "logo": _l("Logo"),
    "process": _l("Process"),
    "decision_days": _l("Days to decide on an application"),
    "decision_usual_days": _l("Days it usually takes"),
    "lead_answer_workdays": _l("Working days to answer a lead"),
    "convert_workdays": _l("Working days from acceptance to account"),
    "protection_days": _l("Days for which an accepted lead is protected"),
    "daily_flag": _l("Registrations a day"),
    "support_email": _l("E-mail address of your support"),
    "support_phone": _l("Phone number of your support"),
    "support_url": _l("Website of your support"),
    "office_from": _l("People answer from"),
    "office_until": _l("People answer until"),
    "reminder_hour": _l("Hour from which reminders are mailed"),
}


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """The entries in the reader's language, with the names of who acted, in one further query."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            names.get(entry.actor_id or 0, "") or _("Automatically"),
            words.of(entry.verb),
            [
                (LABELS[value.field], _shown(value.field, value.old), _shown(value.field, value.new))
                for value in entry.values
                if value.field in LABELS
            ],
        )
        for entry in entries
    ]


def _shown(field: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    match field:
        case "logo":
            return _("A picture")
        case "default_locale":
            return NAMES.get(value, value)
        case "process":
            return processes.NAMES[Process(value)] if value in set(Process) else value
    return str(value)
