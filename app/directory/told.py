"""What happened to categories and questions of the directory, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import LOCALES, NAMES, _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "directory_category.begun": _l("First changed at the desk"),
    "directory_category.text_changed": _l("Texts of the category changed"),
    "directory_category.hostname_changed": _l("Hostname of the category changed"),
    "faq.added": _l("Question with its answer added"),
    "faq.changed": _l("Question or answer changed"),
    "faq.moved": _l("Place in the list changed"),
    "faq.removed": _l("Question with its answer removed"),
}
words.name(VERBS)

_FIELDS: Mapping[str, Any] = {
    "title": _l("Title"),
    "summary": _l("In short"),
    "body": _l("Text below the list"),
    "hostname": _l("Hostname"),
    "texts": _l("Questions"),
    "position": _l("Place in the list"),
}
_SHOWN = 120
"""Signs of a long text that a history shows."""


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """In the reader's language, with the names of who acted, in one query more."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            _text(entry),
            []
            if entry.verb == "faq.added"
            else [
                (_FIELDS[each.field], _value(each.old), _value(each.new))
                for each in entry.values
                if each.field in _FIELDS
            ],
            entry.verb == "faq.added",
        )
        for entry in entries
    ]


def _text(entry: HistoryEntry) -> str:
    said = words.of(entry.verb)
    language = next((each.new for each in entry.values if each.field == "language"), None)
    return str(_("%(label)s: %(value)s", label=said, value=NAMES.get(language, language))) if language else said


def _value(value: Any) -> Any:
    if isinstance(value, dict):
        return [f"{NAMES[code]}: {_short(value[code].get('question'))}" for code in LOCALES if value.get(code)]
    return _short(value)


def _short(value: Any) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
