"""Counting queries: a page runs as many for a thousand records as for ten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import total_ordering
from typing import Any

from flask import Flask
from sqlalchemy import event

from app.core.db import db

_NOT_COUNTED = ("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA", "SAVEPOINT", "RELEASE")


@total_ordering
@dataclass(eq=False)
class Queries:
    """What was asked. Compares as a number, and shows the statements when a comparison fails."""

    statements: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return len(self.statements)

    def __int__(self) -> int:
        return self.count

    def __eq__(self, other: object) -> bool:
        return self.count == (other.count if isinstance(other, Queries) else other)

    def __lt__(self, other: int | Queries) -> bool:
        return self.count < int(other)

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return f"{self.count} queries:" + "".join(f"\n- {' '.join(text.split())[:300]}" for text in self.statements)


@contextmanager
def counting(app: Flask) -> Iterator[Queries]:
    """Counts what the application asks its database inside, in any thread.

    `with counting(app) as n: client.get("/panel/leads")`, then `assert n <= 6`. Beginnings, ends and savepoints of
    transactions are not counted.
    """
    queries = Queries()

    def _note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, many: bool) -> None:
        if not statement.lstrip().upper().startswith(_NOT_COUNTED):
            queries.statements.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", _note)
    try:
        yield queries
    finally:
        event.remove(engine, "before_cursor_execute", _note)
