"""What the worker does with a file: takes its lines out, compares them, and later applies them, a part at a time.

Each part is one `write()` that also moves the counters, after looking whether the run still stands where the part
began. So a kill leaves whole parts, two workers never do the same line twice, and the counters are the truth. The lease
only keeps a second worker from comparing for nothing; it is short, because nothing depends on it.
"""

from __future__ import annotations

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import joinedload

from app.core.background import nobody_holds, step
from app.core.db import db, write
from app.core.i18n import _l, in_locale
from app.imports import registry, service
from app.imports.models import WORKING, ImportRun, ImportState
from app.imports.reading import FileProblem
from app.imports.work import applying, comparing, taking_out
from app.imports.work.holding import lease


@step
def go_on(worker: str) -> bool:
    """One part of one import; of several, the one that waits longest."""
    run = _taken(worker)
    if run is None:
        return False
    off = registry.switched_off(registry.of_code(run.kind))
    if off:
        taking_out.close(run)
        service.stop(run, off)
        return True
    with in_locale(run.locale):
        try:
            if run.state == ImportState.APPLYING:
                applying.apply(run, worker)
            elif not run.total:
                taking_out.take_out(run, worker)
            else:
                comparing.compare(run, worker)
        except FileProblem as problem:
            if run.state == ImportState.APPLYING:
                service.end_here(run, *problem.messages)
            else:
                _refuse(run, *problem.messages)
        except SQLAlchemyError:
            raise
        except Exception:
            if run.state != ImportState.READING:
                raise
            structlog.get_logger("imports").exception("file", kind=run.kind, ref=run.ref)
            _refuse(run, _l("The program failed at this file. An administrator finds the cause in the log."))
    return True


def _taken(worker: str) -> ImportRun | None:
    """An import that nobody is at, or this worker is."""
    waiting = (
        sa.select(ImportRun)
        .where(
            ImportRun.state.in_(WORKING),
            sa.or_(nobody_holds(ImportRun.lease_until), ImportRun.lease_owner == worker),
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
            lease(run, worker)
    return run


def _refuse(run: ImportRun, *problem: object) -> None:
    taking_out.close(run)
    service.refuse(run, *problem)
