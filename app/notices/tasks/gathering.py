"""Who is to be reminded of what: the open tasks of running plans, and whom each concerns, in a handful of queries."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.access.roles import StaffRole
from app.core.db import db
from app.core.workdays import add_workdays
from app.notices.tasks.turns import turn_of_due, turn_since, zone_of
from app.people.models import HeldRole, Person
from app.people.queries import deputies
from app.plans.models import (
    Plan,
    PlanContact,
    PlanDocument,
    PlanPause,
    PlanState,
    PlanTask,
    TaskHandover,
    TaskState,
)
from app.plans.texts import outline_of
from app.playbooks.outline import ContactRole, Kind, Side, said
from app.settings.models import Vendor

HORIZON = timedelta(days=14)
"""Nothing that is due later is in a digest."""
TO_MANAGER = 3
"""Working days after which an account manager reads that the customer's task is overdue."""
TO_LEADER = 5
"""Working days after which team leaders read that something is overdue or stuck."""


@dataclass(frozen=True)
class Line:
    """One task in somebody's digest."""

    part: str
    """late, soon, judge, stuck, overdue or escalated."""
    task_id: int
    plan: str
    title: Any
    """By language, or a text."""
    due_on: date | None
    turn: date | None
    """The latest day on which it is a reason to write; None where it is only told with the rest."""
    valid_until: date | None = None
    """Of what is asked for again because it expires."""

    def words(self) -> str:
        return said(self.title)


@dataclass
class Reader:
    """An address, and what is to be told to it."""

    email: str
    name: str
    locale: str
    country: str
    conversation: str
    person_id: int | None = None
    contact: PlanContact | None = None
    """The one whose link is mailed."""
    handover: int = 0
    lines: list[Line] = field(default_factory=list)

    @property
    def turn(self) -> date | None:
        return max((line.turn for line in self.lines if line.turn is not None), default=None)


def tasks_of_running(day: date) -> Sequence[Any]:
    """What is open and could be done, or waits to be judged, is due soon, stuck or handed in: of plans that run and are
    not paused. Of plans that are done, what is asked for again because it expires."""
    paused = sa.exists().where(
        PlanPause.plan_id == Plan.id,
        PlanPause.from_on <= day,
        sa.or_(PlanPause.until_on.is_(None), PlanPause.until_on > day),
    )
    open_now = sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.ready)
    return db.session.execute(
        sa.select(
            PlanTask.id,
            PlanTask.number,
            PlanTask.code,
            sa.cast(PlanTask.own, sa.Text).label("own"),
            PlanTask.side,
            PlanTask.role,
            PlanTask.state,
            PlanTask.person_id,
            PlanTask.contact_id,
            PlanTask.due_on,
            PlanTask.stuck_at,
            PlanTask.waits_for,
            PlanTask.waits_until,
            PlanTask.done_at,
            PlanTask.expires_on,
            PlanTask.ready_at,
            PlanTask.kind,
            sa.exists().where(PlanDocument.task_id == PlanTask.id).label("made"),
            PlanTask.plan_id,
            Plan.ref.label("plan_ref"),
            Plan.name.label("plan"),
            Plan.country,
            Plan.manager_id,
            Plan.playbook_version_id,
        )
        .join(Plan, Plan.id == PlanTask.plan_id)
        .where(
            is_reminded(),
            ~paused,
            sa.or_(
                sa.and_(open_now, PlanTask.expires_on.is_not(None)),
                sa.and_(open_now, PlanTask.due_on <= day + HORIZON),
                sa.and_(PlanTask.state == TaskState.OPEN, PlanTask.stuck_at.is_not(None)),
                PlanTask.state == TaskState.HANDED_IN,
            ),
        )
        .order_by(PlanTask.due_on, PlanTask.plan_id, PlanTask.number)
    ).all()


def is_reminded() -> sa.ColumnElement[bool]:
    """Whether anybody is reminded of a task of this plan."""
    renewal = sa.and_(Plan.state == PlanState.DONE, PlanTask.expires_on.is_not(None))
    return sa.or_(Plan.state == PlanState.RUNNING, renewal)


def _title(task: Any) -> Any:
    if task.own and task.own != "{}":
        return json.loads(task.own)["title"]
    return outline_of(task.playbook_version_id).task[task.code].title


