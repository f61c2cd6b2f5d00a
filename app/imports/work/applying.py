"""The third pass: what the preview showed is done, line by line."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import DomainError, FieldError
from app.core.i18n import _l
from app.core.sentences import read
from app.imports import registry
from app.imports.importer import Importer, Judgement, Line, wrong
from app.imports.models import ImportLine, ImportRun, ImportState, Verdict
from app.imports.service import end_here
from app.imports.work.holding import (
    LONGEST,
    STUMBLED,
    count,
    judged,
    lease,
    rows_of,
    shown,
    source_of,
    write_down,
)
from app.people import queries as people
from app.people.models import Person

APPLIED = 50
"""Lines applied in one part, unless `LONGEST` is over before: others wait for their turn meanwhile."""


def apply(run: ImportRun, worker: str) -> None:
    importer = registry.of_code(run.kind)
    by = people.by_id(run.applied_by_id or run.by_id)
    if importer not in registry.open_to(by):
        end_here(run, _l("The import was stopped: %(name)s may not import this list any more.", name=by.name))
        return
    source = source_of(run)
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.APPLYING:
            return
        rows = rows_of(
            run.id,
            sa.and_(ImportLine.verdict.in_((Verdict.NEW, Verdict.CHANGED)), ImportLine.applied.is_(False)),
            APPLIED,
        )
        lines = [replace(line, choices=held.choices) for line in source.lines(rows)]
        for name in sorted({name for line in lines for name in importer.locks(line)}):
            lock_named(name)
        begun, done = time.monotonic(), 0
        for row, line, fresh in zip(rows, lines, judged(importer, lines), strict=True):
            if time.monotonic() - begun > LONGEST:
                break
            done += 1
            before = row.verdict
            outcome = _applied(importer, row, line, fresh, by, f"{run.ref}:{row.number}")
            if outcome is not None:
                write_down(row, outcome)
                count(held, before, -1)
                count(held, row.verdict, 1)
            else:
                row.applied = True
        held.applied += done
        if done == len(rows) < APPLIED:
            held.ended_at = now()
            held.move_to(ImportState.DONE)
        else:
            lease(held, worker)


def _read(changes: Mapping[str, Any]) -> dict[str, list[str]]:
    return {column: [read(value) for value in pair] for column, pair in changes.items()}


def _applied(
    importer: Importer, row: ImportLine, line: Line, fresh: Judgement, by: Person, key: str
) -> Judgement | None:
    """Applies one line; what it turned out to be instead, if it cannot be applied as the preview said."""
    if fresh.verdict in (Verdict.WRONG, Verdict.UNCHANGED):
        return fresh
    if fresh.verdict != row.verdict or _read(row.changes) != _read(shown(fresh)):
        return wrong(
            ("", _l("Somebody changed this after the preview. Send the line again to see what it would do now.")),
            name=row.name,
        )
    try:
        with db.session.begin_nested():
            importer.apply(replace(line, plan=fresh.plan), by, key)
        return None
    except DomainError as error:
        column = error.field if isinstance(error, FieldError) else ""
        return wrong((column, error.message), name=row.name)
    except IntegrityError:
        return wrong(
            ("", _l("Somebody changed the same thing at the same moment. Send the line again.")), name=row.name
        )
    except SQLAlchemyError:
        raise
    except Exception:
        structlog.get_logger("imports").exception("line", kind=importer.code, line=line.number)
        return wrong(("", STUMBLED), name=row.name)
