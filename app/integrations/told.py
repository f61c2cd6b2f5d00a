"""What happened to technical links, packages, products and questions, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import LOCALES, NAMES, _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.integrations.words import LINK_KINDS, PACKAGE_KINDS, PASSED_ON, SELLS, languages, said
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "technical_link.added": _l("Technical link added"),
    "technical_link.changed": _l("Technical link changed"),
    "technical_link.moved": _l("Place in the list changed"),
    "technical_link.removed": _l("Technical link removed"),
    "package.added": _l("Package added"),
    "package.changed": _l("Package changed"),
    "package.text_changed": _l("Texts of the package changed"),
    "package.moved": _l("Place in the list changed"),
    "product.added": _l("Product added"),
    "product.changed": _l("Product changed"),
    "product.archived": _l("Product archived"),
    "product.restored": _l("Product taken out of the archive"),
    "question.asked": _l("Question asked"),
    "question.answered": _l("Message written"),
    "question.closed": _l("Question closed"),
    "question.reopened": _l("Question opened again"),
    "question.expert_named": _l("Expert named"),
}
words.name(VERBS)

FIELDS: Mapping[str, Any] = {
    "name": _l("Its name"),
    "kind": _l("Kind"),
    "website": _l("Website"),
    "url": _l("Address"),
    "titles": _l("Title"),
    "notes": _l("Explanation"),
    "is_public": _l("Shown to everybody"),
    "position": _l("Place in the list"),
    "passes": _l("What it can take"),
    "offered": _l("Can be chosen"),
    "sells": _l("What it is"),
    "languages": _l("Languages of the texts"),
    "summary": _l("In short"),
    "before": _l("Before you begin"),
    "connect": _l("How to connect"),
    "expert": _l("Expert"),
}
"""A change of a field that is not named here is not shown."""

_STATES = {"product.archived", "product.restored", "question.closed", "question.reopened"}
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
            if entry.verb.endswith((".added", ".asked"))
            else [
                (FIELDS[each.field], _value(each.field, each.old), _value(each.field, each.new))
                for each in entry.values
                if each.field in FIELDS
            ],
            entry.verb.endswith((".added", ".asked")) or entry.verb in _STATES,
        )
        for entry in entries
    ]


def _text(entry: HistoryEntry) -> str:
    said = words.of(entry.verb)
    language = next((each.new for each in entry.values if each.field == "language"), None)
    return str(_("%(label)s: %(value)s", label=said, value=NAMES.get(language, language))) if language else said


def _value(field: str, value: Any) -> Any:
    if value is None:
        return ""
    match field:
        case "titles" | "notes":
            return [f"{NAMES[code]}: {value[code]}" for code in LOCALES if value.get(code)]
        case "kind":
            return str(LINK_KINDS.get(value) or PACKAGE_KINDS.get(value) or value)
        case "passes":
            return ", ".join(said(value, PASSED_ON))
        case "sells":
            return ", ".join(said(value, SELLS))
        case "languages":
            return ", ".join(languages(value))
        case "is_public" | "offered":
            return _("Yes") if value else _("No")
    text = str(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
