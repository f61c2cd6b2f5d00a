"""What the worker does with a file: takes its lines out, compares them, and later applies them, a part at a time.

Each part is one `write()` that also moves the counters, after looking whether the run still stands where the part
began. So a kill leaves whole parts, two workers never do the same line twice, and the counters are the truth. The lease
only keeps a second worker from comparing for nothing; it is short, because nothing depends on it.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, cast

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import joinedload

from app.core.background import step
from app.core.clock import now
from app.core.db import db, lock, lock_named, write
from app.core.errors import DomainError, FieldError
from app.core.files import XLSX, store
from app.core.i18n import _, in_locale
from app.imports import queries, registry
from app.imports.importer import Importer, Judgement, Line, wrong
from app.imports.models import WORKING, ImportLine, ImportRun, ImportState, Verdict
from app.imports.reading import CSV, FileProblem, Reading, ReadLine, document, open_file
from app.people import queries as people

LEASE = timedelta(seconds=20)
AT_ONCE = 500
"""Lines compared in one part."""
TAKEN = 2000
"""Lines taken out of the file in one part."""
APPLIED = 50
"""Lines applied in one part, unless `LONGEST` is over before: others wait for their turn meanwhile."""
LONGEST = 0.4
"""Seconds."""

_open: OrderedDict[str, tuple[int, Reading]] = OrderedDict()
"""Files that this process is reading: reference -> (number of the last line kept, the rest). A worker that comes anew
opens the file again and passes over what is kept."""


@step
def go_on(worker: str) -> bool:
    """One part of one import; of several, the one that waits longest."""
    run = _taken(worker)
    if run is None:
        return False
    with in_locale(run.locale):
        try:
            if run.state == ImportState.APPLYING:
                _apply(run, worker)
            elif not run.total:
                _take_out(run, worker)
            else:
                _compare(run, worker)
        except FileProblem as problem:
            end = _stop if run.state == ImportState.APPLYING else _refuse
            end(run, str(problem.message))
        except SQLAlchemyError:
            raise
        except Exception:
            if run.state != ImportState.READING:
                raise
            structlog.get_logger("imports").exception("file", kind=run.kind, ref=run.ref)
            _refuse(run, _("The program failed at this file. An administrator finds the cause in the log."))
    return True


def _taken(worker: str) -> ImportRun | None:
    """An import that nobody is at, or this worker is."""
    waiting = (
        sa.select(ImportRun)
        .where(
            ImportRun.state.in_(WORKING),
            sa.or_(ImportRun.lease_until.is_(None), ImportRun.lease_until < now(), ImportRun.lease_owner == worker),
        )
        .order_by(ImportRun.lease_until.is_not(None), ImportRun.lease_until, ImportRun.id)
        .limit(1)
        .options(joinedload(ImportRun.upload))
    )
    run = db.session.scalar(waiting)
    if run is None or run.lease_owner == worker:
        return run
    with write():
        run = db.session.scalar(waiting.with_for_update(skip_locked=True, of=ImportRun))
        if run is not None:
            _lease(run, worker)
    return run


def _lease(run: ImportRun, worker: str) -> None:
    run.lease_owner, run.lease_until = worker, now() + LEASE


def _release(run: ImportRun, state: ImportState) -> None:
    run.state = state
    run.lease_owner = run.lease_until = None
    run.version += 1


def _refuse(run: ImportRun, problem: str) -> None:
    _open.pop(run.ref, None)
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.READING:
            return
        db.session.execute(sa.delete(ImportLine).where(ImportLine.run_id == held.id))
        held.problem, held.ended_at = problem, now()
        held.total = held.read = held.new = held.changed = held.unchanged = held.wrong = 0
        _release(held, ImportState.REFUSED)


# --- taking lines out -------------------------------------------------------------------------------------------------


def _take_out(run: ImportRun, worker: str) -> None:
    """The next lines of the file become rows. The last part counts them."""
    _count, last = queries.taken_out(run.id)
    reading = _reading(run, last)
    begun, some, more = time.monotonic(), list[ReadLine](), True
    while len(some) < TAKEN and time.monotonic() - begun < LONGEST:
        line = next(reading, None)
        if line is None:
            more = False
            break
        some.append(line)
    with write():
        held = lock(ImportRun, run.id)
        count, there = queries.taken_out(run.id)
        if held.state != ImportState.READING or held.total or there != last:
            _open.pop(run.ref, None)
            return
        if some:
            db.session.connection().execute(_INSERT, [_row(run.id, line) for line in some])
        if not held.columns:
            held.columns, held.encoding = reading.columns, reading.encoding
        faulty = sum(bool(line.faults) for line in some)
        held.wrong += faulty
        held.read += faulty
        if more:
            _lease(held, worker)
        elif count + len(some) == 0:
            held.problem, held.ended_at = _("There is no line below the column names in this file."), now()
            _release(held, ImportState.REFUSED)
        else:
            held.total = count + len(some)
            _lease(held, worker)
            if held.read == held.total:
                _release(held, ImportState.READY)
    if more:
        _keep_open(run.ref, some[-1].number if some else last, reading)
    else:
        _open.pop(run.ref, None)


def _reading(run: ImportRun, last: int) -> Reading:
    at, reading = _open.pop(run.ref, (-1, None))
    if reading is not None and at == last:
        return reading
    upload = _upload(run)
    importer = registry.of_code(run.kind)
    reading = open_file(_content(run), upload.content_type, importer, run.locale, upload.filename)
    if last:
        for line in reading:
            if line.number >= last:
                break
    return reading


def _keep_open(ref: str, last: int, reading: Reading) -> None:
    _open[ref] = (last, reading)
    while len(_open) > 3:
        _open.popitem(last=False)


_LINE = cast(sa.Table, ImportLine.__table__)
_INSERT = sa.insert(_LINE)


def _row(run_id: int, line: ReadLine) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "number": line.number,
        "cells": dict(line.cells),
        "verdict": Verdict.WRONG if line.faults else "",
        "name": "",
        "changes": {},
        "reasons": [[column, str(sentence)] for column, sentence in line.faults],
        "applied": False,
    }


def _upload(run: ImportRun) -> Any:
    if run.upload is None:
        raise FileProblem(_("The file of this import is not there any more. Send it again."))
    return run.upload


def _content(run: ImportRun) -> bytes:
    try:
        with store().open(_upload(run).key) as file:
            return file.read()
    except DomainError:
        raise FileProblem(_("The file of this import is not there any more. Send it again.")) from None


# --- comparing --------------------------------------------------------------------------------------------------------


def _compare(run: ImportRun, worker: str) -> None:
    importer = registry.of_code(run.kind)
    source = _source(run)
    rows = _next(run.id, ImportLine.verdict == "", AT_ONCE)
    lines = source.lines(rows)
    judged = _judged(importer, lines)
    keys = [_digest(judgement.key) for judgement in judged]
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.READING or held.read != run.read:
            return
        earlier = _earlier(held.id, keys)
        for row, judgement, key in zip(rows, judged, keys, strict=True):
            if key and judgement.verdict != Verdict.WRONG:
                if key in earlier:
                    judgement = wrong(
                        ("", _("Line %(number)s of this file is about the same thing.", number=earlier[key])),
                        name=judgement.name,
                    )
                else:
                    earlier[key] = row.number
                    row.key = key
            _write_down(row, judgement)
            _count(held, judgement.verdict, 1)
        held.read += len(rows)
        if held.read >= held.total:
            _release(held, ImportState.READY)
        else:
            _lease(held, worker)


def _next(run_id: int, which: sa.ColumnElement[bool], count: int) -> list[ImportLine]:
    query = sa.select(ImportLine).where(ImportLine.run_id == run_id, which).order_by(ImportLine.number).limit(count)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


@dataclass(frozen=True)
class _Source:
    """Where documents are taken from; of a table, the cells hold everything."""

    kind: str
    content: bytes

    def lines(self, rows: Sequence[ImportLine]) -> list[Line]:
        if self.kind in (CSV, XLSX):
            return [Line(row.number, row.cells) for row in rows]
        return [Line(row.number, row.cells, document(self.content, self.kind, row.cells["file"])) for row in rows]


def _source(run: ImportRun) -> _Source:
    kind = _upload(run).content_type
    return _Source(kind, b"" if kind in (CSV, XLSX) else _content(run))


def _judged(importer: Importer, lines: Sequence[Line]) -> list[Judgement]:
    """The importer's word; a line that makes it stumble is wrong by itself and does not stop the others."""
    try:
        return importer.judge(lines)
    except SQLAlchemyError:
        raise
    except Exception:
        if len(lines) > 1:
            return [judgement for line in lines for judgement in _judged(importer, [line])]
        structlog.get_logger("imports").exception("line", kind=importer.code, line=lines[0].number if lines else 0)
        return [wrong(("", _stumbled()))] * len(lines)


