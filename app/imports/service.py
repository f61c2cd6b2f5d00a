"""What becomes of a file: sent, then applied or discarded by whoever looked at the preview, forgotten later."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core import background
from app.core.clock import now
from app.core.db import after_commit, db, lock, write
from app.core.errors import Conflict
from app.core.files import Received, store
from app.core.i18n import _l
from app.documents.models import Upload
from app.documents.service import keep_upload
from app.history import words
from app.history.service import record
from app.imports.importer import Importer
from app.imports.models import WORKING, ImportLine, ImportRun, ImportState
from app.people.models import Person

words.name(
    {
        "import.sent": _l("File sent"),
        "import.applied": _l("Import begun"),
        "import.discarded": _l("Import discarded"),
    }
)


class ImportMovedOn(Conflict):
    """Somebody else decided about it, or it is not at that point."""

    def __init__(self) -> None:
        super().__init__(_l("This import is not waiting for a decision any more. Look at it again."))


def send(importer: Importer, received: Received, key: str, locale: str, by: Person) -> ImportRun:
    """Keeps a file and has the worker compare it with what is there. The same form sent twice is one import."""
    first = _sent_before(key)
    if first is not None:
        return first
    upload = keep_upload(received, by)
    try:
        with write():
            db.session.add(upload)
            db.session.flush()
            run = ImportRun(
                kind=importer.code,
                upload_id=upload.id,
                key=key,
                locale=locale,
                by_id=by.id,
                created_at=now(),
                ended_at=None,
                forgotten_at=None,
                applied_by_id=None,
                problem=None,
                lease_owner=None,
                lease_until=None,
            )
            db.session.add(run)
            db.session.flush()
            record(run, "import.sent", by, {"kind": (None, importer.code), "file": (None, upload.filename)})
            background.wake()
    except IntegrityError:
        there = _sent_before(key)
        if there is None:
            raise
        store().delete(upload.key)
        return there
    return run


def _sent_before(key: str) -> ImportRun | None:
    return db.session.scalar(sa.select(ImportRun).where(ImportRun.key == key))


def apply(run_id: int, by: Person) -> ImportRun:
    """Has the worker do what the preview says. A second press does nothing more.

    Raises:
        ImportMovedOn: it was discarded meanwhile, or is not compared yet.
    """
    with write():
        run = lock(ImportRun, run_id)
        if run.state in (ImportState.APPLYING, ImportState.DONE):
            return run
        if run.state != ImportState.READY or not run.to_import:
            raise ImportMovedOn
        run.state = ImportState.APPLYING
        run.wanted = run.to_import
        run.applied_by_id = by.id
        run.lease_owner = run.lease_until = None
        run.version += 1
        record(run, "import.applied", by, {"new": (None, run.new), "changed": (None, run.changed)})
        background.wake()
    return run


def discard(run_id: int, by: Person) -> ImportRun:
    """Nothing of it will be imported. A second press does nothing more; one that is under way ends before it is read
    further.

    Raises:
        ImportMovedOn: it is being imported, or ended already.
    """
    with write():
        run = lock(ImportRun, run_id)
        if run.state == ImportState.DISCARDED:
            return run
        if run.state not in (ImportState.READING, ImportState.READY):
            raise ImportMovedOn
        run.state = ImportState.DISCARDED
        run.ended_at = now()
        run.lease_owner = run.lease_until = None
        run.version += 1
        record(run, "import.discarded", by)
    return run


def forget(ids: Sequence[int]) -> None:
    """Deletes the files and lines of these imports, inside this `write()`. Their numbers stay; what they changed stands
    in the history of each record. One that nobody decided about is discarded with it; one that somebody decided about
    a moment ago stays."""
    ids = db.session.scalars(
        sa.select(ImportRun.id)
        .where(ImportRun.id.in_(ids), ImportRun.state.not_in(WORKING))
        .order_by(ImportRun.id)
        .with_for_update()
    ).all()
    uploads = db.session.execute(
        sa.select(Upload.id, Upload.key).join(ImportRun, ImportRun.upload_id == Upload.id).where(ImportRun.id.in_(ids))
    ).all()
    moment = now()
    db.session.execute(sa.delete(ImportLine).where(ImportLine.run_id.in_(ids)))
    db.session.execute(
        sa.update(ImportRun)
        .where(ImportRun.id.in_(ids), ImportRun.state == ImportState.READY)
        .values(state=ImportState.DISCARDED, ended_at=moment)
    )
    db.session.execute(
        sa.update(ImportRun).where(ImportRun.id.in_(ids)).values(upload_id=None, forgotten_at=moment, problem=None)
    )
    db.session.execute(sa.delete(Upload).where(Upload.id.in_([upload.id for upload in uploads])))
    for upload in uploads:
        after_commit(partial(store().delete, upload.key))
