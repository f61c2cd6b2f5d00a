"""What is derived of a plan, kept with every change and every night: which tasks are ready, when they are due and when
they will be done, whom the plan waits for, and how it stands with it (I7, I8)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value

from app.core.clock import now
from app.core.db import db
from app.history.service import record
from app.plans import cases, forecast
from app.plans.forecast import Course, Expected, Work
from app.plans.models import (
    UNFINISHED,
    Plan,
    PlanCase,
    PlanPause,
    PlanSpan,
    PlanState,
    PlanTask,
    TaskBlocker,
    TaskState,
    Waiting,
)
from app.plans.texts import outline_of
from app.plans.timing import Calendar, calendar_of, due_day, pause_of
from app.playbooks.outline import Anchor, Due, Outline, Side
from app.settings.models import vendor

_TASK, _BLOCKER = cast(sa.Table, PlanTask.__table__), cast(sa.Table, TaskBlocker.__table__)
_PLAN = cast(sa.Table, Plan.__table__)
_PAUSE, _SPAN = cast(sa.Table, PlanPause.__table__), cast(sa.Table, PlanSpan.__table__)
_CASE = cast(sa.Table, PlanCase.__table__)
_OTHER = {Side.CUSTOMER: Side.VENDOR, Side.VENDOR: Side.CUSTOMER}
_SIDES = {str(side): side for side in Side}
_JUDGED_WITHIN = 1
"""Working days that approving what was handed in usually takes."""

_TASKS = sa.select(
    _TASK.c.id,
    _TASK.c.number,
    _TASK.c.code,
    _TASK.c.state,
    _TASK.c.side,
    _TASK.c.workdays,
    _TASK.c.required,
    _TASK.c.ready,
    _TASK.c.ready_at,
    _TASK.c.done_at,
    _TASK.c.due_on,
    _TASK.c.due_fixed,
    _TASK.c.forecast_on,
    _TASK.c.stuck_at.is_not(None).label("stuck"),
    _TASK.c.waits_for,
    _TASK.c.waits_until,
    _TASK.c.expires_on.is_not(None).label("expires"),
    sa.cast(_TASK.c.own, sa.Text).label("own"),
).where(_TASK.c.plan_id == sa.bindparam("plan"))
_AROUND = sa.union_all(
    sa.select(
        _BLOCKER.c.task_id,
        _BLOCKER.c.blocker_id,
        sa.cast(sa.null(), sa.Date).label("from_on"),
        sa.cast(sa.null(), sa.Date).label("until_on"),
    ).where(_BLOCKER.c.plan_id == sa.bindparam("plan")),
    sa.select(
        sa.cast(sa.null(), sa.Integer), sa.cast(sa.null(), sa.Integer), _PAUSE.c.from_on, _PAUSE.c.until_on
    ).where(_PAUSE.c.plan_id == sa.bindparam("plan")),
)
"""What waits for what, and the pauses: one statement, since every tick asks it."""
KEPT = ("ready", "ready_at", "due_on", "forecast_on")
"""Of the rows of tasks."""
DERIVED = (
    *("state", "finished_at", "workdays", "task_count", "done_count", "open_customer", "open_vendor", "stuck_count"),
    *("overdue_count", "next_due_on", "forecast_on", "forecast_at", "health", "health_why", "waiting", "stage"),
)
"""Of the plan's own row."""
_KEEP = (
    sa.update(_TASK)
    .where(_TASK.c.id == sa.bindparam("task"))
    .values({name: sa.bindparam(f"new_{name}") for name in KEPT})
)


class Cause(NamedTuple):
    """What was changed when the forecast moved: the verb of the history, and the number of the task it was about."""

    verb: str
    task: int | None = None


def keep(plan: Plan, cause: Cause | None = None, **more: Any) -> None:
    """Brings what is derived up to date: of a held plan, inside its `write()`, after a flush. `cause` is what was
    changed; None is the passing of time. `more` is written with the plan's row."""
    connection = db.session.connection()
    before = {name: getattr(plan, name) for name in (*DERIVED, *more)}
    _derive(connection, plan, cause)
    for name, value in more.items():
        set_committed_value(plan, name, value)
    changed = {name: value for name, old in before.items() if (value := getattr(plan, name)) != old}
    if changed:
        connection.execute(_keeping(tuple(changed)), {"kept": plan.id, **changed})


@lru_cache(maxsize=256)
def _keeping(names: tuple[str, ...]) -> sa.Update:
    """Made once for each set of columns: a unit of work costs several times as much."""
    return (
        sa.update(_PLAN).where(_PLAN.c.id == sa.bindparam("kept")).values({name: sa.bindparam(name) for name in names})
    )


