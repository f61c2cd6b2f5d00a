"""The time: one place to ask, so that tests can set it."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def today(timezone: str) -> date:
    """The calendar day in a time zone, for example the vendor's."""
    return now().astimezone(ZoneInfo(timezone)).date()