def _stumbled() -> str:
    return _("The program failed at this line. An administrator finds the cause in the log.")


def _digest(key: str) -> str | None:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest() if key else None


def _earlier(run_id: int, keys: Sequence[str | None]) -> dict[str, int]:
    asked = [key for key in keys if key]
    found = db.session.execute(
        sa.select(ImportLine.key, ImportLine.number).where(ImportLine.run_id == run_id, ImportLine.key.in_(asked))
    )
    return {key: number for key, number in found if key}


def _write_down(row: ImportLine, judgement: Judgement) -> None:
    row.verdict = judgement.verdict
    row.name = judgement.name[:200]
    row.changes = {column: [str(before), str(after)] for column, (before, after) in judgement.changes.items()}
    row.reasons = [[column, str(sentence)] for column, sentence in judgement.reasons]


def _count(run: ImportRun, verdict: str, by: int) -> None:
    setattr(run, verdict, getattr(run, verdict) + by)


# --- applying ---------------------------------------------------------------------------------------------------------


def _apply(run: ImportRun, worker: str) -> None:
    importer = registry.of_code(run.kind)
    by = people.by_id(run.applied_by_id or run.by_id)
    if importer not in registry.open_to(by):
        _stop(run, _("The import was stopped: %(name)s may not import this list any more.", name=by.name))
        return
    source = _source(run)
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.APPLYING:
            return
        rows = _next(
            run.id,
            sa.and_(ImportLine.verdict.in_((Verdict.NEW, Verdict.CHANGED)), ImportLine.applied.is_(False)),
            APPLIED,
        )
        lines = source.lines(rows)
        for name in sorted({name for line in lines for name in importer.locks(line)}):
            lock_named(name)
        begun, done = time.monotonic(), 0
        for row, line, fresh in zip(rows, lines, _judged(importer, lines), strict=True):
            if time.monotonic() - begun > LONGEST:
                break
            done += 1
            before = row.verdict
            outcome = _applied(importer, row, line, fresh, by, f"{run.ref}:{row.number}")
            if outcome is not None:
                _write_down(row, outcome)
                _count(held, before, -1)
                _count(held, row.verdict, 1)
            else:
                row.applied = True
        held.applied += done
        if done == len(rows) < APPLIED:
            held.ended_at = now()
            _release(held, ImportState.DONE)
        else:
            _lease(held, worker)


