"""Finding imports and their lines, each person those of the lists that this person may import."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, everything_of, page_of
from app.imports import registry
from app.imports.models import WORKING, ImportLine, ImportRun, ImportState, Verdict
from app.people.models import Person

LINES_A_PAGE = 50


def visible_to(actor: Person) -> sa.Select[ImportRun]:
    """The imports into lists that this person may import. Of a process that is switched off, those that were under way:
    their page says that they stopped."""
    kinds = [importer.code for importer in registry.open_to(actor)]
    also = [importer.code for importer in registry.allowed_to(actor)]
    under_way = sa.and_(ImportRun.kind.in_(also), ImportRun.state.in_((*WORKING, ImportState.STOPPED)))
    return sa.select(ImportRun).where(sa.or_(ImportRun.kind.in_(kinds), under_way))


def one(actor: Person, ref: str) -> ImportRun:
    """One import with its file and who sent it.

    Raises:
        NotFound: there is none, or not for this person.
    """
    found = db.session.scalar(
        visible_to(actor)
        .where(ImportRun.ref == ref)
        .options(joinedload(ImportRun.upload), joinedload(ImportRun.by))
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def page(actor: Person, cursor: str | None) -> Page[ImportRun]:
    """One page of earlier imports, the latest first."""
    found: Page[ImportRun] = page_of(
        _with_file(actor), ImportRun.created_at, ImportRun.id, descending=True, cursor=cursor, size=20
    )
    return found


def everything(actor: Person) -> Iterator[ImportRun]:
    """The same for a file."""
    return everything_of(_with_file(actor), ImportRun.created_at, ImportRun.id, descending=True)


def _with_file(actor: Person) -> sa.Select[ImportRun]:
    return visible_to(actor).options(joinedload(ImportRun.upload), joinedload(ImportRun.by))


def lines(run: ImportRun, verdict: str, cursor: str | None) -> Page[ImportLine]:
    """One page of the lines with this verdict, in the order of the file."""
    query = sa.select(ImportLine).where(ImportLine.run_id == run.id, ImportLine.verdict == verdict)
    found: Page[ImportLine] = page_of(query, ImportLine.number, descending=False, cursor=cursor, size=LINES_A_PAGE)
    return found


def wrong_lines(run: ImportRun) -> Iterator[ImportLine]:
    """All that is wrong, for a file, five hundred at a time."""
    after = 0
    while True:
        part = list(
            db.session.scalars(
                sa.select(ImportLine)
                .where(ImportLine.run_id == run.id, ImportLine.verdict == Verdict.WRONG, ImportLine.number > after)
                .order_by(ImportLine.number)
                .limit(500)
            )
        )
        yield from part
        if len(part) < 500:
            return
        after = part[-1].number
        db.session.expunge_all()


def taken_out(run_id: int) -> tuple[int, int]:
    """How many lines were taken out of the file so far, and the number of the last one."""
    row: Any = db.session.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.max(ImportLine.number), 0)).where(
            ImportLine.run_id == run_id
        )
    ).one()
    return int(row[0]), int(row[1])
