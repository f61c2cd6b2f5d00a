"""What reports count of leads: how far each came and how long each step took, day by day, and why leads were closed."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from app.core.db import db
from app.core.workdays import workdays_between
from app.leads.models import Lead, LeadGroup, LeadState
from app.partners.models import Reseller
from app.settings.models import vendor

_LEAD = cast(sa.Table, Lead.__table__)
_ANSWERED = (LeadState.ACCEPTED, LeadState.CONVERTED, LeadState.DECLINED)
_ACCEPTED = (LeadState.ACCEPTED, LeadState.CONVERTED)


@dataclass(frozen=True)
class Fact:
    """One lead as reports see it. Days are working days of the vendor's country."""

    day: date
    """On which it was registered, at the vendor's."""
    reseller_id: int
    decided_by_id: int
    """Who decided on it; 0 for nobody."""
    state: LeadState
    answered_in: int | None
    """From registration to the answer."""
    converted_in: int | None
    """From the answer to the account."""

    @property
    def is_accepted(self) -> bool:
        return self.state in _ACCEPTED


def facts(days: Collection[date]) -> Iterator[Fact]:
    """Of all leads registered on these days, which follow each other. What a robot may have typed counts once it is
    accepted."""
    zone, country = ZoneInfo(vendor().timezone), vendor().country
    lead = _LEAD.c
    rows = db.session.execute(
        sa.select(
            lead.created_at, lead.reseller_id, lead.decided_by_id, lead.state, lead.decided_at, lead.converted_at
        ).where(
            lead.created_at >= _begin(min(days), zone),
            lead.created_at < _begin(max(days) + timedelta(days=1), zone),
            sa.or_(lead.suspicious.is_(False), lead.state.in_(_ACCEPTED)),
        )
    )
    for created_at, reseller_id, decided_by_id, state, decided_at, converted_at in rows:
        day = created_at.astimezone(zone).date()
        answered = decided_at.astimezone(zone).date() if decided_at and state in _ANSWERED else None
        became = converted_at.astimezone(zone).date() if converted_at and state == LeadState.CONVERTED else None
        yield Fact(
            day,
            reseller_id,
            decided_by_id or 0,
            LeadState(state),
            None if answered is None else max(0, workdays_between(day, answered, country)),
            None if became is None else max(0, workdays_between(answered or day, became, country)),
        )


def touched_since(moment: datetime) -> set[date]:
    """The days of registration of whatever changed since."""
    zone = ZoneInfo(vendor().timezone)
    rows = db.session.scalars(sa.select(_LEAD.c.created_at).where(_LEAD.c.updated_at >= moment))
    return {created_at.astimezone(zone).date() for created_at in rows}


def first_day() -> date | None:
    """Of the earliest registration; None while there is none."""
    earliest = db.session.scalar(sa.select(_LEAD.c.created_at).order_by(_LEAD.c.created_at).limit(1))
    return earliest.astimezone(ZoneInfo(vendor().timezone)).date() if earliest else None


def closed(start: date, end: date, reseller_id: int | None, decided_by_id: int | None, most: int) -> list[Lead]:
    """Leads that were declined or withdrawn in the period, the latest first, with their resellers."""
    zone = ZoneInfo(vendor().timezone)
    query = sa.select(Lead).where(
        Lead.list_group == LeadGroup.CLOSED,
        Lead.updated_at >= _begin(start, zone),
        Lead.updated_at < _begin(end + timedelta(days=1), zone),
    )
    if reseller_id is not None:
        query = query.where(Lead.reseller_id == reseller_id)
    if decided_by_id is not None:
        query = query.where(Lead.decided_by_id == decided_by_id)
    query = query.options(joinedload(Lead.reseller).joinedload(Reseller.organisation))
    return list(db.session.scalars(query.order_by(Lead.updated_at.desc(), Lead.id.desc()).limit(most)))


def _begin(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
