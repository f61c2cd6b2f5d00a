"""Two savings of one section that began from the same content, merged field by field.

Pure. What only one side changed is taken from that side. Where both changed the same field, the side that saves now
keeps its own text, and the other's is handed back as a clash, to be shown beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.manuals import sections
from app.manuals.models import SectionCode
from app.manuals.sections import Content, Field, Kind

Path = tuple[str, ...]
"""A value in a content: ("summary",), ("find", "s1", "text"), ("passes", "PK-1", "vat"), ("sells", "webshop")."""


@dataclass(frozen=True)
class Clash:
    """Both sides changed this field: what the other one has there."""

    path: Path
    mine: Any
    theirs: Any


@dataclass(frozen=True)
class Merged:
    content: dict[str, Any]
    clashes: tuple[Clash, ...]


def merge(code: str, base: Content | None, mine: Content, theirs: Content) -> Merged:
    """`base` is what both began from; without it, everything that differs counts as changed on both sides."""
    ours, others = sections.shaped(code, mine), sections.shaped(code, theirs)
    began = sections.shaped(code, base)
    clashes: list[Clash] = []
    merged: dict[str, Any] = {}
    for field in sections.SHAPES[SectionCode(code)].fields:
        a, b, old = ours[field.name], others[field.name], began[field.name]
        match field.kind:
            case Kind.CODES:
                merged[field.name] = _codes(field, old, a, b)
            case Kind.MATRIX:
                rows = {
                    ref: _codes(field, old.get(ref, []), a.get(ref, []), b.get(ref, [])) for ref in sorted({*a, *b})
                }
                merged[field.name] = {ref: codes for ref, codes in rows.items() if codes}
            case Kind.ITEMS:
                merged[field.name] = _items(field, old, a, b, clashes)
            case _single:
                merged[field.name] = _value((field.name,), old, a, b, clashes)
    return Merged(sections.shaped(code, merged), tuple(clashes))


def _value(path: Path, old: Any, mine: Any, theirs: Any, clashes: list[Clash]) -> Any:
    if mine == theirs or theirs == old:
        return mine
    if mine == old:
        return theirs
    clashes.append(Clash(path, mine, theirs))
    return mine


def _codes(field: Field, old: Sequence[str], mine: Sequence[str], theirs: Sequence[str]) -> list[str]:
    """Each box by itself: two sides can only agree about a change of one."""
    return [code for code in field.codes if ((code in mine) if (code in mine) != (code in old) else (code in theirs))]


Items = Sequence[Mapping[str, Any]]


def _items(field: Field, old: Items, mine: Items, theirs: Items, clashes: list[Clash]) -> list[dict[str, Any]]:
    before, ours, others = _by_id(old), _by_id(mine), _by_id(theirs)
    merged: dict[str, dict[str, Any]] = {}
    for id_ in {**ours, **others}:
        began, a, b = before.get(id_), ours.get(id_), others.get(id_)
        if a is not None and b is not None:
            started = began or {part.name: "" for part in field.parts}
            values = {
                part.name: _value((field.name, id_, part.name), started[part.name], a[part.name], b[part.name], clashes)
                for part in field.parts
            }
            merged[id_] = {"id": id_, **values}
        elif began is None:
            merged[id_] = dict(a or b or {})  # added on one side
        elif (a or b) != began:
            merged[id_] = dict(a or b or {})  # taken out on one side, written in on the other: the words stay
            if a is None:
                clashes.append(Clash((field.name, id_), None, dict(b or {})))
    # Whoever saves now decides on the order, unless only the other side changed it.
    order, rest = ([*ours], [*others])
    if [id_ for id_ in ours if id_ in before] == [id_ for id_ in before if id_ in ours]:
        order, rest = rest, order
    return [merged[id_] for id_ in _order(order, rest) if id_ in merged][: field.most]


def _by_id(items: Items) -> dict[str, Mapping[str, Any]]:
    return {item["id"]: item for item in items}


def _order(first: list[str], second: list[str]) -> list[str]:
    """The order of `first`; what only stands in `second` comes after what it follows there."""
    found = list(first)
    for place, id_ in enumerate(second):
        if id_ in found:
            continue
        followed = next((earlier for earlier in reversed(second[:place]) if earlier in found), None)
        found.insert(found.index(followed) + 1 if followed is not None else 0, id_)
    return found


# --- what differs -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A value that differs, and where."""

    path: Path
    old: Any
    new: Any


def changes(code: str, before: Content | None, after: Content | None) -> list[Change]:
    """What is different, in the order of the page. Another order of the steps is a change of the list's field."""
    old, new = sections.shaped(code, before), sections.shaped(code, after)
    found: list[Change] = []
    for field in sections.SHAPES[SectionCode(code)].fields:
        a, b = old[field.name], new[field.name]
        if field.kind == Kind.MATRIX:
            found += [
                Change((field.name, ref), a.get(ref, []), b.get(ref, []))
                for ref in sorted({*a, *b})
                if a.get(ref, []) != b.get(ref, [])
            ]
        elif field.kind == Kind.ITEMS:
            found += _changed_items(field, a, b)
        elif a != b:
            found.append(Change((field.name,), a, b))
    return found


def _changed_items(field: Field, before: Items, after: Items) -> list[Change]:
    old, new = _by_id(before), _by_id(after)
    found = [Change((field.name, id_), dict(item), None) for id_, item in old.items() if id_ not in new]
    for id_, item in new.items():
        if id_ not in old:
            found.append(Change((field.name, id_), None, dict(item)))
            continue
        found += [
            Change((field.name, id_, part.name), old[id_][part.name], item[part.name])
            for part in field.parts
            if old[id_][part.name] != item[part.name]
        ]
    kept = [id_ for id_ in old if id_ in new]
    if kept != [id_ for id_ in new if id_ in old]:
        found.append(Change((field.name,), kept, [id_ for id_ in new if id_ in old]))
    return found


def value_at(code: str, content: Content | None, path: Path) -> Any:
    """What stands there; None when there is no such item."""
    held: Any = sections.shaped(code, content)[path[0]]
    field = sections.SHAPES[SectionCode(code)].field(path[0])
    if field.kind == Kind.ITEMS and len(path) > 1:
        held = _by_id(held).get(path[1])
        return held[path[2]] if held is not None and len(path) > 2 else held
    if field.kind == Kind.MATRIX and len(path) > 1:
        return held.get(path[1], [])
    return held
