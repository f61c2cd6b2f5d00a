"""What features say about the personal data they hold: what each column is, why it is kept and how long.

Each feature has a room `privacy.py` with `HOLDINGS`, one for each of its tables, and `RULES`, by which old data goes.
`app/privacy` gathers them and walks through all of them to show, export or erase a person. Every column that can hold
text is named in one of them: tests/guards/test_privacy.py asks for it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa

from app.core.db import Base
from app.core.i18n import _l

ERASED = "[…]"
"""Stands where a person was named: the sign of an omission, the same in every language."""

_NOWHERE = "@erased.invalid"


def erased_address(id: object) -> str:
    """In place of an erased address; no mail ever goes there. One of its own for each row, for some are unique."""
    return f"{id}{_NOWHERE}"


def is_erased(email: str | None) -> bool:
    """Whether this stands where an address was."""
    return bool(email) and str(email).endswith(_NOWHERE)


class Is(enum.Enum):
    """What a column that can hold text holds."""

    EMAIL = "email"
    """An address; the row is about the person whose address it is."""
    NAME = "name"
    """The name of the person whom the row is about."""
    PHONE = "phone"
    OWN = "own"
    """Something else of that person's own; it goes with them."""
    TEXT = "text"
    """Words in which anybody may be mentioned; a mention is blanked, the rest stays."""
    ADDRESS = "address"
    """An address that stands for itself and does not make the row anybody's; it becomes empty."""
    SEARCH = "search"
    """Folded from other columns; what was folded from an erased one goes."""
    STAYS = "stays"
    """Stays although it may name somebody; `Holding.stays` says why and until when."""
    SECRET = "secret"  # noqa: S105 - a kind of column
    """Secrets and proofs: of no meaning to a reader, and never exported."""
    CODE = "code"
    """References, codes and digests: nobody is named."""


@dataclass(frozen=True)
class Kind:
    """Data kept for one purpose: a line in what a person is told about it."""

    code: str
    name: Any
    why: Any
    """Purpose and ground, a sentence."""
    until: Any
    """How long, a sentence."""


@dataclass(frozen=True)
class Kept:
    """Why something stays in spite of an erasure, and until when."""

    why: Any
    until: Any
    of_own: bool = False
    """It stays in every row that is the person's, also where it does not name them."""


class Whom(Protocol):
    """The person who is looked for, as rooms see them; found by `app/privacy/service/whom.py`."""

    @property
    def emails(self) -> frozenset[str]: ...

    @property
    def person_ids(self) -> frozenset[int]: ...

    @property
    def names(self) -> frozenset[str]: ...

    @property
    def records(self) -> Mapping[str, frozenset[int]]:
        """Table -> ids of the rows that are about this person: what hangs on those is near them."""
        ...

    def is_named_in(self, value: Any, *, near: bool = False) -> bool:
        """Whether text, or anything inside JSON, names the person."""
        ...

    def blanked(self, value: Any, *, near: bool = False) -> Any:
        """The same without them."""
        ...


COMPANY = Kept(
    _l("It is the company's, as registers and documents have it, though the company may bear the person's name."),
    _l("As long as the record of the company."),
)


@dataclass(frozen=True)
class Holding:
    """One table: what its columns hold, whose a row is, and what an erasure does."""

    model: type[Base]
    kind: Kind
    columns: Mapping[str, Is] = field(default_factory=dict)
    persons: tuple[str, ...] = ()
    """Columns with a person's number by which the row is theirs."""
    actors: tuple[str, ...] = ()
    """Columns with the number of somebody who did something: they stay, for the person's own row loses its name."""
    full_name: tuple[str, ...] = ()
    """Columns that make the name together, when it stands in more than one."""
    part_of: tuple[str, str] | None = None
    """Column and table of the record that the row belongs to."""
    else_part_of: tuple[str, str] | None = None
    """Another one, for rows that belong to either."""
    owned: Callable[[Whom], sa.ColumnElement[bool]] | None = None
    """Which rows are the person's, where columns alone do not tell."""
    near: Callable[[Whom], sa.ColumnElement[bool]] | None = None
    """Which rows hang on the person's records, where `part_of` does not tell."""
    files: Callable[[Whom, bool], tuple[int, int]] | None = None
    """Files that hang on the rows and name the person: how many go and how many stay. With True those that go are
    erased."""
    values: Mapping[str, Any] = field(default_factory=dict)
    """What columns of the person's own rows become, where it is not the usual; a callable gets the row."""
    goes: bool = False
    """The person's own rows are deleted."""
    stays: Mapping[str, Kept] = field(default_factory=dict)
    told: bool = False
    """The record's own history says that its person was erased."""
    found_by: tuple[str, ...] = ()
    """The columns in which a mention is looked for, where they tell of all the others: those may be long."""
    erase: Callable[[Whom, Sequence[Mapping[str, Any]]], int] | None = None
    """For tables in which erasing is more than changing columns: gets the found rows inside a `write()`, tells how many
    it dealt with."""
    waits: Callable[[Mapping[str, Any]], bool] | None = None
    """Whether a row cannot be erased yet, because something is under way with it for minutes."""

    @property
    def parents(self) -> list[tuple[str, str]]:
        """Columns and tables of the records that its rows belong to."""
        return [parent for parent in (self.part_of, self.else_part_of) if parent is not None]

    @property
    def table(self) -> sa.Table:
        table = self.model.__table__
        assert isinstance(table, sa.Table)
        return table

    def named(self, *what: Is) -> list[str]:
        """The columns of these kinds."""
        return [name for name, is_ in self.columns.items() if is_ in what]


def are(what: Is, *columns: str) -> dict[str, Is]:
    """Several columns of one sort."""
    return dict.fromkeys(columns, what)


@dataclass(frozen=True)
class Rule:
    """Data of one kind that goes by itself after some days."""

    code: str
    name: Any
    """What goes, a few words."""
    since: Any
    """From when the days count."""
    days: int
    """The default period."""
    old: Callable[[datetime], sa.Select[Any]]
    """The keys of what is older than this moment and still there."""
    forget: Callable[[Sequence[Any]], None]
    """Erases these, inside a `write()`."""
    least: int = 1
    """No shorter period may be chosen."""
    after: Any = ""
    """What stays of it."""
