"""What the work together needs done by the clock."""

from __future__ import annotations

from datetime import datetime

from app.cooperation.service import reviews
from app.core.schedule import daily


@daily("cooperation.meetings", hour=5)
def follow_meetings(moment: datetime) -> None:
    """Reviews follow meetings that were moved among the trainings."""
    reviews.follow_meetings()
