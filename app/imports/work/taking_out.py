"""The first pass: lines come out of the file and become rows."""

from __future__ import annotations

import time
from collections import OrderedDict
from typing import Any, cast

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.i18n import _l
from app.core.sentences import kept
from app.imports import queries, registry
from app.imports.models import ImportLine, ImportRun, ImportState, Verdict
from app.imports.reading import Reading, ReadLine, open_file
from app.imports.work.holding import LONGEST, content_of, lease, upload_of

TAKEN = 2000
"""Lines taken out of the file in one part."""

_open: OrderedDict[str, tuple[int, Reading]] = OrderedDict()
"""Files that this process is reading: reference -> (number of the last line kept, the rest). A worker that comes anew
opens the file again and passes over what is kept."""


def take_out(run: ImportRun, worker: str) -> None:
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
            close(run)
            return
        if some:
            db.session.connection().execute(_INSERT, [_row(run.id, line) for line in some])
        if not held.columns:
            held.columns, held.encoding = reading.columns, reading.encoding
        faulty = sum(bool(line.faults) for line in some)
        held.wrong += faulty
        held.read += faulty
        if more:
            lease(held, worker)
        elif count + len(some) == 0:
            held.explain(_l("There is no line below the column names in this file."))
            held.ended_at = now()
            held.move_to(ImportState.REFUSED)
        else:
            held.total = count + len(some)
            lease(held, worker)
            if held.read == held.total:
                held.move_to(ImportState.READY)
    if more:
        _keep_open(run.ref, some[-1].number if some else last, reading)
    else:
        close(run)


def close(run: ImportRun) -> None:
    """Nothing more will be read from the file of this import, at least not by this process in a row."""
    _open.pop(run.ref, None)


def _reading(run: ImportRun, last: int) -> Reading:
    at, reading = _open.pop(run.ref, (-1, None))
    if reading is not None and at == last:
        return reading
    upload = upload_of(run)
    importer = registry.of_code(run.kind)
    reading = open_file(content_of(run), upload.content_type, importer, run.locale, upload.filename)
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
        "reasons": [[column, kept(sentence)] for column, sentence in line.faults],
        "applied": False,
    }