def _set(plan: Plan, **values: Any) -> None:
    """On the object only: `keep` writes what differs in the end."""
    for name, value in values.items():
        if getattr(plan, name) != value:
            set_committed_value(plan, name, value)


def _derive(connection: sa.Connection, plan: Plan, cause: Cause | None) -> None:
    moment = now()
    zone = ZoneInfo(vendor().timezone)
    today = moment.astimezone(zone).date()
    tasks = connection.execute(_TASKS, {"plan": plan.id}).all()
    needs: dict[int, list[int]] = defaultdict(list)
    around = connection.execute(_AROUND, {"plan": plan.id}).all()
    renewed = {task.id for task in tasks if _is_renewal(task)}
    for row in around:
        if row.task_id is not None and row.blocker_id not in renewed:
            needs[row.task_id].append(row.blocker_id)
    outline = outline_of(plan)
    rules = {task.id: _rule(task, outline) for task in tasks if task.state in UNFINISHED}
    held_up = {id for id, first in needs.items() if not rules.keys().isdisjoint(first)}
    free = {task.id for task in tasks if task.state == TaskState.OPEN and task.id not in held_up}
    _stage(connection, plan, outline)
    _settle(plan, tasks, moment)
    spoken = sorted((row for row in around if row.from_on is not None), key=lambda row: row.from_on)
    pauses = tuple(pause_of(row.from_on, row.until_on, today) for row in spoken)
    paused = next(
        (row for row in spoken if row.from_on <= today and not (row.until_on and row.until_on <= today)), None
    )
    calendar = calendar_of(plan.country, pauses)
    due = _due_days(plan, tasks, rules, calendar)
    works = _works(plan, tasks, free, due, rules, zone)
    expected = forecast.expect(works.values(), needs, today, calendar)
    _write(connection, tasks, free, due, expected, moment)
    _count(plan, tasks, free, due, today)
    if plan.state == PlanState.ARCHIVED:
        _wait(plan, None, False, today)
        return
    course = Course(
        today,
        calendar,
        plan.contract_on if _has_kickoff(outline, rules) else None,
        plan.kickoff_on,
        plan.kickoff_held,
        plan.golive_on,
        plan.live_on,
        outline.aim_workdays,
        paused.from_on if paused else None,
        paused.until_on if paused else None,
    )
    end = forecast.deciding(works.values(), expected)
    _foresee(plan, works, expected, course, tasks, cause, moment)
    first = forecast.first_of(end, works, expected) if end is not None else None
    runs = plan.state == PlanState.RUNNING and plan.kickoff_held and plan.kickoff_on is not None
    side = (first.side if first is not None else Side.VENDOR) if runs and cast(date, plan.kickoff_on) <= today else None
    _wait(plan, side, paused is not None, today)
    measured = plan.kickoff_held and plan.kickoff_on is not None and plan.live_on is not None
    _set(plan, workdays=calendar.between(cast(date, plan.kickoff_on), cast(date, plan.live_on)) if measured else None)


def _has_kickoff(outline: Outline, rules: Mapping[int, _Rule]) -> bool:
    """Whether one is to be held. A playbook that has a task for it, by a condition that this plan does not meet, begins
    without: nobody is late with it."""
    asked = any(task.anchor == Anchor.KICKOFF for task in outline.tasks)
    return not asked or any(rule.anchor == Anchor.KICKOFF for rule in rules.values())


def _settle(plan: Plan, tasks: Sequence[Any], moment: datetime) -> None:
    """Whether everything is done: a case that nobody completed is not."""
    if plan.state == PlanState.ARCHIVED:
        return
    worked = plan.live_on is not None and not any(
        task.required and not _is_renewal(task) for task in tasks if task.state in UNFINISHED
    )
    done = worked and plan.stage in ("", cases.ALL_COMPLETED)
    state = PlanState.DONE if done else PlanState.RUNNING
    if plan.state != state:
        _set(plan, state=state, finished_at=moment if done else None)


def _is_renewal(task: Any) -> bool:
    """Whether it was done once and is asked for again because it expires: nothing waits for it (see expiring.py)."""
    return bool(task.expires and task.state in UNFINISHED)