def _is_unprepared(task: Any) -> bool:
    """Whether there is nothing to accept yet, because staff have not prepared it."""
    if task.kind != Kind.DOCUMENT or task.made or task.code is None or (task.own and task.own != "{}"):
        return False
    outline = outline_of(task.playbook_version_id)
    document = outline.document.get(outline.task[task.code].document)
    return document is not None and bool(document.generated)


def _day_of(moment: Any, zone: Any) -> date:
    found: date = moment.astimezone(zone).date()
    return found


# --- the customers' people --------------------------------------------------------------------------------------------


def customers(tasks: Iterable[Any], day: Mapping[str, date], vendor: Vendor) -> dict[str, Reader]:
    """By address. `day` has the countries in which mail may arrive now, with their day."""
    concerned = [task for task in tasks if _is_customers(task)]
    people, handovers = _people_of(concerned)
    found: dict[str, Reader] = {}
    for task in concerned:
        contact, handover = _addressee(task, people, handovers)
        if contact is None or not contact.reminders:
            continue
        reader = found.get(contact.email)
        if reader is None:
            reader = found[contact.email] = Reader(
                contact.email,
                contact.name,
                contact.locale,
                task.country,
                f"plan:{task.plan_ref}",
                contact=contact,
                handover=handover,
            )
        elif contact.enters and reader.contact is not None and not reader.contact.enters:
            reader.contact, reader.handover = contact, 0
        here = day.get(reader.country)
        if here is not None and (line := _customers_line(task, here, reader.country, vendor)) is not None:
            reader.lines.append(line)
    return found


def _is_customers(task: Any) -> bool:
    if task.state == TaskState.HANDED_IN:
        return bool(task.side == Side.VENDOR)
    return bool(
        task.side == Side.CUSTOMER and task.stuck_at is None and task.due_on is not None and not _is_unprepared(task)
    )


def _customers_line(task: Any, day: date, country: str, vendor: Vendor) -> Line | None:
    if task.state == TaskState.HANDED_IN:
        began = _day_of(task.done_at, zone_of(country, vendor.timezone)) if task.done_at else day
        return Line("judge", task.id, task.plan, _title(task), None, turn_since(began, day, country))
    if task.waits_for and (task.waits_until is None or task.waits_until >= day):
        return None  # somebody else has it
    part = "late" if task.due_on < day else "soon"
    turn = turn_of_due(task.due_on, day, country)
    if task.expires_on is not None and task.ready_at is not None:
        turn = _later(turn, _turn_of_asking(task, day, country, vendor))
    return Line(part, task.id, task.plan, _title(task), task.due_on, turn, task.expires_on)


def _turn_of_asking(task: Any, day: date, country: str, vendor: Vendor) -> date | None:
    """It is told once when it is asked for, on the first working day after; then as every task before its due day."""
    asked = add_workdays(_day_of(task.ready_at, zone_of(country, vendor.timezone)), 1, country)
    return asked if asked <= day else None


def _later(one: date | None, other: date | None) -> date | None:
    return max((turn for turn in (one, other) if turn is not None), default=None)


def _people_of(tasks: Sequence[Any]) -> tuple[dict[int, list[PlanContact]], dict[tuple[int, int], int]]:
    """Who takes part in these plans, and the links to single tasks by task and contact."""
    people: dict[int, list[PlanContact]] = defaultdict(list)
    plans = {task.plan_id for task in tasks}
    for contact in db.session.scalars(
        sa.select(PlanContact)
        .where(PlanContact.plan_id.in_(plans), PlanContact.ended_at.is_(None))
        .order_by(PlanContact.id)
        .execution_options(populate_existing=True)
    ):
        people[contact.plan_id].append(contact)
    named = [task.id for task in tasks if task.contact_id is not None]
    handovers = {
        (row.task_id, row.contact_id): row.id
        for row in db.session.execute(
            sa.select(TaskHandover.task_id, TaskHandover.contact_id, TaskHandover.id).where(
                TaskHandover.task_id.in_(named), TaskHandover.ended_at.is_(None)
            )
        )
    }
    return people, handovers


