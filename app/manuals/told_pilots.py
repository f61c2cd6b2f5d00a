"""Pilots in words: how one stands, what came of it, and its history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.core.i18n import _, _l, format_date
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.manuals.models import Pilot, PilotVerdict
from app.people.queries import names_of

VERDICTS: Mapping[str, Any] = {
    PilotVerdict.SUCCEEDED: _l("Successful"),
    PilotVerdict.FAILED: _l("Not successful"),
    PilotVerdict.CANCELLED: _l("Cancelled"),
}
VERDICT_GLYPHS: Mapping[str, tuple[str, str]] = {
    PilotVerdict.SUCCEEDED: ("done", "done"),
    PilotVerdict.FAILED: ("no", ""),
    PilotVerdict.CANCELLED: ("no", "done"),
}
"""Sign and tone."""

words.name(
    {
        "pilot.started": _l("Pilot started"),
        "pilot.verdict": _l("Verdict of the pilot"),
        "pilot.end_moved": _l("Day of the verdict moved"),
        "pilot.moved_with_merge": _l("Moved with a merge of accounts"),
    }
)

LABELS: Mapping[str, Any] = {
    "company": _l("Customer"),
    "starts_on": _l("Begins on"),
    "ends_on": _l("Verdict expected on"),
    "verdict": _l("Verdict"),
    "verdict_on": _l("Day of the verdict"),
    "why": _l("Reason"),
    "plan": _l("Plan"),
    "account": _l("Account"),
}


def said(pilot: Pilot, today: date) -> tuple[str, str, str]:
    """Sign, words and tone for a list."""
    if pilot.verdict is not None:
        glyph, tone = VERDICT_GLYPHS[pilot.verdict]
        return glyph, str(VERDICTS[pilot.verdict]), tone
    if pilot.starts_on > today:
        return "open", _("Begins on %(date)s", date=format_date(pilot.starts_on)), ""
    if pilot.ends_on is not None and pilot.ends_on <= today:
        return "flag", _("Waits for the verdict"), "act"
    return "wait", _("Running"), ""


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """In the reader's language."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            words.of(entry.verb),
            []
            if entry.verb == "pilot.started"  # the page says it
            else [
                (LABELS[value.field], _value(value.field, value.old), _value(value.field, value.new))
                for value in entry.values
                if value.field in LABELS
            ],
            entry.verb in ("pilot.started", "pilot.verdict"),
        )
        for entry in entries
    ]


def _value(field: str, value: Any) -> Any:
    if value is None:
        return ""
    if field == "verdict":
        return str(VERDICTS.get(value, value))
    if field.endswith("_on"):
        return format_date(date.fromisoformat(value))
    return value
