"""Service partners who do not answer: they are reminded twice, then the follow-up is the coordinator's again (T3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from app.core.clock import now
from app.core.db import db, lock, write
from app.core.workdays import add_workdays
from app.followups.emails import FollowUpReminder
from app.followups.models import ALIVE, ENDED, Assignment, FollowUp, FollowUpState, ServicePartner
from app.followups.service import followups as service
from app.leads.models import Lead
from app.settings.models import vendor


def look(moment: datetime) -> None:
    """What is silent is reminded or taken back, and follow-ups of dead leads are closed, each in a write of its own.
    Days are working days of the service partner's country; run twice it does nothing more."""
    for followup_id in db.session.scalars(_of_dead_leads()).all():
        _alone(service.close_of_dead_lead, followup_id)
    day = _day(moment)
    for row in db.session.execute(_silent()).all():
        since = _day(row.moved_at)
        if day >= add_workdays(since, vendor().followup_hand_back_workdays, row.country):
            _alone(service.take_back_silent, row.id, row.moved_at)
        elif (due := _due(since, day, row.country)) and (row.reminded_at is None or _day(row.reminded_at) < due):
            _alone(_remind, row.id, row.moved_at, row.country)


def _due(since: date, day: date, country: str) -> date | None:
    """The day of the latest reminder that has come."""
    own = vendor()
    counts = (own.followup_remind_workdays, own.followup_remind_again_workdays)
    days = [add_workdays(since, count, country) for count in counts]
    return max((each for each in days if each <= day), default=None)


def _day(moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(vendor().timezone)).date()


def _remind(followup_id: int, since: datetime, country: str) -> None:
    with write():
        lead_id = db.session.scalars(sa.select(FollowUp.lead_id).where(FollowUp.id == followup_id)).one()
        lead = lock(Lead, lead_id)
        found = lock(FollowUp, followup_id)
        if found.state != FollowUpState.ASSIGNED or found.moved_at != since or found.assignment_id is None:
            return
        found.reminded_at = now()
        until = add_workdays(_day(since), vendor().followup_hand_back_workdays, country)
        partner_id = db.session.get_one(Assignment, found.assignment_id).partner_id
        service.tell(
            found,
            FollowUpReminder(found.ref, lead.company_name, _day(since), until),
            service.people_of(partner_id),
        )
        service.note(lead, found, "lead.followup_reminded", None, {})


def _alone(verb: Callable[..., object], followup_id: int, *args: object) -> None:
    """One follow-up's trouble must not keep the others from theirs."""
    try:
        verb(followup_id, *args)
    except Exception:
        db.session.rollback()
        structlog.get_logger("followups").exception("silence not dealt with", followup=followup_id)
    db.session.expunge_all()


def _silent() -> sa.Select[int, datetime, datetime | None, str]:
    return (
        sa.select(FollowUp.id, FollowUp.moved_at, FollowUp.reminded_at, ServicePartner.country)
        .join(Assignment, Assignment.id == FollowUp.assignment_id)
        .join(ServicePartner, ServicePartner.id == Assignment.partner_id)
        .where(FollowUp.state == FollowUpState.ASSIGNED)
        .order_by(FollowUp.id)
    )


def _of_dead_leads() -> sa.Select[int]:
    return (
        sa.select(FollowUp.id)
        .join(Lead, Lead.id == FollowUp.lead_id)
        .where(FollowUp.state.not_in(ENDED), Lead.state.not_in(ALIVE))
        .order_by(FollowUp.id)
    )
