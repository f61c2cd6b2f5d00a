"""What reports count of plans: whether they went live by the agreed day and how long it took, how the running ones
stand, and which tasks wait longest and for whom."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from app.core.clock import now
from app.core.db import UTCDateTime, db
from app.customers.models import Account
from app.people.models import Person
from app.plans.models import Health, Plan, PlanState, PlanTask, TaskState, Waiting
from app.plans.texts import outline_of, title_of
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import Side, said


@dataclass(frozen=True)
class WentLive:
    """So many plans of a playbook went live in a month, alike in whether they were on time and how long they took."""

    first: date
    """Of the month."""
    playbook_id: int
    on_time: bool | None
    """None where no day had been agreed."""
    workdays: int | None
    """From the kick-off, pauses left out."""
    count: int


def went_live(start: date, end: date, manager_id: int | None, reseller_id: int | None) -> list[WentLive]:
    """In the period, both days included, in one query."""
    year, month = sa.extract("year", Plan.live_on), sa.extract("month", Plan.live_on)
    kept = sa.case((Plan.golive_on.is_(None), None), (Plan.live_on <= Plan.golive_on, 1), else_=0)
    keys = (year, month, PlaybookVersion.playbook_id, kept, Plan.workdays)
    query = (
        sa.select(*keys, sa.func.count())
        .join(PlaybookVersion, PlaybookVersion.id == Plan.playbook_version_id)
        .where(Plan.live_on >= start, Plan.live_on <= end, *_whose(manager_id, reseller_id))
        .group_by(*keys)
    )
    return [
        WentLive(date(int(y), int(m), 1), playbook, None if on is None else bool(on), workdays, count)
        for y, m, playbook, on, workdays, count in db.session.execute(query)
    ]


def _whose(manager_id: int | None, reseller_id: int | None) -> list[sa.ColumnElement[bool]]:
    conditions: list[sa.ColumnElement[bool]] = []
    if manager_id is not None:
        conditions.append(Plan.manager_id == manager_id)
    if reseller_id is not None:
        conditions.append(Plan.account_id.in_(sa.select(Account.id).where(Account.reseller_id == reseller_id)))
    return conditions


@dataclass(frozen=True)
class Aimed:
    """A playbook, and the working days from kick-off to going live that it aims at."""

    title: str
    aim: int | None


def playbooks() -> dict[int, Aimed]:
    """All of them by id, with the aim of the newest published version."""
    newest = (
        sa.select(sa.func.max(PlaybookVersion.id))
        .where(PlaybookVersion.playbook_id == Playbook.id, PlaybookVersion.published_at.is_not(None))
        .correlate(Playbook)
        .scalar_subquery()
    )
    rows = db.session.execute(sa.select(Playbook.id, Playbook.code, Playbook.titles, newest)).all()
    return {
        id: Aimed(said(titles) or code, outline_of(version).aim_workdays if version else None)
        for id, code, titles, version in rows
    }


def running(manager_id: int | None, reseller_id: int | None) -> dict[Health, int]:
    """How the running plans stand now."""
    query = (
        sa.select(Plan.health, sa.func.count())
        .where(Plan.state == PlanState.RUNNING, *_whose(manager_id, reseller_id))
        .group_by(Plan.health)
    )
    found = {health: count for health, count in db.session.execute(query)}  # noqa: C416 # rows are no pairs to mypy
    return {health: found.get(health, 0) for health in Health}


class Whom(enum.StrEnum):
    """Whom a task waits for."""

    CUSTOMER = "customer"
    VENDOR = "vendor"
    THIRD = "third"
    """Somebody else, such as a bank."""


class Age(enum.StrEnum):
    """Since when."""

    WEEK = "week"
    """Seven days at most."""
    MONTH = "month"
    """Up to four weeks."""
    LONGER = "longer"


_WHOM = sa.case(
    (sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.waits_for != ""), Whom.THIRD),
    ((PlanTask.state == TaskState.OPEN) == (PlanTask.side == Side.CUSTOMER), Whom.CUSTOMER),
    else_=Whom.VENDOR,
)
"""What was handed in waits for the other side, to be approved or returned."""
_SINCE = sa.type_coerce(
    sa.case(
        (PlanTask.state == TaskState.HANDED_IN, PlanTask.updated_at),
        else_=sa.func.coalesce(PlanTask.ready_at, PlanTask.updated_at),
    ),
    UTCDateTime(),
)


def _waiting(query: Any, manager_id: int | None, reseller_id: int | None) -> Any:
    """Tasks of running plans that somebody could do now. Where the clock is paused, nobody is waited for."""
    return query.join(Plan, Plan.id == PlanTask.plan_id).where(
        sa.or_(
            sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.ready),
            PlanTask.state == TaskState.HANDED_IN,
        ),
        Plan.state == PlanState.RUNNING,
        Plan.waiting != Waiting.PAUSED,
        *_whose(manager_id, reseller_id),
    )


def waiting(manager_id: int | None, reseller_id: int | None) -> Mapping[tuple[Whom, Age], int]:
    """How many tasks wait for whom, and how long, in one query."""
    moment = now()
    age = sa.case(
        (_SINCE.between(moment - timedelta(days=7), moment), Age.WEEK),
        (_SINCE.between(moment - timedelta(days=28), moment), Age.MONTH),
        else_=Age.LONGER,
    )
    each = _waiting(sa.select(_WHOM.label("whom"), age.label("age")), manager_id, reseller_id).subquery()
    rows = db.session.execute(sa.select(each.c.whom, each.c.age, sa.func.count()).group_by(each.c.whom, each.c.age))
    return {(Whom(whom), Age(found)): count for whom, found, count in rows}


@dataclass(frozen=True)
class Waits:
    """A task that waits."""

    ref: str
    title: str
    plan_ref: str
    plan: str
    whom: Whom
    third: str
    """Who that is, when it is somebody else."""
    since: datetime
    manager: str


def longest(manager_id: int | None, reseller_id: int | None, most: int) -> list[Waits]:
    """The tasks that wait longest."""
    query = _waiting(
        sa.select(
            PlanTask,
            _WHOM.label("whom"),
            _SINCE.label("since"),
            Plan.ref,
            Plan.name,
            Plan.playbook_version_id,
            Person.name,
        ),
        manager_id,
        reseller_id,
    ).join(Person, Person.id == Plan.manager_id)
    return [
        Waits(
            task.ref,
            title_of(task, outline_of(version)),
            plan_ref,
            plan,
            Whom(whom),
            task.waits_for,
            since,
            manager,
        )
        for task, whom, since, plan_ref, plan, version, manager in db.session.execute(
            query.order_by(sa.text("since"), PlanTask.id).limit(most)
        )
    ]
