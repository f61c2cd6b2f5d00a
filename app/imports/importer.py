"""What a feature says so that files can be read into its list: its columns, and what a line would do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.access.permissions import P
from app.imports.models import Verdict
from app.people.models import Person


@dataclass(frozen=True)
class Column:
    """One column of a file. `code` heads it and never changes; `label` explains it in the reader's language."""

    code: str
    label: Any
    required: bool = False
    hint: Any = ""
    """What may stand in it, such as "2026-03-09"."""


@dataclass(frozen=True)
class Line:
    """One line as it stands in the file: column code -> text, blank ones as ""."""

    number: int
    cells: Mapping[str, str]
    content: bytes = b""
    """The whole document, for an importer that reads documents instead of tables."""


@dataclass(frozen=True)
class Judgement:
    """What a line would do."""

    verdict: Verdict
    name: str = ""
    """What it is about, for the preview."""
    changes: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Column -> (as it is, as it will be), for a changed line."""
    reasons: Sequence[tuple[str, str]] = ()
    """(column, sentence in the reader's language) for each thing that is wrong."""


class Importer:
    """Reads a list from files. A feature subclasses it in its `imports.py` and lists it in `app/imports/registry.py`.

    Two lines about the same thing: the importer judges the second one wrong, by what `judge` saw in the same call or
    finds by `seen`, a set that lives as long as one reading of the file.
    """

    code: ClassVar[str]
    title: ClassVar[Any]
    permission: ClassVar[P]
    columns: ClassVar[Sequence[Column]]
    documents: ClassVar[bool] = False
    """Reads documents (XML invoices), each file being one line, beside tables."""

    def judge(self, lines: Sequence[Line], seen: set[str]) -> list[Judgement]:
        """One judgement a line, in the order of the lines; reads only, in a constant number of queries a batch."""
        raise NotImplementedError

    def apply(self, line: Line, by: Person, key: str) -> None:
        """Does what a line judged new or changed says, inside a `write()` that also marks the line as dealt with: a
        kill in between leaves neither. `key` is the same for a line whenever it is tried.

        Raises:
            DomainError: it cannot be done (any more), for the reason in its message; the line is then wrong.
        """
        raise NotImplementedError
