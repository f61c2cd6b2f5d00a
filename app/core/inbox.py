"""What waits for somebody at the desk: an item's shape. Each feature tells its own in `inbox.py`, `web` gathers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class InboxItem:
    """One thing that waits for a decision."""

    key: str
    """The same for as long as it waits, for example `lead:L-7K3F9Q2M`."""
    icon: str
    title: str
    """What it is about: a company, an address."""
    sentence: str
    """What waits, in the reader's language."""
    due: datetime
    """The promise; the inbox shows the oldest first."""
    url: str
