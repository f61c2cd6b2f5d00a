"""Files of a task: handed in with it, or put there for whoever does it (I4)."""

from __future__ import annotations

import io
from collections.abc import Sequence

import sqlalchemy as sa
from PIL import Image

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, FieldError, NotFound
from app.core.files import JPEG, MAIL, MATERIAL, PNG, TEXT, Received, keep
from app.core.i18n import _l
from app.documents.models import Upload
from app.documents.service import keep_upload
from app.plans.models import FileUse, Plan, PlanTask, TaskFile, TaskState
from app.plans.party import Hand
from app.plans.service import confirming
from app.plans.service.changing import changing, record, task_in
from app.plans.service.finishing import NotYours
from app.playbooks.outline import Kind

ALLOWED = MATERIAL | {TEXT, MAIL}
"""What people hand in: documents, pictures, lists, mails."""
MOST = 100
"""Files that one task holds."""
PREVIEW = 480
"""Pixels of a preview's longer side."""


class FilesSettled(Conflict):
    """What was handed in for approval, or accepted, is not changed any more."""

    def __init__(self) -> None:
        super().__init__(_l("These files are handed in. Open the task again before you change them."))


def add(
    plan_id: int, task_ref: str, received: Sequence[Received], by: Hand, *, use: FileUse = FileUse.GIVEN
) -> list[TaskFile]:
    """Puts files to a task, all or none. `use` INSTRUCTION is for whoever does the task, and for the side that does not
    do it to put there. The contents are stored and previews drawn before the plan is held.

    Raises:
        FieldError: there would be more than a task holds.
        FilesSettled, NotYours, NotFound
    """
    kept = [(keep_upload(file, by.person), _preview(file, by)) for file in received]
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        _refuse(plan, task, by, use)
        if _live_count(task) + len(kept) > MOST:
            raise FieldError("files", _l("This task holds 100 files at most."))
        for upload, preview in kept:
            db.session.add(upload)
            if preview is not None:
                db.session.add(preview)
        db.session.flush()
        files = [
            TaskFile(
                task_id=task.id,
                upload_id=upload.id,
                preview_id=preview.id if preview else None,
                use=use,
                author=by.name,
                person_id=by.person.id if by.person else None,
                contact_id=by.contact.id if by.contact else None,
                created_at=now(),
                upload=upload,
                preview=preview,
            )
            for upload, preview in kept
        ]
        db.session.add_all(files)
        _count(plan, task)
        for file in files:
            record(task, "plan_task.file_added", by, {"_file": (None, file.upload.filename)}, plan=plan)
    return files


def remove(plan_id: int, task_ref: str, file_ref: str, by: Hand) -> TaskFile:
    """Takes a file away again: the customer's people what their side put there, staff any. Its content goes when the
    retention of files says so.

    Raises:
        FilesSettled, NotYours, NotFound
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        file = db.session.scalar(
            sa.select(TaskFile)
            .where(TaskFile.task_id == task.id, TaskFile.ref == file_ref, TaskFile.removed_at.is_(None))
            .options(sa.orm.joinedload(TaskFile.upload))
            .execution_options(populate_existing=True)
        )
        if file is None:
            raise NotFound
        if by.person is None and file.person_id is not None:
            raise NotYours
        _refuse(plan, task, by, FileUse(file.use))
        file.removed_at = now()
        _count(plan, task)
        record(task, "plan_task.file_removed", by, {"_file": (file.upload.filename, None)}, plan=plan)
    return file


def _refuse(plan: Plan, task: PlanTask, by: Hand, use: FileUse) -> None:
    mine = by.may_do(task) if use == FileUse.GIVEN else by.may_judge(task)
    if not mine or (use == FileUse.INSTRUCTION and confirming.asked_for(plan, task) is not None):
        raise NotYours
    settled = task.state == TaskState.HANDED_IN and use == FileUse.GIVEN
    accepted = task.state == TaskState.DONE and task.kind in (Kind.FILES_APPROVED, Kind.DOCUMENT)
    if settled or accepted or task.state == TaskState.GONE:
        raise FilesSettled


def _live_count(task: PlanTask) -> int:
    live = sa.select(sa.func.count()).where(TaskFile.task_id == task.id, TaskFile.removed_at.is_(None))
    return db.session.scalar(live) or 0


def _count(plan: Plan, task: PlanTask) -> None:
    """Of those that were handed in."""
    db.session.flush()
    given = sa.select(sa.func.count()).where(
        TaskFile.task_id == task.id, TaskFile.removed_at.is_(None), TaskFile.use == FileUse.GIVEN
    )
    task.file_count = db.session.scalar(given) or 0
    task.version += 1
    db.session.flush()


def _preview(file: Received, by: Hand) -> Upload | None:
    """A small picture of a picture, drawn anew; the original was drawn anew when it was received."""
    if file.content_type not in (PNG, JPEG):
        return None
    with Image.open(io.BytesIO(file.content)) as picture:
        picture.thumbnail((PREVIEW, PREVIEW))
        out = io.BytesIO()
        picture.save(out, "PNG" if file.content_type == PNG else "JPEG", optimize=True)
    small = Received(file.filename, file.content_type, out.getvalue())
    return Upload(
        key=keep(small),
        filename=small.filename,
        content_type=small.content_type,
        size=small.size,
        sha256=small.sha256,
        uploaded_by_id=by.person.id if by.person else None,
        created_at=now(),
    )
