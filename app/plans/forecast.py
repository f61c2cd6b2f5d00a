"""When each open task will be done as things stand, whom the plan waits for, and how it stands with it (I8).

No database. A task takes its usual working days from the day it could start, but no open task is done before today:
each day that a late one stays open pushes those behind it by a day. Nothing that comes late makes anything earlier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

from app.plans.models import Health
from app.plans.timing import Calendar
from app.playbooks.outline import Side

KICKOFF_SOON = 5
"""Working days after the contract was accepted within which the kick-off should be agreed."""


class Work(NamedTuple):
    """An open task, as far as the forecast cares."""

    id: int
    number: int
    side: Side
    """Who has it now: of what was handed in, the side that judges it."""
    workdays: int
    required: bool = True
    since: date | None = None
    """The day on which it could start; None for today, or while something before it is open."""
    not_before: date | None = None
    """When a third party is expected to answer, or the day agreed for it."""
    due_on: date | None = None
    stuck: bool = False
    is_golive: bool = False


class Expected(NamedTuple):
    day: date
    soonest: date
    """The same without waiting for the day that was agreed."""
    behind: int | None
    """The task that decides when it can start."""


def expect(
    works: Iterable[Work], needs: Mapping[int, Iterable[int]], today: date, calendar: Calendar
) -> dict[int, Expected]:
    """For each of the open tasks, the day on which it will be done. `needs` says what must be done before; what is not
    among `works` is done. A circle, which nobody can save, reads as if its tasks could start."""
    known = {work.id: work for work in works}
    before = {
        id: [need for need in set(needs[id]) if need in known and need != id] if id in needs else [] for id in known
    }
    after: dict[int, list[int]] = defaultdict(list)
    for id, first in before.items():
        for need in first:
            after[need].append(id)
    left = {id: len(first) for id, first in before.items()}
    start = calendar.on_or_after(today)
    done: dict[int, Expected] = {}
    turn = [id for id, count in left.items() if not count]
    while len(done) < len(known):
        if not turn:
            turn = [min((id for id in known if id not in done), key=lambda id: known[id].number)]
        id = turn.pop()
        if id in done:
            continue
        done[id] = _expected(known[id], [need for need in before[id] if need in done], done, known, start, calendar)
        for following in after[id]:
            left[following] -= 1
            if not left[following]:
                turn.append(following)
    return done


def _expected(
    work: Work,
    before: list[int],
    done: Mapping[int, Expected],
    known: Mapping[int, Work],
    start: date,
    calendar: Calendar,
) -> Expected:
    behind = before[0] if before else None
    if len(before) > 1:
        behind = max(before, key=lambda id: (done[id].day, -known[id].number))
    begin = done[behind].day if behind is not None else work.since or start
    soonest = max(calendar.add(begin, work.workdays), start)
    day = soonest if work.not_before is None else calendar.on_or_after(max(soonest, work.not_before))
    return Expected(calendar.on_or_after(day), soonest, behind)


def deciding(works: Iterable[Work], expected: Mapping[int, Expected]) -> Work | None:
    """The required task on which the end depends: going live while that is open, else the last one."""
    required = [work for work in works if work.required]
    live = [work for work in required if work.is_golive]
    return max(live or required, key=lambda work: (expected[work.id].day, -work.number), default=None)


def first_of(end: Work, works: Mapping[int, Work], expected: Mapping[int, Expected]) -> Work:
    """Where the chain of tasks that decides the end begins: what somebody can do now."""
    seen = {end.id}
    behind = expected[end.id].behind
    while behind is not None and behind not in seen:
        seen.add(behind)
        end, behind = works[behind], expected[behind].behind
    return end


# --- health -----------------------------------------------------------------------------------------------------------


class Course(NamedTuple):
    """What a plan's health is judged by."""

    today: date
    calendar: Calendar
    contract_on: date | None
    kickoff_on: date | None
    kickoff_held: bool
    golive_on: date | None
    live_on: date | None
    aim_workdays: int | None
    paused_since: date | None = None
    paused_until: date | None = None
    """None while nobody said."""

    @property
    def goal(self) -> date | None:
        """By when it should go live: as agreed, else as aimed at."""
        if self.live_on is not None:
            return None
        if self.golive_on is not None or self.kickoff_on is None or self.aim_workdays is None:
            return self.golive_on
        return self.calendar.add(self.kickoff_on, self.aim_workdays)


