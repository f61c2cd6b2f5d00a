"""What personal links hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from app.access.links import AccessLink, Purpose
from app.core.db import db
from app.core.i18n import _l
from app.core.privacy import Holding, Is, Kind, Rule, Whom, are

SUBJECTS = {
    Purpose.SIGN_IN: "person",
    Purpose.PASSWORD_RESET: "person",
    Purpose.INVITATION: "person",
    Purpose.MEMBERSHIP: "invitation",
    Purpose.EMAIL_CHANGE_OLD: "email_change",
    Purpose.EMAIL_CHANGE_NEW: "email_change",
    Purpose.APPLICATION_STATUS: "application",
    Purpose.PRIVACY: "privacy_notice",
    Purpose.PRIVACY_REQUEST: "privacy_request",
    Purpose.PLAN: "plan_contact",
    Purpose.PLAN_TASK: "task_handover",
    Purpose.PARTNER_REGISTRATION: "partner_registration",
}
"""Of which table the subject of each purpose is."""


def _owned(whom: Whom) -> sa.ColumnElement[bool]:
    held = {table: set(ids) for table, ids in whom.records.items()}
    held["person"] = set(whom.person_ids)
    return sa.or_(
        *(
            sa.and_(AccessLink.purpose == purpose, AccessLink.subject_id.in_(sorted(held[table])))
            for purpose, table in SUBJECTS.items()
            if held.get(table)
        ),
        sa.false(),
    )


def _old(before: datetime) -> sa.Select[Any]:
    over = sa.or_(AccessLink.used_at < before, AccessLink.revoked_at < before, AccessLink.expires_at < before)
    return sa.select(AccessLink.id).where(over).order_by(AccessLink.id)


def _forget(ids: Sequence[int]) -> None:
    db.session.execute(sa.delete(AccessLink).where(AccessLink.id.in_(ids)))


HOLDINGS = (
    Holding(
        AccessLink,
        Kind(
            "links",
            _l("Personal links"),
            _l("To let the right person in without a password: performance of the contract."),
            _l("Until 90 days after they were used, closed or expired."),
        ),
        {**are(Is.CODE, "purpose"), **are(Is.SECRET, "token_hash"), "payload": Is.TEXT},
        owned=_owned,
        goes=True,
    ),
)

RULES = (
    Rule(
        "links",
        _l("Personal links that no longer open anything"),
        _l("the day the link was used, closed or expired"),
        90,
        _old,
        _forget,
        least=7,
        after=_l("Nothing: whoever follows one reads that it is unknown."),
    ),
)
