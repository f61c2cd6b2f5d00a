"""Adding, moving and removing the steps and questions of a section. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.errors import DomainError
from app.core.i18n import _l
from app.manuals import sections
from app.manuals.models import SectionCode
from app.manuals.sections import Content, Field, Kind

_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


class Full(DomainError):
    """No more fit."""

    def __init__(self) -> None:
        super().__init__(_l("No more fit into this list. Join some of them."))


@dataclass(frozen=True)
class Move:
    """What a button of a list asks for: `add:find`, `up:find:a1b2`, `remove:items:a1b2`, `unpicture:find:a1b2`;
    `stay:find:a1b2` only comes back to that step."""

    verb: str
    list_: str
    id: str = ""

    @classmethod
    def read(cls, code: str, said: str) -> Move | None:
        """None for anything that is no such button."""
        verb, _colon, rest = said.partition(":")
        list_, _colon, id_ = rest.partition(":")
        known = {field.name for field in sections.SHAPES[SectionCode(code)].fields if _has_items(field)}
        if list_ not in known or verb not in ("add", "up", "down", "remove", "unpicture", "stay"):
            return None
        return cls(verb, list_, id_)


def _has_items(field: Field) -> bool:
    return field.kind == Kind.ITEMS


def new_id() -> str:
    return "".join(secrets.choice(_ALPHABET) for _place in range(8))


def new_item(code: str, list_: str) -> dict[str, Any]:
    field = sections.SHAPES[SectionCode(code)].field(list_)
    return {"id": new_id(), **{part.name: "" for part in field.parts}}


def made(code: str, content: Content, move: Move) -> tuple[dict[str, Any], str]:
    """The content after this, and the id of the item to look at next. What is gone meanwhile changes nothing.

    Raises:
        Full: the list takes no more.
    """
    held = sections.shaped(code, content)
    items: list[dict[str, Any]] = held[move.list_]
    if move.verb == "add":
        field = sections.SHAPES[SectionCode(code)].field(move.list_)
        if len(items) >= field.most:
            raise Full
        items.append(new_item(code, move.list_))
        return held, str(items[-1]["id"])
    place = next((place for place, item in enumerate(items) if item["id"] == move.id), None)
    if place is None:
        return held, ""
    match move.verb:
        case "up" if place > 0:
            items[place - 1], items[place] = items[place], items[place - 1]
        case "down" if place < len(items) - 1:
            items[place + 1], items[place] = items[place], items[place + 1]
        case "unpicture" if "picture" in items[place]:
            items[place]["picture"] = ""
        case "remove":
            del items[place]
            return held, str(items[min(place, len(items) - 1)]["id"]) if items else ""
    return held, move.id


def with_new_ids(code: str, content: Content) -> dict[str, Any]:
    """A copy whose items are its own: those of two languages are never the same ones."""
    held = sections.shaped(code, content)
    for field in sections.SHAPES[SectionCode(code)].fields:
        if _has_items(field):
            held[field.name] = [{**_of(item), "id": new_id()} for item in held[field.name]]
    return held


def _of(item: Mapping[str, Any]) -> dict[str, Any]:
    return dict(item)
