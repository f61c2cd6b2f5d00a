"""What differs between the answers of two rounds of a case, field by field (C6). Pure: no request, no database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

Answers = Mapping[str, Mapping[str, Any]]
"""By the task's code what it held, by the field's code."""


@dataclass(frozen=True)
class Difference:
    """One field before and after; None where it was not answered."""

    task: str
    field: str
    before: Any
    after: Any

    @property
    def differs(self) -> bool:
        return bool(_kept(self.before) != _kept(self.after))


def between(before: Answers, after: Answers, order: Mapping[str, Iterable[str]] | None = None) -> list[Difference]:
    """Every field that either of them answers, each once, and those of `order` first, in its order: codes of tasks with
    the codes of their fields, as the playbook has them."""
    asked = [(task, field) for task, fields in (order or {}).items() for field in fields]
    said = [
        (task, field)
        for task in dict.fromkeys((*before, *after))
        for field in dict.fromkeys((*before.get(task, {}), *after.get(task, {})))
    ]
    return [
        Difference(task, field, before.get(task, {}).get(field), after.get(task, {}).get(field))
        for task, field in dict.fromkeys((*asked, *said))
    ]


def changed(before: Answers, after: Answers) -> list[Difference]:
    """Only what differs."""
    return [one for one in between(before, after) if one.differs]


def is_answered(value: Any) -> bool:
    return _kept(value) is not None


def _kept(value: Any) -> Any:
    """One of the codes of a choice of several may stand anywhere; nothing chosen is nothing said."""
    if value is None or value == "" or value == [] or value == {}:
        return None
    if isinstance(value, list) and all(isinstance(one, str) for one in value):
        return sorted(value)
    # A yes is not the number one.
    return (type(value).__name__, value) if isinstance(value, bool) else value
