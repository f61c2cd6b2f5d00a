"""A plan's clock: on which working day it is, whom it waited for on how many, and how long we usually take (I7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple, cast

import sqlalchemy as sa

from app.core.clock import today
from app.core.db import db
from app.core.i18n import _
from app.history.service import entries_of
from app.plans.models import Plan, PlanPause, PlanSpan, PlanState, PlanTask, Waiting
from app.plans.story import CONTACT_VERBS, PLAN_VERBS, TASK_VERBS
from app.plans.texts import outline_of, title_of
from app.plans.timing import Calendar, calendar_of, pause_of
from app.playbooks.models import PlaybookVersion
from app.playbooks.outline import Side
from app.settings.models import vendor

MEASURED = timedelta(days=365)
"""How far back our own mean looks."""
ENOUGH = 3
"""Plans below which a mean says nothing."""


class Paused(NamedTuple):
    """Days on which the clock stands, and why."""

    from_on: date
    until_on: date | None
    reason: str


@dataclass(frozen=True)
class Clock:
    """As one side reads it."""

    plan: Plan
    reader: Side
    day: int | None = None
    """Working days since the kick-off, pauses left out; None before it was held."""
    aim: int | None = None
    mean: int | None = None
    """Of the plans of this playbook that went live within a year; None for too few of them."""
    customer: int = 0
    vendor: int = 0
    paused: int = 0
    """Working days on which the plan waited for the customer, for us, and stood still."""
    to_kickoff: int | None = None
    """Working days from the contract to the kick-off, or to today while none is agreed."""
    pause: Paused | None = None
    """The one it stands in now."""

    @property
    def mine(self) -> int:
        return self.customer if self.reader == Side.CUSTOMER else self.vendor

    @property
    def theirs(self) -> int:
        return self.vendor if self.reader == Side.CUSTOMER else self.customer


def clock_of(plan: Plan, reader: Side = Side.VENDOR) -> Clock:
    """In two queries, one of them for our mean."""
    day = today(vendor().timezone)
    spans, pauses = _spans_and_pauses(plan)
    calendar = calendar_of(plan.country, tuple(pause_of(each.from_on, each.until_on, day) for each in pauses))
    standing = next((each for each in pauses if stands(each, day)), None)
    to_kickoff = None
    if plan.contract_on is not None:
        to_kickoff = max(calendar.between(plan.contract_on, plan.kickoff_on or day), 0)
    found: dict[str, Any] = {
        "aim": outline_of(plan).aim_workdays,
        "mean": our_mean(plan),
        "to_kickoff": to_kickoff,
        "pause": standing if plan.state == PlanState.RUNNING else None,
    }
    begin, end = plan.kickoff_on, plan.live_on or day
    if not plan.kickoff_held or begin is None or begin > end:
        return Clock(plan, reader, **found)
    customer, ours = by_side(spans, begin, end, calendar)
    paused = calendar_of(plan.country).between(begin, end) - calendar.between(begin, end)
    return Clock(
        plan,
        reader,
        day=calendar.between(begin, end),
        customer=customer,
        vendor=ours,
        paused=paused,
        **found,
    )


_ROWS = sa.union_all(
    sa.select(sa.literal(1).label("is_span"), PlanSpan.id, PlanSpan.from_on, PlanSpan.until_on, PlanSpan.waiting).where(
        PlanSpan.plan_id == sa.bindparam("plan")
    ),
    sa.select(sa.literal(0), PlanPause.id, PlanPause.from_on, PlanPause.until_on, PlanPause.reason).where(
        PlanPause.plan_id == sa.bindparam("plan")
    ),
)


def _spans_and_pauses(plan: Plan) -> tuple[list[tuple[str, date, date | None]], list[Paused]]:
    """Both in the order of their days, in one query: every look at the customer's page asks it."""
    rows = sorted(db.session.execute(_ROWS, {"plan": plan.id}), key=lambda row: (row.from_on, row.id))
    spans = [(row.waiting, row.from_on, row.until_on) for row in rows if row.is_span]
    return spans, [Paused(row.from_on, row.until_on, row.waiting) for row in rows if not row.is_span]


def by_side(
    spans: Sequence[tuple[str, date, date | None]], begin: date, end: date, calendar: Calendar
) -> tuple[int, int]:
    """Working days after `begin` up to `end` on which it waited for the customer, and for us. Each day counts once,
    for whoever had it in the evening; what no span tells counts for the one after it, or before it at the end."""
    customer = ours = 0
    reached = begin
    for place, (waiting, _from_on, until_on) in enumerate(spans):
        last = place == len(spans) - 1
        until = end if last or until_on is None else min(until_on - timedelta(days=1), end)
        if until <= reached:
            continue
        days = calendar.between(reached, until)
        if waiting == Waiting.CUSTOMER:
            customer += days
        else:
            ours += days
        reached = until
    return customer, ours


def pauses_of(plan: Plan) -> list[PlanPause]:
    return list(
        db.session.scalars(
            sa.select(PlanPause).where(PlanPause.plan_id == plan.id).order_by(PlanPause.from_on, PlanPause.id)
        )
    )


def stands(pause: Paused, day: date) -> bool:
    """Whether the clock stands on that day because of it."""
    return pause.from_on <= day and (pause.until_on is None or day < pause.until_on)


def our_mean(plan: Plan) -> int | None:
    """The average of working days from kick-off to going live, over the plans of the same playbook."""
    playbook = (
        sa.select(PlaybookVersion.playbook_id).where(PlaybookVersion.id == plan.playbook_version_id).scalar_subquery()
    )
    count, mean = db.session.execute(
        sa.select(sa.func.count(), sa.func.avg(Plan.workdays))
        .join(PlaybookVersion, PlaybookVersion.id == Plan.playbook_version_id)
        .where(
            PlaybookVersion.playbook_id == playbook,
            Plan.workdays.is_not(None),
            Plan.live_on >= today(vendor().timezone) - MEASURED,
        )
    ).one()
    return round(float(mean)) if count >= ENOUGH else None


# --- what moved, and why ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Moved:
    """The expected finish, before and after, and what moved it in a sentence."""

    at: Any
    old: date
    new: date
    why: str

    @property
    def is_later(self) -> bool:
        return self.new > self.old


def moves_of(plan: Plan, *, limit: int = 10) -> list[Moved]:
    """The latest first."""
    entries = entries_of(plan, limit=limit, verbs={"plan.forecast_moved"})
    told = [(entry.at, {value.field: value for value in entry.values}) for entry in entries]
    numbers = {values["_task"].new for _at, values in told if "_task" in values}
    outline = outline_of(plan)
    tasks = db.session.scalars(sa.select(PlanTask).where(PlanTask.plan_id == plan.id, PlanTask.number.in_(numbers)))
    titles = {task.number: f"{task.number}. {title_of(task, outline)}" for task in tasks} if numbers else {}
    return [
        Moved(
            at,
            date.fromisoformat(values["forecast_on"].old),
            date.fromisoformat(values["forecast_on"].new),
            _why(cast(str, values["_cause"].new), titles.get(values["_task"].new) if "_task" in values else None),
        )
        for at, values in told
        if "forecast_on" in values and values["forecast_on"].old and "_cause" in values
    ]


def _why(cause: str, task: str | None) -> str:
    if cause == "time":
        return _("Still open: %(task)s", task=task) if task else _("Time passed")
    verb = str({**PLAN_VERBS, **CONTACT_VERBS, **TASK_VERBS}.get(cause, cause))
    return _("%(label)s: %(value)s", label=verb, value=task) if task else verb
