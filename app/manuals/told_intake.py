"""What happened to an intake in words, and what changed in a section."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import NAMES, _, _l
from app.history import words
from app.history.models import HistoryEntry
from app.history.words import Told
from app.integrations.words import PASSED_ON, SELLS, said
from app.manuals import merging, sections
from app.manuals.merging import Change, Path
from app.manuals.models import IntakeState, SectionCode
from app.manuals.sections import Content, Kind
from app.people.queries import names_of

VERBS: Mapping[str, Any] = {
    "intake.begun": _l("The first section was saved"),
    "intake.submitted": _l("Handed in"),
    "intake.returned": _l("Sections returned"),
    "intake.accepted": _l("Accepted"),
    "integration.added": _l("Package added"),
    "integration.changed": _l("What is passed on changed"),
    "integration.withdrawn": _l("Taken out"),
}
words.name(VERBS)

STATES: Mapping[str, Any] = {
    IntakeState.SUPPLYING: _l("The software partner is writing"),
    IntakeState.SUBMITTED: _l("Handed in"),
    IntakeState.RETURNED: _l("Returned"),
    IntakeState.ACCEPTED: _l("Accepted"),
}


def section_name(code: str) -> str:
    """The name of `code:language`, as mails and the history keep it."""
    section, _colon, locale = code.partition(":")
    return sections.name_of(section, locale)


def timeline(entries: Iterable[HistoryEntry]) -> list[Told]:
    """An intake's history in the reader's language."""
    entries = list(entries)
    names = names_of(entry.actor_id for entry in entries)
    return [
        Told(
            entry.at,
            words.who(entry, names),
            words.of(entry.verb),
            [(label, old, new) for value in entry.values for label, old, new in _value(value.field, value.new)],
            True,
        )
        for entry in entries
    ]


def _value(field: str, new: Any) -> list[tuple[str, str, Any]]:
    if field == "sections" and isinstance(new, list):
        return [(_("Sections"), "", [section_name(code) for code in new])]
    if field.startswith("comment:") and new:
        return [(section_name(field.removeprefix("comment:")), "", new)]
    return []


# --- what changed in a section ----------------------------------------------------------------------------------------


def label_of(code: str, path: Path, *contents: Content | None) -> str:
    """What a value in a section is called; the contents tell which step it is."""
    field = sections.SHAPES[SectionCode(code)].field(path[0])
    if field.kind != Kind.ITEMS or len(path) == 1:
        return str(field.label)
    number = next(
        (
            place
            for content in contents
            for place, item in enumerate(sections.shaped(code, content)[path[0]], start=1)
            if item["id"] == path[1]
        ),
        0,
    )
    one = str(field.one) % {"number": number}
    label = one if code == SectionCode.FAQ else f"{field.label}, {one}"
    if len(path) == 2:
        return label
    part = next(part for part in field.parts if part.name == path[2])
    return f"{label}: {part.label}"


def shown(code: str, path: Path, value: Any, packages: Mapping[str, str]) -> Any:
    """A value as a page tells it."""
    if value is None:
        return ""
    if _is_picture(code, path):
        return _("A picture") if value else ""
    field = sections.SHAPES[SectionCode(code)].field(path[0])
    match field.kind:
        case Kind.FLAG:
            return _("Yes") if value else _("No")
        case Kind.CODES if path[0] == "sells":
            return ", ".join(said(value, SELLS))
        case Kind.CODES:
            return ", ".join(NAMES[each] for each in value if each in NAMES)
        case Kind.MATRIX:
            return ", ".join(said(value, PASSED_ON)) or _("Nothing")
        case Kind.ITEMS if len(path) == 2:
            return "\n".join(
                str(value[part.name]) for part in field.parts if part.kind == Kind.TEXT and value[part.name]
            )
        case Kind.ITEMS if len(path) == 1:
            return _("In another order")
    return value


def lines(
    code: str, before: Content | None, after: Content | None, packages: Mapping[str, str]
) -> list[tuple[str, Any, Any]]:
    """What changed: label, before and after. `packages`: their names by reference."""
    return [_line(code, change, before, after, packages) for change in merging.changes(code, before, after)]


def _line(
    code: str, change: Change, before: Content | None, after: Content | None, packages: Mapping[str, str]
) -> tuple[str, Any, Any]:
    if change.path[0] == "passes" and len(change.path) > 1:
        label = packages.get(change.path[1], change.path[1])
    else:
        label = label_of(code, change.path, after, before)
    if len(change.path) == 1 and isinstance(change.new, list) and code in (SectionCode.KEY, SectionCode.FAQ):
        return label, _("In the order before"), _("In another order")
    if _is_picture(code, change.path):
        fresh = _("Another picture") if change.old else _("A picture")
        return label, _("A picture") if change.old else "", fresh if change.new else ""
    return label, shown(code, change.path, change.old, packages), shown(code, change.path, change.new, packages)


def _is_picture(code: str, path: Path) -> bool:
    field = sections.SHAPES[SectionCode(code)].field(path[0])
    if len(path) > 2 and field.kind == Kind.ITEMS:
        field = next(part for part in field.parts if part.name == path[2])
    return field.kind == Kind.PICTURE
