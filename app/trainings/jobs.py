"""What becomes of trainings by itself: the next weeks of each series are planned (C3)."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
import structlog

from app.core.clock import today
from app.core.db import db, write
from app.core.schedule import daily
from app.trainings.models import TrainingSeries
from app.trainings.queries.series import in_force
from app.trainings.service import series


@daily("trainings.series", hour=3)
def plan_ahead(moment: datetime) -> None:
    """Each series in a write of its own; done again, there is nothing to do."""
    for series_id in list(
        db.session.scalars(sa.select(TrainingSeries.id).where(in_force()).order_by(TrainingSeries.id))
    ):
        try:
            with write():
                held = series.held(series_id)
                if held.until_on is None or held.until_on >= today(held.timezone):
                    series.plan_ahead(held)
        except Exception:  # one series' trouble must not keep the others from theirs
            db.session.rollback()
            structlog.get_logger("trainings").exception("series not planned ahead", series=series_id)
        db.session.expunge_all()
