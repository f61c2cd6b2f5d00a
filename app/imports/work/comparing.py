"""The second pass: each line is compared with what is there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import sqlalchemy as sa

from app.core.db import db, lock, write
from app.core.i18n import _l
from app.imports import registry
from app.imports.importer import wrong
from app.imports.models import ImportLine, ImportRun, ImportState, Verdict
from app.imports.work.holding import count, judged, lease, rows_of, source_of, write_down

AT_ONCE = 500
"""Lines compared in one part."""


def compare(run: ImportRun, worker: str) -> None:
    importer = registry.of_code(run.kind)
    source = source_of(run)
    rows = rows_of(run.id, ImportLine.verdict == "", AT_ONCE)
    lines = source.lines(rows)
    found = judged(importer, lines)
    keys = [_digest(judgement.key) for judgement in found]
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.READING or held.read != run.read:
            return
        earlier = _earlier(held.id, keys)
        for row, judgement, key in zip(rows, found, keys, strict=True):
            if key and judgement.verdict != Verdict.WRONG:
                if key in earlier:
                    judgement = wrong(
                        ("", _l("Line %(number)s of this file is about the same thing.", number=earlier[key])),
                        name=judgement.name,
                    )
                else:
                    earlier[key] = row.number
                    row.key = key
            write_down(row, judgement)
            count(held, judgement.verdict, 1)
        held.read += len(rows)
        if held.read >= held.total:
            held.move_to(ImportState.READY)
        else:
            lease(held, worker)


def _digest(key: str) -> str | None:
    return hashlib.sha256(key.encode("utf-8", "replace")).hexdigest() if key else None


def _earlier(run_id: int, keys: Sequence[str | None]) -> dict[str, int]:
    asked = [key for key in keys if key]
    found = db.session.execute(
        sa.select(ImportLine.key, ImportLine.number).where(ImportLine.run_id == run_id, ImportLine.key.in_(asked))
    )
    return {key: number for key, number in found if key}
