"""Manuals and onboarding pages in words: their kinds, how far they are, and their history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import NAMES, _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.manuals.composing import chapter_title
from app.manuals.models import LinkOutcome, PublicationKind, VersionState
from app.people.queries import names_of

KINDS: Mapping[str, Any] = {
    PublicationKind.MANUAL: _l("Manual"),
    PublicationKind.PAGE: _l("Onboarding page"),
}
VERSION_STATES: Mapping[str, Any] = {
    VersionState.SCHEDULED: _l("Scheduled"),
    VersionState.PUBLISHED: _l("Published"),
    VersionState.CANCELLED: _l("Cancelled"),
}
OUTCOMES: Mapping[str, Any] = {
    LinkOutcome.MISSING: _l("There is no such page any more."),
    LinkOutcome.FAILING: _l("The server does not answer, or answers with an error."),
    LinkOutcome.REFUSED: _l("The link leads into a private network, where no reader can follow."),
}
LABELS: Mapping[str, Any] = {
    "number": _l("Version"),
    "live_number": _l("Live version"),
    "languages": _l("Languages"),
    "language": _l("Language"),
    "note": _l("What changed"),
    "publish_at": _l("Moment"),
    "redirect_url": _l("Readers are sent on to"),
    "checked_on": _l("Last checked on"),
    "stage": _l("Stage"),
}
_SHOWN = 400
"""Signs of a chapter that the history shows."""


def part_name(part: str) -> str:
    """What a part of a draft is called: `title`, `help`, `help.title`, `requirements`."""
    match part:
        case "title":
            return _("Title")
        case "summary":
            return _("Summary")
        case "requirements":
            return _("Requirements")
    code, _dot, rest = part.partition(".")
    return _("%(chapter)s: title", chapter=chapter_title(code)) if rest else chapter_title(code)


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """The latest first, in the reader's language."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            words.of(entry.verb),
            [
                (_label(value.field), _short(value.field, value.old), _short(value.field, value.new))
                for value in entry.values
            ],
            entry.verb in ("publication.published", "publication.restored", "publication.taken_down"),
        )
        for entry in entries
    ]


def _label(field: str) -> str:
    part, colon, locale = field.partition(":")
    if colon and locale in NAMES:
        return f"{part_name(part)} ({NAMES[locale]})"
    return str(LABELS.get(field, field))


def _short(field: str, value: Any) -> Any:
    text = "" if value is None else str(value)
    if field in ("languages", "language"):
        return ", ".join(NAMES.get(code, code) for code in text.split(", "))
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]} …"
