"""What the passes of an import share: the lease, the end, the file, the lines as an importer takes them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core.clock import now
from app.core.db import db
from app.core.errors import DomainError
from app.core.files import XLSX, store
from app.core.i18n import _l
from app.core.sentences import kept
from app.imports.importer import Importer, Judgement, Line, wrong
from app.imports.models import ImportLine, ImportRun
from app.imports.reading import CSV, FileProblem, document

LEASE = timedelta(seconds=20)
LONGEST = 0.4
"""Seconds that a part may take."""
STUMBLED = _l("The program failed at this line. An administrator finds the cause in the log.")
_GONE = _l("The file of this import is not there any more. Send it again.")


def lease(run: ImportRun, worker: str) -> None:
    run.lease_owner, run.lease_until = worker, now() + LEASE


def upload_of(run: ImportRun) -> Any:
    if run.upload is None:
        raise FileProblem(_GONE)
    return run.upload


def content_of(run: ImportRun) -> bytes:
    try:
        with store().open(upload_of(run).key) as file:
            return file.read()
    except DomainError:
        raise FileProblem(_GONE) from None


def rows_of(run_id: int, which: sa.ColumnElement[bool], count: int) -> list[ImportLine]:
    query = sa.select(ImportLine).where(ImportLine.run_id == run_id, which).order_by(ImportLine.number).limit(count)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


@dataclass(frozen=True)
class Source:
    """Where documents are taken from; of a table, the cells hold everything."""

    kind: str
    content: bytes

    def lines(self, rows: Sequence[ImportLine]) -> list[Line]:
        if self.kind in (CSV, XLSX):
            return [Line(row.number, row.cells) for row in rows]
        return [Line(row.number, row.cells, document(self.content, self.kind, row.cells["file"])) for row in rows]


def source_of(run: ImportRun) -> Source:
    kind = upload_of(run).content_type
    return Source(kind, b"" if kind in (CSV, XLSX) else content_of(run))


def judged(importer: Importer, lines: Sequence[Line]) -> list[Judgement]:
    """The importer's word; a line that makes it stumble is wrong by itself and does not stop the others."""
    try:
        return importer.judge(lines)
    except SQLAlchemyError:
        raise
    except Exception:
        if len(lines) > 1:
            return [judgement for line in lines for judgement in judged(importer, [line])]
        structlog.get_logger("imports").exception("line", kind=importer.code, line=lines[0].number if lines else 0)
        return [wrong(("", STUMBLED))] * len(lines)


def write_down(row: ImportLine, judgement: Judgement) -> None:
    row.verdict = judgement.verdict
    row.name = judgement.name[:200]
    row.changes = shown(judgement)
    row.reasons = [[column, kept(sentence)] for column, sentence in judgement.reasons]


def count(run: ImportRun, verdict: str, by: int) -> None:
    setattr(run, verdict, getattr(run, verdict) + by)


def shown(judgement: Judgement) -> dict[str, list[Any]]:
    """What would change, as the preview keeps it."""
    return {column: [kept(before), kept(after)] for column, (before, after) in judgement.changes.items()}
