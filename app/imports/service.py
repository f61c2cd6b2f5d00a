"""What becomes of a file: sent, then applied or discarded by whoever looked at the preview, forgotten later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.core import background
from app.core.clock import now
from app.core.db import after_commit, db, lock, write
from app.core.errors import Conflict
from app.core.files import Received, store
from app.core.i18n import _l
from app.core.sentences import Several, kept
from app.documents.models import Upload
from app.documents.service import keep_upload
from app.history import words
from app.history.service import record
from app.imports import registry
from app.imports.importer import Importer
from app.imports.models import WORKING, ImportLine, ImportRun, ImportState, Verdict
from app.people.models import Person
from app.settings.processes import NAMES, Process

words.name(
    {
        "import.sent": _l("File sent"),
        "import.applied": _l("Import begun"),
        "import.discarded": _l("Import discarded"),
        "import.stopped": _l("Import stopped"),
        "import.resumed": _l("Import resumed"),
        "import.ended": _l("Rest of the import left out"),
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


def apply(run_id: int, by: Person, typed: Mapping[str, str] | None = None) -> ImportRun:
    """Has the worker do what the preview says. `typed` answers the importer's choices; what it does not answer has the
    usual answer. A second press does nothing more.

    Raises:
        ImportMovedOn: it was discarded meanwhile, or is not compared yet.
    """
    with write():
        run = lock(ImportRun, run_id)
        if run.state in (ImportState.APPLYING, ImportState.DONE):
            return run
        if run.state != ImportState.READY or not run.to_import:
            raise ImportMovedOn
        run.wanted = run.to_import
        run.applied_by_id = by.id
        asked = registry.of_code(run.kind).asks
        run.choices = {choice.code: choice.answer((typed or {}).get(choice.code)) for choice in asked}
        run.move_to(ImportState.APPLYING)
        record(run, "import.applied", by, {"new": (None, run.new), "changed": (None, run.changed), **_chosen(run)})
        background.wake()
    return run


def _chosen(run: ImportRun) -> dict[str, tuple[None, str]]:
    return {code: (None, answer) for code, answer in run.choices.items()}


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
        if run.was_stopped_applying:
            _leave_out(run, _l("The rest of this import was left out: %(name)s ended it.", name=by.name))
            record(run, "import.ended", by)
            return run
        if run.state not in (ImportState.READING, ImportState.READY, ImportState.STOPPED):
            raise ImportMovedOn
        run.ended_at = now()
        run.move_to(ImportState.DISCARDED)
        record(run, "import.discarded", by)
    return run


# --- what stops it ----------------------------------------------------------------------------------------------------


class ProcessOff(Conflict):
    """Nothing goes on while the process is off."""

    def __init__(self) -> None:
        super().__init__(_l("The process that this list belongs to is still switched off in the settings."))


def stop(run: ImportRun, off: Sequence[Process]) -> None:
    """The process was switched off: what is done stays, the rest waits until somebody says go on."""
    with write():
        held = lock(ImportRun, run.id)
        if held.state not in WORKING:
            return
        held.explain(
            _l(
                "This list belongs to a process that was switched off in the settings: %(processes)s.",
                processes=Several(NAMES[process] for process in off),
            )
        )
        held.move_to(ImportState.STOPPED)
        record(held, "import.stopped", None, {"processes": (None, [str(process) for process in off])})


def resume(run_id: int, by: Person) -> ImportRun:
    """Has the worker go on where it stopped. A second press does nothing more.

    Raises:
        ProcessOff: the process is still switched off.
        ImportMovedOn: it was ended meanwhile.
    """
    with write():
        run = lock(ImportRun, run_id)
        if run.state in WORKING:
            return run
        if run.state != ImportState.STOPPED:
            raise ImportMovedOn
        if registry.switched_off(registry.of_code(run.kind)):
            raise ProcessOff
        run.problem = None
        run.move_to(ImportState.APPLYING if run.was_stopped_applying else ImportState.READING)
        record(run, "import.resumed", by)
        background.wake()
    return run


def end_here(run: ImportRun, *problem: object) -> None:
    """While it is applied, something makes it impossible to go on: what is left stays undone."""
    with write():
        held = lock(ImportRun, run.id)
        if held.state == ImportState.APPLYING:
            _leave_out(held, *problem)


def refuse(run: ImportRun, *problem: object) -> None:
    """The file as a whole cannot be read."""
    with write():
        held = lock(ImportRun, run.id)
        if held.state != ImportState.READING:
            return
        db.session.execute(sa.delete(ImportLine).where(ImportLine.run_id == held.id))
        held.explain(*problem)
        held.ended_at = now()
        held.total = held.read = held.new = held.changed = held.unchanged = held.wrong = 0
        held.move_to(ImportState.REFUSED)


def _leave_out(held: ImportRun, *problem: object) -> None:
    left = sa.and_(
        ImportLine.run_id == held.id,
        ImportLine.verdict.in_((Verdict.NEW, Verdict.CHANGED)),
        ImportLine.applied.is_(False),
    )
    counted = sa.select(ImportLine.verdict, sa.func.count()).where(left).group_by(ImportLine.verdict)
    for verdict, count in db.session.execute(counted).all():
        setattr(held, verdict, getattr(held, verdict) - count)
        held.wrong += count
    db.session.execute(
        sa.update(ImportLine)
        .where(left)
        .values(verdict=Verdict.WRONG, changes={}, reasons=[["", kept(sentence)] for sentence in problem])
        .execution_options(synchronize_session=False)
    )
    held.explain(*problem)
    held.ended_at, held.applied = now(), held.wanted
    held.move_to(ImportState.DONE)


# --- forgetting -------------------------------------------------------------------------------------------------------


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
    stopped = sa.select(ImportRun).where(ImportRun.id.in_(ids), ImportRun.state == ImportState.STOPPED)
    for run in db.session.scalars(stopped.execution_options(populate_existing=True)):
        if run.was_stopped_applying:
            _leave_out(run)
        else:
            run.ended_at = moment
            run.move_to(ImportState.DISCARDED)
    db.session.flush()
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
