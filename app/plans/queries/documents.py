"""Prepared documents and their acceptances: the latest of a task, all of them, and by the digest of the file (T5)."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.errors import NotFound
from app.core.files import store
from app.documents.models import Upload
from app.plans.models import PlanDocument, PlanTask, TaskAcceptance


def latest(task_id: int) -> PlanDocument | None:
    """The newest number of a task: what is there to accept, or is accepted."""
    return db.session.scalar(_numbers(task_id).limit(1).execution_options(populate_existing=True))


def of_task(task: PlanTask) -> list[PlanDocument]:
    """All numbers, the newest first."""
    return list(db.session.scalars(_numbers(task.id)))


def one(task: PlanTask, ref: str) -> PlanDocument:
    """Raises NotFound: the task has none of this reference."""
    found = db.session.scalar(_numbers(task.id).where(PlanDocument.ref == ref))
    if found is None:
        raise NotFound
    return found


def _numbers(task_id: int) -> sa.Select[PlanDocument]:
    """The documents of a task, the newest first, with their files."""
    query = sa.select(PlanDocument).where(PlanDocument.task_id == task_id).options(joinedload(PlanDocument.upload))
    return query.order_by(PlanDocument.number.desc())


def is_accepted(task_id: int) -> bool:
    """Whether an acceptance of the task stands."""
    standing = sa.select(TaskAcceptance.id).where(
        TaskAcceptance.task_id == task_id, TaskAcceptance.withdrawn_at.is_(None)
    )
    return db.session.scalar(standing.limit(1)) is not None


def acceptances_of(task: PlanTask) -> list[TaskAcceptance]:
    """The newest first, withdrawn ones too."""
    return list(
        db.session.scalars(
            sa.select(TaskAcceptance)
            .where(TaskAcceptance.task_id == task.id)
            .options(joinedload(TaskAcceptance.upload))
            .order_by(TaskAcceptance.id.desc())
        )
    )


def by_digest(sha256: str) -> tuple[PlanDocument, TaskAcceptance | None] | None:
    """The document whose file has this digest, with its last acceptance; None where there is none."""
    row = db.session.execute(
        sa.select(PlanDocument, TaskAcceptance)
        .outerjoin(TaskAcceptance, TaskAcceptance.upload_id == PlanDocument.upload_id)
        .where(PlanDocument.sha256 == sha256)
        .options(joinedload(PlanDocument.upload), joinedload(TaskAcceptance.upload))
        .order_by(TaskAcceptance.id.desc().nulls_last())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row is not None else None


def stored_sha256(upload: Upload) -> str | None:
    """Of the bytes as they lie in the store now; None where they are lost."""
    try:
        with store().open(upload.key) as file:
            digest = hashlib.sha256()
            while part := file.read(1 << 20):
                digest.update(part)
            return digest.hexdigest()
    except NotFound:
        return None