def due_days_if(plan: Plan, **days: date | None) -> dict[int, tuple[date | None, date | None]]:
    """Which tasks would be due on another day if these days of the plan were agreed: by the task's id the day that
    stands there, and the one that `keep` would put there now. Changes nothing."""
    connection = db.session.connection()
    today = now().astimezone(ZoneInfo(vendor().timezone)).date()
    tasks = connection.execute(_TASKS, {"plan": plan.id}).all()
    around = connection.execute(_AROUND, {"plan": plan.id}).all()
    spoken = sorted((row for row in around if row.from_on is not None), key=lambda row: row.from_on)
    pauses = tuple(pause_of(row.from_on, row.until_on, today) for row in spoken)
    outline = outline_of(plan)
    rules = {task.id: _rule(task, outline) for task in tasks if task.state in UNFINISHED}
    agreed = ("started_on", "contract_on", "kickoff_on", "golive_on", "live_on")
    then = Plan(**{**{name: getattr(plan, name) for name in agreed}, **days})
    due = _due_days(then, tasks, rules, calendar_of(plan.country, pauses))
    return {task.id: (task.due_on, due[task.id]) for task in tasks if task.due_on != due[task.id]}


def _stage(connection: sa.Connection, plan: Plan, outline: Outline) -> None:
    """Which case gives the customer its status; not asked where the playbook has neither cases nor a starting date."""
    if not plan.stage and outline.starting is None and not cases.phases_of(outline):
        return
    there = connection.execute(sa.select(_CASE.c.phase, _CASE.c.state).where(_CASE.c.plan_id == plan.id)).all()
    known = [(row.phase, row.state) for row in there]
    _set(plan, stage=cases.stage_of(known, outline, live=plan.live_on is not None))


# --- tasks ------------------------------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """What the playbook, or the task itself, says about its day."""

    due: Due | None
    anchor: str
    """The anchor whose day the task is."""
    own: bool
    """It brings its own words."""


def _due_days(
    plan: Plan, tasks: Sequence[Any], rules: Mapping[int, _Rule], calendar: Calendar
) -> dict[int, date | None]:
    """By the rules of the playbook, for what is open and has no day that somebody agreed on."""
    anchors = {
        Anchor.START: plan.started_on,
        Anchor.CONTRACT: plan.contract_on,
        Anchor.KICKOFF: plan.kickoff_on,
        Anchor.GOLIVE: plan.live_on or plan.golive_on,
    }
    known: dict[Due, date | None] = {}
    days: dict[int, date | None] = {}
    for task in tasks:
        rule = rules.get(task.id)
        if rule is None or task.due_fixed or (rule.own and rule.due is None):
            days[task.id] = task.due_on  # it is done, or nothing but what was agreed or typed says it
            continue
        day = _agreed(plan, rule.anchor)
        if day is None and rule.due is not None:
            if rule.due not in known:
                known[rule.due] = due_day(rule.due, anchors, calendar)
            day = known[rule.due]
        days[task.id] = day
    return days


def _rule(task: Any, outline: Outline) -> _Rule:
    if task.own and task.own != "{}":
        own = json.loads(task.own)
        rule = own.get("due")
        return _Rule(Due(Anchor(rule["anchor"]), rule["workdays"]) if rule else None, own.get("anchor", ""), True)
    known = outline.task.get(task.code)
    return _Rule(known.due, known.anchor, False) if known is not None else _Rule(None, "", True)


def _agreed(plan: Plan, anchor: str) -> date | None:
    """The day that was agreed for what this task is."""
    if anchor == Anchor.KICKOFF:
        return plan.kickoff_on
    return plan.golive_on if anchor == Anchor.GOLIVE else None


def _works(
    plan: Plan,
    tasks: Sequence[Any],
    free: set[int],
    due: Mapping[int, date | None],
    rules: Mapping[int, _Rule],
    zone: ZoneInfo,
) -> dict[int, Work]:
    works: dict[int, Work] = {}
    for task in tasks:
        rule = rules.get(task.id)
        if rule is None:
            continue
        side, anchor = _SIDES[task.side], rule.anchor
        handed_in = task.state == TaskState.HANDED_IN
        began = task.done_at if handed_in else task.ready_at if task.ready and task.id in free else None
        works[task.id] = Work(
            task.id,
            task.number,
            _OTHER[side] if handed_in else side,
            _JUDGED_WITHIN if handed_in else task.workdays,
            task.required and not _is_renewal(task),
            began.astimezone(zone).date() if began is not None else None,
            task.waits_until if task.waits_for else _agreed(plan, anchor),
            due[task.id],
            task.stuck and not handed_in,
            anchor == Anchor.GOLIVE,
        )
    return works


def _write(
    connection: sa.Connection,
    tasks: Sequence[Any],
    free: set[int],
    due: dict[int, date | None],
    expected: dict[int, Expected],
    moment: datetime,
) -> None:
    """Only what differs, without touching the tasks' versions; also on the objects that somebody holds."""
    changed = []
    for task in tasks:
        id, was_ready = task.id, task.ready
        ready, at, met = id in free, task.ready_at, expected.get(id)
        new = (ready, (at if was_ready else moment) if ready else None, due[id], met.day if met else None)
        if new != (was_ready, at, task.due_on, task.forecast_on):
            changed.append((id, dict(zip(KEPT, new, strict=True))))
    if not changed:
        return
    connection.execute(
        _KEEP, [{"task": id, **{f"new_{name}": value for name, value in values.items()}} for id, values in changed]
    )
    held = db.session().identity_map
    for id, values in changed:
        loaded = held.get(sa.orm.util.identity_key(PlanTask, id))
        if loaded is not None:
            for name, value in values.items():
                set_committed_value(loaded, name, value)


