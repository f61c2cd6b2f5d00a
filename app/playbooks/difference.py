"""What differs between two outlines, thing by thing: what was added, removed, changed, and in which of its keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from app.playbooks.outline import Outline

LISTS = ("phases", "tasks", "trainings", "modules", "facts", "documents")
ITSELF = ("audience", "title", "summary", "aim_workdays", "starting")


@dataclass(frozen=True)
class Changed:
    """One key of a thing, before and after."""

    key: str
    old: Any
    new: Any


@dataclass(frozen=True)
class Pair:
    """A thing that both outlines have, and says something else."""

    code: str
    old: Any
    new: Any
    changes: tuple[Changed, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(change.key for change in self.changes)


@dataclass(frozen=True)
class Part:
    """What differs in one list of an outline, such as its tasks."""

    name: str
    added: tuple[Any, ...]
    removed: tuple[Any, ...]
    changed: tuple[Pair, ...]
    moved: bool
    """What both have stands in another order."""

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed or self.moved)


@dataclass(frozen=True)
class Difference:
    """All that differs."""

    itself: tuple[Changed, ...]
    parts: tuple[Part, ...]

    def __bool__(self) -> bool:
        return bool(self.itself or any(self.parts))

    def part(self, name: str) -> Part:
        return next(part for part in self.parts if part.name == name)

    @property
    def tasks(self) -> Part:
        return self.part("tasks")

    @property
    def trainings(self) -> Part:
        return self.part("trainings")


def between(old: Outline, new: Outline) -> Difference:
    """What one has to do to `old` to have `new`. Things are the same when their codes are."""
    return Difference(
        _changes(old, new, ITSELF),
        tuple(_part(name, getattr(old, name), getattr(new, name)) for name in LISTS),
    )


def _part(name: str, old: Sequence[Any], new: Sequence[Any]) -> Part:
    before: Mapping[str, Any] = {thing.code: thing for thing in old}
    after: Mapping[str, Any] = {thing.code: thing for thing in new}
    pairs = (
        Pair(code, before[code], thing, _changes(before[code], thing, tuple(each.name for each in fields(thing))))
        for code, thing in after.items()
        if code in before and before[code] != thing
    )
    return Part(
        name,
        added=tuple(thing for code, thing in after.items() if code not in before),
        removed=tuple(thing for code, thing in before.items() if code not in after),
        changed=tuple(pairs),
        moved=[code for code in before if code in after] != [code for code in after if code in before],
    )


def _changes(old: Any, new: Any, keys: Sequence[str]) -> tuple[Changed, ...]:
    return tuple(
        Changed(key, getattr(old, key), getattr(new, key)) for key in keys if getattr(old, key) != getattr(new, key)
    )
