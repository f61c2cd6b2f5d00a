"""What a feature says so that files can be read into its list: its columns, and what a line would do.

A feature subclasses `Importer` in its `imports.py`, offers it with `registry.offer`, and lists the room in IMPORTERS of
`app/__init__.py`. See docs/recipes/import.md.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

from app.access.permissions import P
from app.imports.models import Verdict
from app.people.models import Person


@dataclass(frozen=True)
class Column:
    """One column of a file. `code` heads it and never changes; `label` explains it in the reader's language. A file may
    be headed by either, the label in any language."""

    code: str
    label: Any
    required: bool = False
    """A file without this column is refused as a whole. Whether its cells may be empty is for `judge`."""
    hint: Any = ""
    """What may stand in it."""
    example: str = ""
    """For the file that people download as a pattern."""
    ignored: bool = False
    """May stand in a file, as our own exports have it, and is not read."""


@dataclass(frozen=True)
class Choice:
    """Something that whoever says go decides for the whole file."""

    code: str
    question: Any
    options: Sequence[tuple[str, Any, Any]]
    """(code, label, hint) of each answer; the first is the usual one."""

    def answer(self, typed: str | None) -> str:
        """The chosen answer's code; the usual one when there is no such answer."""
        codes = [option[0] for option in self.options]
        return typed if typed in codes else codes[0]


@dataclass(frozen=True)
class Line:
    """One line as it stands in the file: column code -> text, blanks around it removed, "" for an empty cell. A column
    that the file does not have is not there: `"net" in line.cells`."""

    number: int
    cells: Mapping[str, str]
    content: bytes = b""
    """The whole document, for an importer that reads documents instead of tables."""
    plan: Any = None
    """For `apply`: what `judge` put into its judgement a moment ago, in the same `write()`."""
    choices: Mapping[str, str] = field(default_factory=dict)
    """For `apply`: code of each of the importer's choices -> the answer's code."""

    def text(self, code: str) -> str:
        """The cell, "" also where the file has no such column."""
        return self.cells.get(code, "")


@dataclass(frozen=True)
class Judgement:
    """What a line would do. Sentences are those of `_l`: whoever looks at the preview reads them in their own language.
    Give them as they are, without `str` around them."""

    verdict: Verdict
    name: str = ""
    """What it is about, for the preview: a company, a number."""
    key: str = ""
    """What it is about, for the machine: two lines of a file with the same key are one too many, and the later one is
    judged wrong by the mechanism. "" when that cannot be said."""
    changes: Mapping[str, tuple[Any, Any]] = field(default_factory=dict)
    """Column -> (as it is, as it will be), for a changed line. Of a new one, where its cells do not say enough, such as
    those of a document: what would be kept, and nothing before it."""
    reasons: Sequence[tuple[str, Any]] = ()
    """(column or "", sentence) for each thing that is wrong."""
    plan: Any = None
    """What `apply` may need and `judge` knows already; not kept, see `Line.plan`."""


class Importer:
    """Reads a list from files."""

    code: ClassVar[str]
    """Stands in addresses and never changes."""
    title: ClassVar[Any]
    about: ClassVar[Any] = ""
    """One or two sentences: what a line is, and by what it is known again."""
    permission: ClassVar[P]
    """Needed beside P.IMPORT."""
    columns: ClassVar[Sequence[Column]]
    empties: ClassVar[bool] = True
    """Whether an empty cell empties what stands there, or leaves it as it is."""
    asks: ClassVar[Sequence[Choice]] = ()
    """What is asked before the import, beside "go"."""
    documents: ClassVar[bool] = False
    """Takes documents (XML invoices) beside tables: each is one line, its cells are {"file": name} and `content` the
    document. Several may be sent at once, also as a ZIP archive."""

    def judge(self, lines: Sequence[Line]) -> list[Judgement]:
        """One judgement a line, in the order of the lines; reads only, in a constant number of queries a call."""
        raise NotImplementedError

    def apply(self, line: Line, by: Person, key: str) -> None:
        """Does what a line judged new or changed a moment ago says, inside a `write()` that also marks the line as
        dealt with: a kill in between leaves neither. `key` is the same for a line whenever it is tried.

        Raises:
            DomainError: it cannot be done (any more), for the reason in its message; the line is then wrong, and
                nothing of it is kept.
        """
        raise NotImplementedError

    def locks(self, line: Line) -> Sequence[str]:
        """Names for `lock_named` that `apply` will take: the mechanism takes those of all lines of a batch at once, in
        order, so that two writers never wait for each other."""
        return ()


def wrong(*reasons: tuple[str, Any], name: str = "", key: str = "") -> Judgement:
    """A line that cannot be taken."""
    return Judgement(Verdict.WRONG, name, key, {}, reasons)
