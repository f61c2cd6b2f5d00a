"""Pausing what leaves the house, and letting it go again."""

from __future__ import annotations

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import after_commit, db, lock, lock_named, write
from app.core.errors import Conflict
from app.core.i18n import _l
from app.history import words
from app.history.service import Actor, record
from app.outbox import pause as pauses
from app.outbox.models import MailRow, MailState
from app.outbox.pause import OutboxPause, PauseReason
from app.outbox.service import wake

words.name({"outbox.paused": _l("Sending paused"), "outbox.released": _l("Sending goes on")})


def pause(by: Actor | None) -> OutboxPause:
    """Nothing leaves from now on; what is under way at this moment still arrives. Pausing twice is once."""
    with write():
        lock_named("outbox:pause")
        standing = pauses.standing()
        if standing is None:
            standing = OutboxPause(reason=PauseReason.ASKED, begun_at=now())
            db.session.add(standing)
            db.session.flush()
            record(standing, "outbox.paused", by)
    return standing


def release(pause_id: int, by: Actor | None, *, set_aside_old: bool = False) -> int:
    """Lets mails and events leave again.

    With `set_aside_old`, mails that waited when the restored backup was made are set aside, since they may have been
    sent then; each can be sent again at the desk. Tells how many.

    Raises:
        Conflict: somebody did so meanwhile.
    """
    with write():
        lock_named("outbox:pause")
        standing = lock(OutboxPause, pause_id)
        if standing.ended_at is not None:
            raise Conflict(_l("Somebody has already let mail leave again."))
        standing.ended_at = now()
        count = _set_aside(standing) if set_aside_old and standing.backup_at is not None else 0
        record(standing, "outbox.released", by, {"set_aside": (None, count)} if count else None)
        after_commit(wake)
    return count


def _set_aside(standing: OutboxPause) -> int:
    changed = db.session.execute(
        sa.update(MailRow)
        .where(MailRow.created_at <= standing.backup_at, MailRow.state.in_([MailState.QUEUED, MailState.SENDING]))
        .values(state=MailState.SET_ASIDE, lease_owner=None, lease_until=None)
        .returning(MailRow.id)
        .execution_options(synchronize_session=False)
    )
    return len(changed.all())


def old_waiting(standing: OutboxPause) -> int:
    """How many mails waited already when the backup was made."""
    if standing.backup_at is None:
        return 0
    found = db.session.scalar(
        sa.select(sa.func.count())
        .select_from(MailRow)
        .where(MailRow.created_at <= standing.backup_at, MailRow.state.in_([MailState.QUEUED, MailState.SENDING]))
    )
    return found or 0
