"""What follow-ups need done by the clock."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import daily
from app.followups.service import silence


@daily("followups.silence", hour=8)
def look_for_silence(moment: datetime) -> None:
    """Service partners who do not answer are reminded, and lose a follow-up in the end (T3)."""
    silence.look(moment)
