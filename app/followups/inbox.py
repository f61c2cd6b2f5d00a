"""What waits for a coordinator: follow-ups to assign, and service partners to phone about urgent ones."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.followups.models import TO_ASSIGN, WITH_PARTNER, FollowUp, FollowUpState
from app.people.models import Person
from app.settings.models import vendor

ASSIGNED_IN = 1
"""Working days in which a follow-up is assigned; an urgent one is on the same day."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In one query. An administrator may assign too, but is not waited for."""
    if not policy.allows(actor, P.FOLLOWUPS_ASSIGN) or StaffRole.COORDINATOR not in actor.staff_roles:
        return []
    to_phone = sa.and_(FollowUp.state.in_(WITH_PARTNER), FollowUp.urgent, FollowUp.phoned_at.is_(None))
    rows = db.session.scalars(
        sa.select(FollowUp)
        .where(sa.or_(FollowUp.state.in_(TO_ASSIGN), to_phone))
        .order_by(FollowUp.moved_at, FollowUp.id)
        .limit(limit)
        .options(joinedload(FollowUp.lead))
    )
    return [_item(found) for found in rows]


def _item(found: FollowUp) -> InboxItem:
    zone = ZoneInfo(vendor().timezone)
    day = found.moved_at.astimezone(zone).date()
    if not found.urgent:
        day = add_workdays(day, ASSIGNED_IN, vendor().country)
    return InboxItem(
        f"follow-up:{found.ref}",
        "flag" if found.urgent else "phone",
        found.lead.company_name,
        _sentence(found),
        datetime.combine(day, time(17, 0), zone),
        url_for("followups_desk.followup", ref=found.ref),
    )


def _sentence(found: FollowUp) -> str:
    match FollowUpState(found.state):
        case FollowUpState.NOT_POSSIBLE:
            return _("Follow-up to assign again: not possible for the service partner")
        case FollowUpState.HANDED_BACK:
            return _("Follow-up to assign again: it was taken back")
        case FollowUpState.ASKED:
            return _("Urgent follow-up to assign") if found.urgent else _("Follow-up to assign")
        case _with_partner:
            return _("Urgent follow-up: phone the service partner too")
