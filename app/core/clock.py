"""The time: one place to ask, so that tests can set it and jobs can be run as if it were later."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_ahead: ContextVar[timedelta] = ContextVar("gangway_ahead", default=timedelta())


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC) + _ahead.get()


def really_now() -> datetime:
    """What the machine's clock says, also inside `as_if`. For what deletes by age."""
    return datetime.now(UTC)


@contextmanager
def as_if(moment: datetime) -> Iterator[None]:
    """Lets `now()` run from `moment` on, as when tomorrow's jobs are tried today."""
    token = _ahead.set(moment - datetime.now(UTC))
    try:
        yield
    finally:
        _ahead.reset(token)


def today(timezone: str) -> date:
    """The calendar day in a time zone, for example the vendor's."""
    return now().astimezone(ZoneInfo(timezone)).date()


def moment_at(day: date, clock: str, timezone: str) -> datetime | None:
    """The moment at which clocks of a time zone show this day and, as "14:05", this time, in UTC. None for a time that
    they leave out when they are put forward."""
    local = datetime.combine(day, time.fromisoformat(clock), ZoneInfo(timezone))
    moment = local.astimezone(UTC)
    return moment if moment.astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None) else None