def _applied(importer: Importer, row: ImportLine, line: Line, fresh: Judgement, by: Any, key: str) -> Judgement | None:
    """Applies one line; what it turned out to be instead, if it cannot be applied as the preview said."""
    if fresh.verdict in (Verdict.WRONG, Verdict.UNCHANGED):
        return fresh
    shown = {column: list(pair) for column, pair in row.changes.items()}
    now_there = {column: [str(before), str(after)] for column, (before, after) in fresh.changes.items()}
    if fresh.verdict != row.verdict or shown != now_there:
        return wrong(
            ("", _("Somebody changed this after the preview. Send the line again to see what it would do now.")),
            name=row.name,
        )
    try:
        with db.session.begin_nested():
            importer.apply(replace(line, plan=fresh.plan), by, key)
        return None
    except DomainError as error:
        column = error.field if isinstance(error, FieldError) else ""
        return wrong((column, str(error.message)), name=row.name)
    except IntegrityError:
        return wrong(("", _("Somebody changed the same thing at the same moment. Send the line again.")), name=row.name)
    except SQLAlchemyError:
        raise
    except Exception:
        structlog.get_logger("imports").exception("line", kind=importer.code, line=line.number)
        return wrong(("", _stumbled()), name=row.name)


def _stop(run: ImportRun, problem: str) -> None:
    """What is left stays undone."""
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.APPLYING:
            return
        left = sa.and_(
            ImportLine.run_id == held.id,
            ImportLine.verdict.in_((Verdict.NEW, Verdict.CHANGED)),
            ImportLine.applied.is_(False),
        )
        counted = sa.select(ImportLine.verdict, sa.func.count()).where(left).group_by(ImportLine.verdict)
        for verdict, count in db.session.execute(counted).all():
            _count(held, verdict, -count)
            _count(held, Verdict.WRONG, count)
        db.session.execute(
            sa.update(ImportLine)
            .where(left)
            .values(verdict=Verdict.WRONG, changes={}, reasons=[["", problem]])
            .execution_options(synchronize_session=False)
        )
        held.problem, held.ended_at, held.applied = problem, now(), held.wanted
        _release(held, ImportState.DONE)
