"""What imported files hold, line by line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.core.db import db, write
from app.core.errors import NotFound
from app.core.files import store
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, Rule, Whom, are
from app.documents.models import Upload
from app.imports.models import WORKING, ImportLine, ImportRun
from app.imports.service import forget

_IMPORTS = Kind(
    "imports",
    _l("Imported files"),
    _l("To bring data in without typing them again, and to correct wrong lines: our legitimate interest."),
    _l("File and lines for 90 days after the import ended; the numbers stay."),
)


def _is_under_way(row: Mapping[str, Any]) -> bool:
    """While the worker reads or applies the file, for minutes, its lines are the worker's."""
    return db.session.scalar(sa.select(ImportRun.state).where(ImportRun.id == row["run_id"])) in WORKING


def _files(whom: Whom, erase: bool) -> tuple[int, int]:
    """Files with a line that names them, or whose text does."""
    runs = db.session.execute(
        sa.select(ImportRun.id, Upload.key, Upload.content_type)
        .join(Upload, Upload.id == ImportRun.upload_id)
        .where(ImportRun.state.not_in(WORKING))
    ).all()
    found = [run.id for run in runs if _names(whom, run.id, run.key)]
    if erase and found:
        keys = [run.key for run in runs if run.id in found]
        with write():
            db.session.execute(sa.update(ImportRun).where(ImportRun.id.in_(found)).values(upload_id=None))
            _forget_uploads(keys)
        for key in keys:
            store().delete(key)
    return len(found), 0


def _names(whom: Whom, run_id: int, key: str) -> bool:
    """By the file's own text. A workbook is packed: there the lines tell, before they are erased themselves."""
    try:
        with store().open(key) as file:
            content = file.read()
    except NotFound:
        return False
    if not content.startswith(b"PK"):
        return whom.is_named_in(content.decode("utf-8", "replace")) or whom.is_named_in(content.decode("latin-1"))
    lines = db.session.scalars(sa.select(ImportLine.cells).where(ImportLine.run_id == run_id))
    return any(whom.is_named_in(cells) for cells in lines)


def _forget_uploads(keys: Sequence[str]) -> None:
    db.session.execute(sa.delete(Upload).where(Upload.key.in_(keys)))


def _old(before: datetime) -> sa.Select[Any]:
    """Also those whose preview nobody ever decided about."""
    return (
        sa.select(ImportRun.id)
        .where(
            ImportRun.state.not_in(WORKING),
            sa.func.coalesce(ImportRun.ended_at, ImportRun.created_at) < before,
            ImportRun.forgotten_at.is_(None),
        )
        .order_by(ImportRun.id)
    )


HOLDINGS = (
    Holding(
        ImportRun,
        _IMPORTS,
        {
            **are(Is.CODE, "ref", "kind", "state", "key", "locale", "encoding", "columns", "choices", "lease_owner"),
            "problem": Is.TEXT,
        },
        actors=("by_id", "applied_by_id"),
        files=_files,
    ),
    Holding(
        ImportLine,
        _IMPORTS,
        {**are(Is.CODE, "verdict", "key"), **are(Is.TEXT, "cells", "name", "changes", "reasons")},
        part_of=("run_id", "import_run"),
        waits=_is_under_way,
    ),
)

RULES = (
    Rule(
        "imports",
        _l("Imported files and their lines"),
        _l("the day the import ended, or the file was sent if nobody decided about it"),
        90,
        _old,
        forget,
        least=7,
        after=_l("That the file was imported, by whom, and how many lines it had."),
    ),
)