# --- the plan ---------------------------------------------------------------------------------------------------------


def _count(plan: Plan, tasks: Sequence[Any], free: set[int], due: dict[int, date | None], today: date) -> None:
    counted = done = stuck = overdue = 0
    turn = {str(Side.CUSTOMER): 0, str(Side.VENDOR): 0}
    days = []
    for task in tasks:
        if task.state == TaskState.DONE:
            counted += 1
            done += 1
        elif task.state in UNFINISHED:
            counted += 1
            stuck += task.stuck
            if task.state == TaskState.HANDED_IN:
                turn[_OTHER[task.side]] += 1
            else:
                turn[task.side] += task.id in free
                if (day := due[task.id]) is not None:
                    days.append(day)
                    overdue += day < today
    _set(
        plan,
        task_count=counted,
        done_count=done,
        open_customer=turn[Side.CUSTOMER],
        open_vendor=turn[Side.VENDOR],
        stuck_count=stuck,
        overdue_count=overdue,
        next_due_on=min(days, default=None),
    )


def _foresee(
    plan: Plan,
    works: dict[int, Work],
    expected: dict[int, Expected],
    course: Course,
    tasks: Sequence[Any],
    cause: Cause | None,
    moment: datetime,
) -> None:
    """The expected finish with its time, the plan's health, and what moved and why."""
    finish = max((expected[work.id].day for work in works.values() if work.required), default=course.today)
    if plan.live_on is None and plan.golive_on is not None:
        finish = max(finish, plan.golive_on)
    titles = {task.id: task for task in tasks}
    if plan.state == PlanState.DONE:
        assert plan.finished_at is not None
        finish = plan.finished_at.astimezone(ZoneInfo(vendor().timezone)).date()
        verdict = forecast.completed(finish)
    else:
        verdict = forecast.judge(course, works, expected, finish, lambda work: _named(titles[work.id], work))
    before = plan.forecast_on if plan.forecast_at is not None else None
    _set(plan, forecast_on=finish, forecast_at=moment, health=verdict.health, health_why=verdict.why)
    if before is not None and before != finish:
        why = cause or Cause("time", verdict.why.get("task"))
        told: dict[str, tuple[Any, Any]] = {
            "forecast_on": (before.isoformat(), finish.isoformat()),
            "_cause": (None, why.verb),
        }
        if why.task is not None:
            told["_task"] = (None, why.task)
        record(plan, "plan.forecast_moved", None, told)


def _named(task: Any, work: Work) -> dict[str, Any]:
    """How a sentence names a task later: by its number, its title, and whose it is now."""
    own = json.loads(task.own) if task.own and task.own != "{}" else None
    title = {"title": own["title"]} if own else {"task_code": task.code}
    return {"task": task.number, "side": str(work.side), **title}


def _wait(plan: Plan, side: Side | None, paused: bool, today: date) -> None:
    """Whom the plan waits for, and since when: a new span begins on the day on which it changes. Spans go on through
    pauses, which are told apart by their own rows."""
    before = plan.waiting
    _set(plan, waiting=Waiting.NOBODY if side is None else Waiting.PAUSED if paused else Waiting(side))
    if plan.waiting == before and not paused:
        return
    connection = db.session.connection()
    span = connection.execute(sa.select(_SPAN).where(_SPAN.c.plan_id == plan.id, _SPAN.c.until_on.is_(None))).first()
    if span is not None and span.waiting == side:
        return
    if span is not None:
        old = sa.update(_SPAN).where(_SPAN.c.id == span.id)
        if span.from_on >= today and side is not None:
            connection.execute(old.values(waiting=str(side)))  # the day counts for whoever has it in the end
            return
        connection.execute(old.values(until_on=max(today, span.from_on)))
    if side is not None:
        ended = sa.select(sa.func.max(_SPAN.c.until_on)).where(_SPAN.c.plan_id == plan.id)
        last: date | None = connection.execute(ended).scalar_one()
        # A kick-off is often written down on the day after it; whoever has it now had it since.
        begin = max(today, last) if last is not None else plan.kickoff_on or today
        connection.execute(sa.insert(_SPAN).values(plan_id=plan.id, waiting=str(side), from_on=begin, until_on=None))
