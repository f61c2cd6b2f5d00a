"""Keeps the sums: what changed since the last time is counted anew, day by day, or everything from the beginning."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import cast

import sqlalchemy as sa

from app.core.charts import months_between
from app.core.clock import now, today
from app.core.db import db, lock_named, write
from app.leads import reports as leads
from app.leads.models import LeadState
from app.reports.models import LONGEST, Grain, LeadCount, LeadDays, ReportMark, Step
from app.settings.models import vendor

OVERLAP = timedelta(minutes=15)
"""What was committed so long after its moment is still seen: every `write()` is much shorter."""
_CHUNK = 7
"""Days counted in one `write()`, so that nobody waits long for a turn."""
_COUNT, _DAYS = cast(sa.Table, LeadCount.__table__), cast(sa.Table, LeadDays.__table__)
_FIGURES = ("registered", "accepted", "converted", "declined", "withdrawn")


def counted_at() -> datetime | None:
    """Up to when everything is counted; None before the first time."""
    return db.session.scalar(sa.select(ReportMark.counted_at).where(ReportMark.id == 1))


def refresh() -> int:
    """Counts the days anew of which a lead changed since the last time; tells how many."""
    mark = db.session.get(ReportMark, 1, populate_existing=True)
    if mark is None or mark.basis != _basis():
        return rebuild()
    begun = now()
    days = leads.touched_since(mark.counted_at - OVERLAP)
    _count(days)
    _mark(begun)
    return len(days)


def rebuild() -> int:
    """Counts everything anew, while the pages go on showing what they have; tells how many days."""
    begun, first = now(), leads.first_day()
    last = today(vendor().timezone)
    with write():
        lock_named("reports")
        begins = first or last + timedelta(days=32)
        for table in (_COUNT, _DAYS):  # days that no lead has any more, by whatever way it went
            day, month = table.c.grain == Grain.DAY, table.c.grain == Grain.MONTH
            outside = sa.or_(table.c.first < begins, table.c.first > last)
            db.session.execute(sa.delete(table).where(day, outside))
            db.session.execute(sa.delete(table).where(month, table.c.first < begins.replace(day=1)))
    days = [] if first is None else [first + timedelta(days=count) for count in range((last - first).days + 1)]
    _count(days)
    _mark(begun)
    return len(days)


def _basis() -> str:
    return f"{vendor().timezone} {vendor().country}"


def _mark(moment: datetime) -> None:
    with write():
        lock_named("reports")
        mark = db.session.get(ReportMark, 1, populate_existing=True)
        if mark is None:
            db.session.add(ReportMark(id=1, counted_at=moment, basis=_basis()))
        else:
            mark.counted_at, mark.basis = moment, _basis()


def _count(days: Iterable[date]) -> None:
    """Month by month, so that the sums of a month follow those of its days at once."""
    by_month: dict[date, list[date]] = defaultdict(list)
    for day in sorted(days):
        by_month[day.replace(day=1)].append(day)
    for month, its in by_month.items():
        for chunk in _runs(its):
            with write():
                lock_named("reports")
                _count_days(chunk)
        with write():
            lock_named("reports")
            _sum_up(month)


def _runs(days: list[date]) -> Iterable[list[date]]:
    """Days that follow each other, at most so many together."""
    run: list[date] = []
    for day in days:
        if run and (len(run) == _CHUNK or day - run[-1] > timedelta(days=1)):
            yield run
            run = []
        run.append(day)
    if run:
        yield run


def _count_days(days: list[date]) -> None:
    counts: dict[tuple[date, int, int], Counter[str]] = defaultdict(Counter)
    took: Counter[tuple[date, int, int, str, int]] = Counter()
    for fact in leads.facts(days):
        key = (fact.day, fact.reseller_id, fact.decided_by_id)
        counts[key].update(
            registered=1,
            accepted=fact.is_accepted,
            converted=fact.state == LeadState.CONVERTED,
            declined=fact.state == LeadState.DECLINED,
            withdrawn=fact.state == LeadState.WITHDRAWN,
        )
        if fact.answered_in is not None:
            took[*key, Step.ANSWER, min(fact.answered_in, LONGEST)] += 1
        if fact.converted_in is not None:
            took[*key, Step.ACCOUNT, min(fact.converted_in, LONGEST)] += 1
    for table in (_COUNT, _DAYS):
        db.session.execute(sa.delete(table).where(table.c.grain == Grain.DAY, table.c.first.in_(days)))
    names = ("first", "reseller_id", "decided_by_id")
    if counts:
        db.session.execute(
            sa.insert(_COUNT),
            [
                {"grain": Grain.DAY, **dict(zip(names, key, strict=True)), **{name: found[name] for name in _FIGURES}}
                for key, found in counts.items()
            ],
        )
    if took:
        db.session.execute(
            sa.insert(_DAYS),
            [
                {"grain": Grain.DAY, **dict(zip((*names, "step", "days"), key, strict=True)), "leads": number}
                for key, number in took.items()
            ],
        )


def _sum_up(month: date) -> None:
    """The month's rows, from those of its days."""
    after = months_between(month, month + timedelta(days=31))[1]
    for table, keys, figures in (
        (_COUNT, ("reseller_id", "decided_by_id"), _FIGURES),
        (_DAYS, ("reseller_id", "decided_by_id", "step", "days"), ("leads",)),
    ):
        db.session.execute(sa.delete(table).where(table.c.grain == Grain.MONTH, table.c.first == month))
        columns = [table.c[name] for name in keys]
        sums = sa.select(
            sa.literal(Grain.MONTH.value),
            sa.literal(month, sa.Date),
            *columns,
            *(sa.func.sum(table.c[name]) for name in figures),
        ).where(table.c.grain == Grain.DAY, table.c.first >= month, table.c.first < after)
        db.session.execute(sa.insert(table).from_select(["grain", "first", *keys, *figures], sums.group_by(*columns)))
