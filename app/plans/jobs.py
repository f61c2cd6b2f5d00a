"""What becomes of plans by itself: the passing of time moves deadlines, forecast and health (I8)."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
import structlog

from app.core.db import db, lock, write
from app.core.schedule import daily, every
from app.plans import standing
from app.plans.models import Plan, PlanState
from app.plans.service import expiring
from app.plans.service import visibility as unconfirmed
from app.settings.models import vendor


@daily("plans.forecast", hour=2)
def forecast(moment: datetime) -> None:
    """Every running plan that nobody has touched since midnight, each in a write of its own: a run that is interrupted
    goes on where it was, and people's own changes come in between."""
    zone = ZoneInfo(vendor().timezone)
    midnight = datetime.combine(moment.astimezone(zone).date(), time(), zone)
    due = sa.select(Plan.id).where(
        Plan.state == PlanState.RUNNING, sa.or_(Plan.forecast_at.is_(None), Plan.forecast_at < midnight)
    )
    for plan_id in list(db.session.scalars(due.order_by(Plan.id))):
        try:
            with write():
                plan = lock(Plan, plan_id)
                if plan.is_running:
                    standing.keep(plan)
        except Exception:  # one plan's trouble must not keep the others from theirs
            db.session.rollback()
            structlog.get_logger("plans").exception("forecast failed", plan=plan_id)
        db.session.expunge_all()


@daily("plans.renewals", hour=3)
def renewals(moment: datetime) -> None:
    """Asks again for files that are valid for some time only, a month before their last day (T6)."""
    expiring.renew(moment)


@every("plans.visibility", minutes=15)
def visibility(moment: datetime) -> None:
    """From noon of a starting date on, at the vendor's: nobody confirmed that the customer can be seen (C7)."""
    unconfirmed.alert(moment)
