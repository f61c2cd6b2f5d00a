"""What privacy needs done by the clock: old data go."""

from __future__ import annotations

from datetime import datetime

import structlog

from app.core.clock import really_now
from app.core.schedule import daily
from app.privacy.service import looking, retention


@daily("privacy.retention", hour=2)
def retain(moment: datetime) -> None:
    """Counts what is old, and erases what was counted before. By the machine's own clock, so that trying tomorrow's
    jobs today erases nothing."""
    looking.forget_old()
    erased = retention.run_tonight(really_now())
    structlog.get_logger("privacy").info("retention", erased=erased)
