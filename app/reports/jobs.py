"""Sums follow the leads, some minutes behind."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import every
from app.reports import rollups


@every("reports.count", minutes=5)
def count(moment: datetime) -> None:
    """What changed since the last time, or everything where nothing was counted yet."""
    rollups.refresh()
