"""Cases as pages ask for them: those of one plan, what waits for a team leader, and what each account manager has."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import contains_eager, joinedload, selectinload

from app.access.roles import StaffRole
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, page_of
from app.core.workdays import add_workdays, is_workday
from app.people import queries as people
from app.people.models import Absence, Person
from app.plans import texts
from app.plans.models import CaseRound, CaseState, Plan, PlanCase, PlanState, PlanTask, TaskState
from app.plans.queries.portfolio import visible_to
from app.playbooks.outline import Side
from app.settings.models import vendor

MOST = 200
"""Validations in the list."""

_PEOPLE = (joinedload(PlanCase.worker), joinedload(PlanCase.completed_by))
_ROUNDS = selectinload(PlanCase.rounds).options(joinedload(CaseRound.handed_in_by), joinedload(CaseRound.judged_by))


def of_plan(plan: Plan) -> list[PlanCase]:
    """In the order of the phases, with their people and rounds."""
    query = sa.select(PlanCase).where(PlanCase.plan_id == plan.id).options(*_PEOPLE, _ROUNDS)
    ordered = query.order_by(PlanCase.position, PlanCase.id).execution_options(populate_existing=True)
    return list(db.session.scalars(ordered))


def find(plan: Plan, ref: str) -> PlanCase:
    """With its people and rounds. Raises NotFound."""
    query = sa.select(PlanCase).where(PlanCase.plan_id == plan.id, PlanCase.ref == ref)
    loaded = query.options(*_PEOPLE, _ROUNDS, joinedload(PlanCase.plan)).execution_options(populate_existing=True)
    found = db.session.scalar(loaded)
    if found is None:
        raise NotFound
    return found


def tasks_of(case: PlanCase) -> list[PlanTask]:
    """Those of its phase, in the order of the page."""
    query = sa.select(PlanTask).where(PlanTask.plan_id == case.plan_id, PlanTask.phase == case.phase)
    return list(db.session.scalars(query.order_by(PlanTask.position, PlanTask.number)))


# --- what waits -------------------------------------------------------------------------------------------------------


def _live(actor: Person, state: CaseState) -> sa.Select[PlanCase]:
    plans = visible_to(actor).where(Plan.state != PlanState.ARCHIVED).with_only_columns(Plan.id)
    return sa.select(PlanCase).join(PlanCase.plan).where(PlanCase.state == state, PlanCase.plan_id.in_(plans))


def is_own(person: Person) -> sa.ColumnElement[bool]:
    """Cases that this person may not judge: their worker, or somebody who handed them in."""
    in_it = sa.exists().where(CaseRound.case_id == PlanCase.id, CaseRound.handed_in_by_id == person.id)
    return sa.or_(sa.and_(PlanCase.worker_id.is_not(None), PlanCase.worker_id == person.id), in_it)


def to_validate(actor: Person, limit: int = MOST) -> list[PlanCase]:
    """Handed in by others, the oldest first, with plan and worker."""
    query = (
        _live(actor, CaseState.HANDED_IN)
        .where(~is_own(actor))
        .order_by(PlanCase.moved_at, PlanCase.id)
        .limit(limit)
        .options(contains_eager(PlanCase.plan), joinedload(PlanCase.worker))
    )
    return list(db.session.scalars(query))


def own_in_validation(actor: Person) -> int:
    """How many of this person's own wait for a colleague's word."""
    query = _live(actor, CaseState.HANDED_IN).where(is_own(actor)).with_only_columns(sa.func.count())
    return db.session.scalar(query) or 0


def unassigned(actor: Person, cursor: str | None) -> Page[PlanCase]:
    """Open cases of which nobody is the worker, the oldest first."""
    query = _live(actor, CaseState.OPEN).options(contains_eager(PlanCase.plan).joinedload(Plan.manager))
    listing: Page[PlanCase] = page_of(query, PlanCase.moved_at, PlanCase.id, descending=False, cursor=cursor)
    return listing


def returned_to(person: Person, limit: int) -> list[PlanCase]:
    """Cases of this person that came back and were not handed in again."""
    query = (
        _live(person, CaseState.ASSIGNED)
        .where(PlanCase.worker_id == person.id, sa.exists().where(CaseRound.case_id == PlanCase.id))
        .order_by(PlanCase.moved_at, PlanCase.id)
        .limit(limit)
        .options(contains_eager(PlanCase.plan))
    )
    return list(db.session.scalars(query))


# --- the team ---------------------------------------------------------------------------------------------------------

DAYS = 5


@dataclass(frozen=True)
class DayOf:
    """What somebody has on one working day."""

    day: date
    calls: int
    tasks: int
    """Others than calls."""
    away: bool

    @property
    def all(self) -> int:
        return self.calls + self.tasks


@dataclass(frozen=True)
class Load:
    """What one of the team carries, and their five working days from today."""

    person: Person
    plans: int
    """Running ones of which they are the account manager."""
    cases: int
    """Assigned to them and not handed in."""
    handed_in: int
    overdue: int
    """Calls and tasks of ours that were due before today."""
    week: list[DayOf] = field(default_factory=list)
    absences: list[Absence] = field(default_factory=list)

    @property
    def calls(self) -> int:
        return sum(one.calls for one in self.week)

    @property
    def tasks(self) -> int:
        return sum(one.tasks for one in self.week)

    @property
    def weight(self) -> tuple[int, int, int]:
        return self.cases + self.handed_in, self.plans, self.calls + self.tasks


def working_days(day: date) -> list[date]:
    """The five working days of the vendor from this day on."""
    country = vendor().country
    first = day if is_workday(day, country) else add_workdays(day, 1, country)
    days = [first]
    while len(days) < DAYS:
        days.append(add_workdays(days[-1], 1, country))
    return days


def loads(team: Sequence[Person], day: date) -> list[Load]:
    """Account managers, and whoever else has cases or plans, those with most first; in five queries."""
    days = working_days(day)
    ids = [person.id for person in team]
    plans, cases, waiting = _plans(ids), _cases(ids, CaseState.ASSIGNED), _cases(ids, CaseState.HANDED_IN)
    due = _due(ids, days[-1])
    absent: dict[int, list[Absence]] = defaultdict(list)
    for absence in people.absences(day):
        if absence.from_on <= days[-1] + timedelta(days=14):
            absent[absence.person_id].append(absence)
    found = []
    for person in team:
        if StaffRole.ACCOUNT_MANAGER not in person.staff_roles and not (
            plans[person.id] or cases[person.id] or waiting[person.id]
        ):
            continue
        mine, gone = due.get(person.id, {}), absent.get(person.id, [])
        overdue = sum(count for (on, _call), count in mine.items() if on < day)
        counted: Counter[tuple[date, bool]] = Counter()
        for (on, call), count in mine.items():
            if on >= day:  # a free day's counts on the next working day
                counted[next(one for one in days if one >= on), call] += count
        week = [
            DayOf(
                one, counted[one, True], counted[one, False], any(away.from_on <= one <= away.until_on for away in gone)
            )
            for one in days
        ]
        found.append(Load(person, plans[person.id], cases[person.id], waiting[person.id], overdue, week, gone))
    return sorted(found, key=lambda load: load.weight, reverse=True)


def _plans(ids: Sequence[int]) -> Counter[int]:
    rows = db.session.execute(
        sa.select(Plan.manager_id, sa.func.count())
        .where(Plan.manager_id.in_(ids), Plan.state == PlanState.RUNNING)
        .group_by(Plan.manager_id)
    )
    return Counter({row[0]: row[1] for row in rows})


def _cases(ids: Sequence[int], state: CaseState) -> Counter[int]:
    rows = db.session.execute(
        sa.select(PlanCase.worker_id, sa.func.count())
        .join(PlanCase.plan)
        .where(PlanCase.worker_id.in_(ids), PlanCase.state == state, Plan.state != PlanState.ARCHIVED)
        .group_by(PlanCase.worker_id)
    )
    return Counter({person_id: count for person_id, count in rows if person_id is not None})


def _due(ids: Sequence[int], until: date) -> Mapping[int, Mapping[tuple[date, bool], int]]:
    """By person, day and whether it is a call: open tasks of ours until then, counted in one query. A call that nobody
    answered counts on the day of the next attempt."""
    whose = sa.func.coalesce(PlanTask.person_id, Plan.manager_id)
    on = sa.func.coalesce(PlanTask.call_on, PlanTask.due_on)
    rows = db.session.execute(
        sa.select(whose, sa.type_coerce(on, sa.Date), Plan.playbook_version_id, PlanTask.code, sa.func.count())
        .join(PlanTask.plan)
        .where(
            PlanTask.side == Side.VENDOR,
            PlanTask.state == TaskState.OPEN,
            PlanTask.ready,
            Plan.state != PlanState.ARCHIVED,
            on <= until,
            whose.in_(ids),
        )
        .group_by(whose, on, Plan.playbook_version_id, PlanTask.code)
    )
    found: dict[int, Counter[tuple[date, bool]]] = defaultdict(Counter)
    for person_id, day, version_id, code, count in rows:
        known = texts.outline_of(version_id).task.get(code) if code else None
        found[person_id][(day, bool(known and known.call))] += count
    return found
