"""What goes out by itself."""

from __future__ import annotations

from datetime import datetime

from app.core.schedule import daily
from app.notices import service


@daily("notices.digest", hour=7)
def send_digests(moment: datetime) -> None:
    """On the first day of the month at the vendor's; on the days after it for whoever was left out by a standstill."""
    service.send_digests(moment)


@daily("notices.forget", hour=3)
def forget(moment: datetime) -> None:
    service.forget_digests()
