"""What reports count of trainings: how many were held, and who came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.core.db import db
from app.customers.models import Account
from app.settings.models import vendor
from app.trainings.models import Attendance, Participant, SessionState, TrainingSession


@dataclass(frozen=True)
class Held:
    """What was held in a month by one trainer. Months begin in UTC: trainings are held by day."""

    first: date
    trainer_id: int | None
    sessions: int
    invited: int
    attended: int
    missed: int


def held(start: date, end: date, trainer_id: int | None, reseller_id: int | None) -> list[Held]:
    """Sessions held in the period, both days included, in one query; of a reseller those with participants of its
    accounts, and only these."""
    zone = ZoneInfo(vendor().timezone)
    year, month = sa.extract("year", TrainingSession.starts_at), sa.extract("month", TrainingSession.starts_at)

    def number(attendance: Attendance) -> sa.ColumnElement[int]:
        return sa.func.coalesce(sa.func.sum(sa.case((Participant.attendance == attendance, 1), else_=0)), 0)

    keys = (year, month, TrainingSession.trainer_id)
    came = sa.and_(Participant.session_id == TrainingSession.id, Participant.attendance != Attendance.WITHDRAWN)
    query = (
        sa.select(
            *keys,
            sa.func.count(sa.distinct(TrainingSession.id)),
            sa.func.count(Participant.id),
            number(Attendance.ATTENDED),
            number(Attendance.MISSED),
        )
        .outerjoin(Participant, came)
        .where(
            TrainingSession.state == SessionState.HELD,
            TrainingSession.starts_at >= datetime.combine(start, time(), zone),
            TrainingSession.starts_at < datetime.combine(end + timedelta(days=1), time(), zone),
        )
        .group_by(*keys)
    )
    if trainer_id is not None:
        query = query.where(TrainingSession.trainer_id == trainer_id)
    if reseller_id is not None:
        query = query.where(Participant.account_id.in_(sa.select(Account.id).where(Account.reseller_id == reseller_id)))
    return [
        Held(date(int(y), int(m), 1), trainer, int(sessions), int(invited), int(attended), int(missed))
        for y, m, trainer, sessions, invited, attended, missed in db.session.execute(query)
    ]
