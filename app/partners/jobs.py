"""What the worker does by itself for the reseller programme."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import daily
from app.partners.service import reminders


@daily("partners.reminders", hour=6)
def remind_staff(moment: datetime) -> None:
    """Names applications that have waited 7 or 25 days to everybody who decides (R2)."""
    reminders.remind_staff(moment)
