"""What is wrong with a playbook, where, and what would be right: one value for a file's line and for a form's field."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from app.core.errors import DomainError
from app.core.i18n import _, ngettext

Path = tuple[str | int, ...]
"""From the whole document to the place, as keys and positions: ("tasks", 4, "title", "fi")."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong."""

    path: Path
    message: str
    """A sentence in the reader's language."""
    allowed: tuple[str, ...] = ()
    """What could stand there instead, where that can be counted up."""
    unfinished: bool = False
    """A draft may be like that; what is published may not."""
    where: str = ""
    """The path as people read it, with codes instead of positions: tasks[open-demo].title.fi"""
    file: str = ""
    line: int | None = None
    """From 1; None when it did not come from a file."""

    def __str__(self) -> str:
        """A line as compilers write it."""
        place = ":".join(str(part) for part in (self.file, self.line) if part)
        return ": ".join(part for part in (place, self.where, self.told) if part)

    @property
    def told(self) -> str:
        """What is wrong and what is allowed, without the place."""
        if not self.allowed:
            return self.message
        return f"{self.message} {_('Allowed: %(allowed)s.', allowed=', '.join(self.allowed))}"


class NotAPlaybook(DomainError):
    """A document says something that no playbook can mean. Nothing of it was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(
            ngettext(
                "There is %(num)s mistake in this playbook. Nothing was imported.",
                "There are %(num)s mistakes in this playbook. Nothing was imported.",
                len(faults),
            )
        )
        self.faults = tuple(faults)

    def __str__(self) -> str:
        return "\n".join(str(fault) for fault in self.faults)


def placed(faults: Iterable[Fault], content: Any, lines: Mapping[Path, int], file: str) -> list[Fault]:
    """The same with the words and the lines of their places, in the order of the file."""
    found = [
        replace(
            fault,
            where=fault.where or where(fault.path, content),
            file=file,
            line=fault.line or _line(fault.path, lines),
        )
        for fault in faults
    ]
    return sorted(found, key=lambda fault: fault.line or 0)


def where(path: Path, content: Any) -> str:
    """The place as people read it: things that have a code are called by it."""
    said, here = "", content
    for step in path:
        here = _inside(here, step)
        if isinstance(step, int):
            code = here.get("code") if isinstance(here, Mapping) else None
            said += f"[{code if isinstance(code, str) and code else step + 1}]"
        else:
            said += f".{step}" if said else step
    return said


def _inside(whole: Any, step: str | int) -> Any:
    if isinstance(whole, Mapping):
        return whole.get(step)
    if isinstance(whole, list | tuple) and isinstance(step, int) and 0 <= step < len(whole):
        return whole[step]
    return None


def _line(path: Path, lines: Mapping[Path, int]) -> int | None:
    """Of the place itself, or of the nearest thing around it: what is missing has no line of its own."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None
