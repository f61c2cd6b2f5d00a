"""What leads need done by the clock."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import daily
from app.leads.service import informing
from app.leads.service.decision import release_expired_claims


@daily("leads.release_claims", hour=2)
def release_claims(moment: datetime) -> None:
    """A claim whose protected time is over is let go, with an entry in the lead's history."""
    release_expired_claims()


@daily("leads.privacy_notices", hour=7)
def send_privacy_notices(moment: datetime) -> None:
    """Contact persons whose privacy notice had to wait are told (R9)."""
    informing.send_waiting()
