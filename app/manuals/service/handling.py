"""What readers say of a manual, once an editor has read it."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.i18n import _l
from app.history import service as history
from app.history import words
from app.manuals.models import ManualFeedback, Publication
from app.people.models import Person

words.name({"publication.feedback_handled": _l("Feedback of readers dealt with")})


def handled(publication_id: int, ids: Collection[int], by: Person) -> int:
    """Marks this feedback as dealt with; tells how much was not yet."""
    with write():
        publication = lock(Publication, publication_id)
        which = (
            ManualFeedback.publication_id == publication.id,
            ManualFeedback.id.in_(ids),
            ManualFeedback.handled_at.is_(None),
        )
        count = db.session.scalar(sa.select(sa.func.count()).select_from(ManualFeedback).where(*which)) or 0
        if count:
            db.session.execute(sa.update(ManualFeedback).where(*which).values(handled_at=now()))
            history.record(publication, "publication.feedback_handled", by, {"count": (None, count)})
        return count
