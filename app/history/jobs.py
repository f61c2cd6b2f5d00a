"""What happens to the record of changes by itself: sealed each minute, checked each night."""

from __future__ import annotations

from datetime import datetime

import structlog

from app.core.schedule import daily, every
from app.history import chain


@every("history.seal", minutes=1)
def seal(moment: datetime) -> None:
    """Seals new entries into the chain."""
    chain.seal_entries()


@daily("history.check", hour=3)
def check(moment: datetime) -> None:
    """Verifies the whole chain; a fault becomes an inbox item."""
    found = chain.check()
    if found.faults:
        structlog.get_logger("history").error("history was changed", faults=len(found.faults))