class Verdict(NamedTuple):
    health: Health
    why: dict[str, Any]
    """Code and values of the sentence, see health.py."""


def judge(
    course: Course,
    works: Mapping[int, Work],
    expected: Mapping[int, Expected],
    finish: date,
    named: Callable[[Work], dict[str, Any]],
) -> Verdict:
    """How it stands with a running plan, with the one reason that weighs most."""
    end = deciding(works.values(), expected)
    goal = course.goal
    first = first_of(end, works, expected) if end is not None else None
    about = named(first) if first is not None else {}
    soonest = expected[end.id].soonest if end is not None else finish
    if goal is not None and soonest > goal and not about:
        return Verdict(Health.LATE, {"code": "golive_passed", "on": _iso(goal)})
    if goal is not None and soonest > goal:
        code = "late_agreed" if course.golive_on is not None else "late_aimed"
        days = course.calendar.between(goal, soonest)
        return Verdict(Health.LATE, {"code": code, "on": _iso(soonest), "goal": _iso(goal), "days": days, **about})
    return _risk(course, works, goal, soonest, about, named) or _on_track(
        course, goal, soonest, finish, first, expected, about
    )


def _risk(
    course: Course,
    works: Mapping[int, Work],
    goal: date | None,
    soonest: date,
    about: dict[str, Any],
    named: Callable[[Work], dict[str, Any]],
) -> Verdict | None:
    stuck = sorted((work.number, work) for work in works.values() if work.stuck)
    if stuck:
        return Verdict(Health.AT_RISK, {"code": "stuck", "count": len(stuck), **named(stuck[0][1])})
    late = sorted(
        (work.due_on, work.number, work)
        for work in works.values()
        if work.required and work.due_on is not None and work.due_on < course.today
    )
    if late and course.paused_since is None:
        return Verdict(
            Health.AT_RISK, {"code": "overdue", "count": len(late), "on": _iso(late[0][0]), **named(late[0][2])}
        )
    if course.kickoff_on is None and course.contract_on is not None:
        days = course.calendar.between(course.contract_on, course.today)
        if days > KICKOFF_SOON:
            return Verdict(Health.AT_RISK, {"code": "no_kickoff", "days": days})
    if course.kickoff_on is not None and not course.kickoff_held and course.kickoff_on < course.today:
        return Verdict(Health.AT_RISK, {"code": "kickoff_passed", "on": _iso(course.kickoff_on)})
    if goal is not None and about and course.calendar.between(soonest, goal) < 1:
        return Verdict(Health.AT_RISK, {"code": "tight", "on": _iso(goal), **about})
    return None


def _on_track(
    course: Course,
    goal: date | None,
    soonest: date,
    finish: date,
    first: Work | None,
    expected: Mapping[int, Expected],
    about: dict[str, Any],
) -> Verdict:
    if course.paused_since is not None:
        until = {"until": _iso(course.paused_until)} if course.paused_until else {}
        return Verdict(Health.ON_TRACK, {"code": "paused", "on": _iso(course.paused_since), **until})
    if course.live_on is not None:
        return Verdict(Health.ON_TRACK, {"code": "live", "on": _iso(course.live_on), "finish": _iso(finish)})
    if goal is not None and first is not None:
        spare = course.calendar.between(soonest, goal)
        by = course.calendar.add(expected[first.id].soonest, spare)
        return Verdict(
            Health.ON_TRACK,
            {"code": "on_track", "on": _iso(max(soonest, course.golive_on or soonest)), "by": _iso(by), **about},
        )
    if course.kickoff_on is None:
        return Verdict(Health.ON_TRACK, {"code": "before_kickoff"})
    return Verdict(Health.ON_TRACK, {"code": "expected", "on": _iso(finish)})


def completed(on: date) -> Verdict:
    """Gone live, and nothing required is open."""
    return Verdict(Health.ON_TRACK, {"code": "done", "on": _iso(on)})


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None