def _addressee(
    task: Any, people: Mapping[int, list[PlanContact]], handovers: Mapping[tuple[int, int], int]
) -> tuple[PlanContact | None, int]:
    """Whoever is named, if they have a way in; else the main contact."""
    here = people.get(task.plan_id, [])
    named = next((contact for contact in here if contact.id == task.contact_id), None)
    if named is not None:
        handover = handovers.get((task.id, named.id), 0)
        if named.enters or handover:
            return named, handover
    entering = [contact for contact in here if contact.enters]
    return min(entering, key=lambda contact: contact.role != ContactRole.MAIN, default=None), 0


# --- staff ------------------------------------------------------------------------------------------------------------


def staff(tasks: Iterable[Any], day: date, vendor: Vendor) -> dict[str, Reader]:
    """By address, on a working day of the vendor. Whoever is away has a deputy."""
    wanted: dict[int, dict[tuple[str, int], Line]] = defaultdict(dict)
    holders = _holders()
    leaders = holders.get(StaffRole.TEAM_LEADER, [])
    for task in tasks:
        for person_id, line in _staff_lines(task, day, vendor, holders, leaders):
            wanted[person_id].setdefault((line.part, line.task_id), line)
    standing_in = deputies(wanted, day)
    for person_id, deputy_id in standing_in.items():
        wanted[deputy_id] = {**wanted.pop(person_id), **wanted.get(deputy_id, {})}
    people = db.session.scalars(
        sa.select(Person)
        .where(Person.id.in_(wanted), Person.closed_at.is_(None))
        .options(selectinload(Person.held_roles))
    )
    return {
        person.email: Reader(
            person.email,
            person.name,
            person.locale,
            vendor.country,
            f"person:{person.ref}",
            person_id=person.id,
            lines=list(wanted[person.id].values()),
        )
        for person in people
        if person.is_staff
    }


def _staff_lines(
    task: Any, day: date, vendor: Vendor, holders: Mapping[str, list[int]], leaders: list[int]
) -> Iterable[tuple[int, Line]]:
    def line(part: str, turn: date | None) -> Line:
        return Line(part, task.id, task.plan, _title(task), task.due_on, turn)

    country, zone = vendor.country, zone_of(vendor.country, vendor.timezone)
    late = task.state == TaskState.OPEN and task.due_on is not None and task.due_on < day
    if task.state == TaskState.HANDED_IN and task.side == Side.CUSTOMER:
        began = _day_of(task.done_at, zone) if task.done_at else day
        for person_id in [task.person_id] if task.person_id else [task.manager_id]:
            yield person_id, line("judge", turn_since(began, day, country))
    if task.state == TaskState.OPEN and task.stuck_at is not None:
        began = _day_of(task.stuck_at, zone)
        yield task.manager_id, line("stuck", turn_since(began, day, country))
        turn = turn_since(began, day, country, first=TO_LEADER)
        yield from ((leader, line("escalated", turn)) for leader in leaders if turn)
    elif task.state == TaskState.OPEN and _is_unprepared(task):
        turn = turn_of_due(task.due_on, day, country) if task.due_on else None
        yield task.manager_id, line("late" if late else "soon", turn)
    elif task.state == TaskState.OPEN and task.side == Side.VENDOR:
        turn = turn_of_due(task.due_on, day, country)
        yield from ((person_id, line("late" if late else "soon", turn)) for person_id in _doers(task, holders))
    elif late and (turn := turn_since(task.due_on, day, country, first=TO_MANAGER)):
        yield task.manager_id, line("overdue", turn)
    if late and task.stuck_at is None and (turn := turn_since(task.due_on, day, country, first=TO_LEADER)):
        yield from ((leader, line("escalated", turn)) for leader in leaders)


def _doers(task: Any, holders: Mapping[str, list[int]]) -> list[int]:
    """Whoever is named; else those who hold the role, else the account manager."""
    if task.person_id is not None:
        return [task.person_id]
    role = task.role if task.role != StaffRole.ACCOUNT_MANAGER else ""
    return holders.get(role) or [task.manager_id]


def _holders() -> dict[str, list[int]]:
    found: dict[str, list[int]] = defaultdict(list)
    for row in db.session.execute(
        sa.select(HeldRole.role, HeldRole.person_id)
        .join(Person, Person.id == HeldRole.person_id)
        .where(Person.closed_at.is_(None))
        .order_by(HeldRole.person_id)
    ):
        found[row.role].append(row.person_id)
    return found
