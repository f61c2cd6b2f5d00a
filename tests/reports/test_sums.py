"""The sums that reports are read from say what the leads say, whatever day a period begins and ends."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
import time_machine
from flask import Flask

from app.core.clock import now
from app.core.db import db, write
from app.core.schedule import JOBS
from app.leads.models import Lead
from app.leads.service import decision
from app.partners.models import Reseller
from app.reports import queries, rollups
from app.reports.models import Grain, LeadCount, Step
from app.reports.queries import Counts, Narrowed, median, within
from app.settings import service as settings
from tests.leads.sentences import a_lead, again
from tests.sentences import a_reseller, a_staff_member

pytestmark = pytest.mark.usefixtures("context")


def lead(of: Reseller, registered: datetime, state: str = "submitted", **values: Any) -> Lead:
    found = a_lead(of=of, created_at=registered, interest=False)
    with write():
        for name, value in {"state": state, "updated_at": registered, **values}.items():
            setattr(db.session.get_one(Lead, found.id), name, value)
    return found


def total(by: Narrowed) -> Counts:
    return sum(queries.by_month(by).values(), Counts())


def year(**values: Any) -> Narrowed:
    return Narrowed(date(2026, 1, 1), date(2026, 12, 31), **values)


@pytest.fixture
def marit() -> int:
    return a_staff_member("sales", name="Marit Vos").id


@pytest.fixture
def two(marit: int) -> tuple[int, int]:
    """Two resellers with seven leads over three months."""
    polana, oakmere = a_reseller("Polana"), a_reseller("Oakmere")
    friday = datetime(2026, 2, 27, 10, tzinfo=UTC)
    decided = {"decided_by_id": marit, "decided_at": friday + timedelta(days=3)}  # the Monday after
    lead(polana, friday, "accepted", **decided)
    lead(polana, friday, "converted", **decided, converted_at=friday + timedelta(days=7))
    lead(polana, friday, "declined", **{**decided, "decided_at": friday + timedelta(days=6)})
    lead(polana, datetime(2026, 3, 31, 21, 59, tzinfo=UTC))  # a minute before midnight at the vendor's
    lead(polana, datetime(2026, 3, 31, 22, 1, tzinfo=UTC), "withdrawn")
    lead(oakmere, datetime(2026, 4, 15, 9, tzinfo=UTC))
    lead(oakmere, datetime(2026, 4, 15, 9, tzinfo=UTC), suspicious=True)
    rollups.rebuild()
    return polana.id, oakmere.id


def test_leads_are_counted_by_reseller_and_who_decided(two: tuple[int, int], marit: int) -> None:
    polana, oakmere = two
    assert total(year()) == Counts(registered=6, accepted=2, converted=1, declined=1, withdrawn=1)
    assert total(year()).open == 2
    assert total(year(reseller_id=oakmere)) == Counts(registered=1)
    assert total(year(colleague_id=marit)) == Counts(registered=3, accepted=2, converted=1, declined=1)
    assert [(one.id, one.name, one.counts.registered) for one in queries.by_reseller(year())] == [
        (polana, "Polana", 5),
        (oakmere, "Oakmere", 1),
    ]
    assert [one.id for one in queries.by_reseller(year(), 1)] == [polana]


def test_steps_take_working_days(two: tuple[int, int]) -> None:
    took = queries.days_of(year())
    assert took == {Step.ANSWER: Counter({1: 2, 4: 1}), Step.ACCOUNT: Counter({4: 1})}
    assert queries.answers_by_reseller(year(), two) == {two[0]: Counter({1: 2, 4: 1})}
    assert (median(took[Step.ANSWER]), within(took[Step.ANSWER], 2)) == (1, 67)


@pytest.mark.parametrize(
    ("took", "middle", "share"),
    [({}, None, None), ({3: 1}, 3, 0), ({1: 1, 2: 1}, 1.5, 100), ({1: 3, 9: 2}, 1, 60), ({0: 2, 4: 2}, 2, 50)],
)
def test_a_median_is_the_one_in_the_middle(took: dict[int, int], middle: float | None, share: int | None) -> None:
    assert (median(Counter(took)), within(Counter(took), 2)) == (middle, share)


@pytest.mark.parametrize(
    ("start", "end", "registered"),
    [
        (date(2026, 2, 27), date(2026, 2, 27), 3),
        (date(2026, 2, 28), date(2026, 3, 30), 0),
        (date(2026, 2, 28), date(2026, 3, 31), 1),
        (date(2026, 3, 1), date(2026, 3, 31), 1),
        (date(2026, 3, 31), date(2026, 4, 1), 2),
        (date(2026, 2, 27), date(2026, 4, 14), 5),
        (date(2026, 2, 10), date(2026, 4, 15), 6),
        (date(2026, 4, 1), date(2026, 4, 30), 2),
        (date(2026, 4, 2), date(2026, 4, 30), 1),
        (date(2027, 1, 1), date(2027, 12, 31), 0),
    ],
)
def test_a_period_is_whole_months_and_the_days_at_its_ends(
    two: tuple[int, int], start: date, end: date, registered: int
) -> None:
    assert total(Narrowed(start, end)).registered == registered


def test_only_days_that_were_touched_are_counted_anew(two: tuple[int, int]) -> None:
    with write():  # a mark that only a new count of its day takes away
        db.session.execute(sa.update(LeadCount).where(LeadCount.first == date(2026, 4, 15)).values(registered=50))
    assert rollups.refresh() == 0
    moment = now() + timedelta(hours=1)
    with time_machine.travel(moment, tick=False):
        found = db.session.scalars(sa.select(Lead).where(Lead.state == "submitted").order_by(Lead.id)).first()
        assert found is not None
        decision.decline(found.id, found.version, "Too far", a_staff_member("sales"))
        assert rollups.refresh() == 1
        assert rollups.counted_at() == moment.replace(microsecond=rollups.counted_at().microsecond)  # type: ignore[union-attr]
    march = total(Narrowed(date(2026, 3, 1), date(2026, 3, 31)))
    assert (march.registered, march.declined) == (1, 1)
    april = Narrowed(date(2026, 4, 2), date(2026, 4, 29))
    assert total(april).registered == 50
    rollups.rebuild()
    assert total(april).registered == 1


def test_everything_is_counted_anew_when_days_are_told_otherwise(two: tuple[int, int]) -> None:
    assert total(Narrowed(date(2026, 3, 31), date(2026, 3, 31))).registered == 1
    settings.change({"timezone": "Europe/London"}, settings.version(), a_staff_member("administrator"))
    assert rollups.refresh() > 100
    assert total(Narrowed(date(2026, 3, 31), date(2026, 3, 31))).registered == 2


def test_what_is_there_no_more_leaves_no_sum(two: tuple[int, int]) -> None:
    with write():
        for name in ("history_value", "history_entry", "submission", "lead_service", "lead_shop"):
            db.session.execute(sa.delete(db.metadata.tables[name]))
        db.session.execute(sa.delete(Lead))
    assert rollups.rebuild() == 0
    assert db.session.scalar(sa.select(sa.func.count()).select_from(LeadCount)) == 0
    assert total(year()) == Counts()


def test_the_worker_counts_every_few_minutes(app: Flask) -> None:
    a_lead(created_at=datetime(2026, 5, 4, 9, tzinfo=UTC), interest=False)
    assert rollups.counted_at() is None
    JOBS["reports.count"].work(now())
    assert total(year()).registered == 1


def test_the_command_counts_everything(app: Flask) -> None:
    a_lead(created_at=datetime(2026, 5, 4, 9, tzinfo=UTC), interest=False)
    told = app.test_cli_runner().invoke(args=["reports", "rebuild"])
    assert told.exit_code == 0, told.output
    assert "days counted" in told.output
    grains = set(db.session.scalars(sa.select(LeadCount.grain)))
    assert grains == {Grain.DAY, Grain.MONTH}


def test_what_somebody_decided_counts_after_it_was_taken_back(two: tuple[int, int]) -> None:
    """A lead that was reopened waits again, and took no time."""
    found = db.session.scalars(sa.select(Lead).where(Lead.state == "declined")).one()
    decision.reopen(found.id, found.version, a_staff_member("sales"))
    rollups.refresh()
    assert again(found).state == "submitted"
    assert total(year()).declined == 0
    assert queries.days_of(year())[Step.ANSWER] == Counter({1: 2})
