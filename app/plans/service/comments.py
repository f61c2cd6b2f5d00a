"""Words about a task, for both sides or among staff (I5)."""

from __future__ import annotations

import sqlalchemy as sa

from app.core import identifiers
from app.core.clock import now
from app.core.db import db
from app.core.errors import FieldError
from app.core.i18n import _l
from app.core.identifiers import Invalid
from app.plans.models import TaskComment
from app.plans.party import Hand
from app.plans.service import telling
from app.plans.service.changing import changing, record, task_in

LONGEST = 5000
"""Signs of a comment."""


def comment(
    plan_id: int,
    task_ref: str,
    body: str,
    by: Hand,
    *,
    internal: bool = False,
    urgent: bool = False,
    key: str | None = None,
) -> TaskComment:
    """Says something about a task, whatever its state. Staff may say it among themselves (`internal`); urgent words are
    mailed at once, others come with the digest. The same form sent twice (`key`) is one comment.

    Raises:
        FieldError: nothing was typed, or too much.
        NotFound
    """
    try:
        body = identifiers.clean_text(body)
    except Invalid as error:
        raise FieldError("body", error.message) from error
    if not body:
        raise FieldError("body", _l("Enter your message"))
    if len(body) > LONGEST:
        raise FieldError("body", _l("This text is too long."))
    internal = internal and by.person is not None
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if key and (said := db.session.scalar(sa.select(TaskComment).where(TaskComment.key == key))) is not None:
            return said
        said = TaskComment(
            task_id=task.id,
            author=by.name,
            person_id=by.person.id if by.person else None,
            contact_id=by.contact.id if by.contact else None,
            internal=internal,
            body=body,
            key=key,
            created_at=now(),
        )
        db.session.add(said)
        if not internal:
            task.comment_count += 1
        db.session.flush()
        record(task, "plan_task.noted" if internal else "plan_task.commented", by, plan=plan)
        if urgent and not internal:
            telling.words(plan, task, body, by)
    return said
