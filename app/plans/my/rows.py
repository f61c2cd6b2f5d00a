"""A plan as its customer reads it: in which group each task stands, who has it, what it waits for, what comes next."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from app.core.clock import today
from app.core.i18n import _, _l
from app.plans import texts
from app.plans.models import UNFINISHED, Plan, PlanContact, PlanTask, TaskState
from app.plans.queries.my import Named, Of, main_of
from app.playbooks.outline import Kind, Outline, Side, Task, said
from app.settings.models import vendor


class Group(enum.StrEnum):
    """Where a task stands on the page, in the page's order."""

    YOURS = "yours"
    OURS = "ours"
    WAITING = "waiting"
    """For a task that somebody can do now, or for a third party."""
    LATER = "later"
    DONE = "done"


TITLES: dict[Group, Any] = {
    Group.YOURS: _l("Your turn now"),
    Group.OURS: _l("Waiting for us"),
    Group.WAITING: _l("Waiting for something else"),
    Group.LATER: _l("Later"),
    Group.DONE: _l("Done"),
}
ACTS: dict[str, Any] = {
    Kind.FIELDS: _l("Fill in"),
    Kind.CHOICE: _l("Choose"),
    Kind.LINKS: _l("Enter the links"),
    Kind.FILES: _l("Hand in files"),
    Kind.FILES_APPROVED: _l("Hand in files"),
    Kind.PEOPLE: _l("Name the people"),
    Kind.SECRET: _l("Enter it safely"),
    Kind.MEETING: _l("Note the meeting"),
    Kind.DOCUMENT: _l("Read and accept"),
    Kind.APPROVAL: _l("Look and decide"),
    Kind.CONFIRM: _l("Check your details"),
}
"""What the button of the next task says; a tick is done on the spot."""
SOON = timedelta(days=14)
"""What is due later than this need not be looked at yet."""


@dataclass(frozen=True)
class Row:
    """One task."""

    task: PlanTask
    asked: Task
    title: str
    module: str
    who: str
    group: Group
    mine: bool
    """The reader's own: named to them, or to nobody and they are the main contact."""
    waits: tuple[Row, ...] = ()
    """The open tasks before it."""
    late: bool = False
    moved_to: date | None = None
    """When it is expected, where what was promised has passed."""

    @property
    def ref(self) -> str:
        return self.task.ref

    @property
    def ours(self) -> bool:
        """The vendor owes it."""
        return self.task.side == Side.VENDOR

    @property
    def could(self) -> bool:
        """The customer's people can do it now."""
        return not self.ours and self.task.state == TaskState.OPEN and self.task.ready

    @property
    def tickable(self) -> bool:
        """Done by one press."""
        return self.task.kind == Kind.TICK and self.could

    @property
    def can_undo(self) -> bool:
        """Opened again by one press."""
        simple = self.task.kind == Kind.TICK and self.task.state == TaskState.DONE
        return not self.ours and (simple or self.task.state == TaskState.NOT_APPLICABLE)

    @property
    def act(self) -> str:
        return str(_("Look and decide") if self.ours else ACTS.get(self.task.kind, ""))

    @property
    def hint(self) -> str:
        return said(self.asked.hint)


@dataclass(frozen=True)
class Reader:
    """For whom, and with whose names, rows are made."""

    plan: Plan
    contact: PlanContact
    outline: Outline
    people: Mapping[int, PlanContact | Named]
    manager: str
    on: date = field(default_factory=lambda: today(vendor().timezone))

    @property
    def main(self) -> PlanContact | Named | None:
        return main_of(self.people.values())

    def owner(self, task: PlanTask) -> PlanContact | Named | None:
        return self.people.get(task.contact_id) if task.contact_id else self.main

    def who(self, of: Of) -> str:
        if of.task.side == Side.CUSTOMER:
            owner = self.owner(of.task)
            return owner.name if owner else self.plan.name
        return of.person or (vendor().name if of.task.role else self.manager)

    def row(self, of: Of, group: Group, waits: Iterable[Row] = ()) -> Row:
        task = of.task
        asked = texts.of_task(task, self.outline)
        owner = self.owner(task) if task.side == Side.CUSTOMER else None
        undone = task.state in UNFINISHED
        late = undone and task.due_on is not None and task.due_on < self.on
        ours = task.side == Side.VENDOR
        return Row(
            task,
            asked,
            said(asked.title),
            texts.module_label(task.module, self.outline),
            self.who(of),
            group,
            owner is not None and owner.id == self.contact.id,
            tuple(waits),
            late,
            task.forecast_on if late and ours and task.forecast_on and task.forecast_on >= self.on else None,
        )


def rows_of(reader: Reader, tasks: Sequence[Of]) -> list[Row]:
    """Every task with its group, in the order of the page; within what is to be done the earliest due day first."""
    standing = {of.task.id: of for of in tasks if of.task.state in UNFINISHED}
    rows = []
    for of in tasks:
        before = [standing[id] for id in of.before if id in standing]
        group = _group(of.task, before, reader.on)
        waits = [reader.row(one, Group.WAITING) for one in before] if group == Group.WAITING else ()
        rows.append(reader.row(of, group, waits))
    order = {group: place for place, group in enumerate(Group)}
    return sorted(rows, key=lambda row: (order[row.group], *_within(row)))


def row_of(reader: Reader, of: Of, before: Sequence[Of] = ()) -> Row:
    """One task by itself."""
    group = _group(of.task, before, reader.on)
    return reader.row(of, group, [reader.row(one, Group.WAITING) for one in before])


def _within(row: Row) -> tuple[Any, ...]:
    if row.group == Group.DONE:
        return (-(row.task.done_at.timestamp() if row.task.done_at else 0.0),)
    return (row.task.due_on or date.max, row.task.position, row.task.number)


def _group(task: PlanTask, before: Sequence[Of], on: date) -> Group:
    if task.state in (TaskState.DONE, TaskState.NOT_APPLICABLE):
        return Group.DONE
    customers = task.side == Side.CUSTOMER
    if task.state == TaskState.HANDED_IN:
        return Group.OURS if customers else Group.YOURS
    if not task.ready:
        return (
            Group.WAITING
            if all(of.task.ready or of.task.state == TaskState.HANDED_IN for of in before)
            else Group.LATER
        )
    if task.waits_for:
        return Group.WAITING
    if customers and task.stuck_at is not None:
        return Group.OURS
    if task.due_on is not None and task.due_on > on + SOON:
        return Group.LATER
    return Group.YOURS if customers else Group.OURS


def next_of(rows: Iterable[Row]) -> Row | None:
    """What the reader does next: their own first, else what a colleague has to do."""
    could = [row for row in rows if row.group == Group.YOURS or (row.group == Group.LATER and row.could)]
    return min(could, key=lambda row: (not (row.mine or row.ours), *_within(row)), default=None)


def headline(plan: Plan, next_row: Row | None) -> str:
    """7 of 18 done. Next for you: ..."""
    if not plan.task_count:
        return _("Your plan is being prepared")
    if plan.done_count >= plan.task_count:
        return _("All %(all)s done", all=plan.task_count)
    values = {"done": plan.done_count, "all": plan.task_count}
    if next_row is None:
        return _("%(done)s of %(all)s done. Nothing for you to do now", **values)
    if next_row.mine or next_row.ours:
        return _("%(done)s of %(all)s done. Next for you: %(task)s", task=next_row.title, **values)
    return _("%(done)s of %(all)s done. Next for %(name)s: %(task)s", name=next_row.who, task=next_row.title, **values)


# --- phases and filters -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Step:
    """A phase in words, and how far it is."""

    code: str
    title: str
    done: int
    all: int
    begun: bool
    begins_on: date | None

    @property
    def percent(self) -> int:
        return 100 * self.done // self.all if self.all else 0


def steps_of(outline: Outline, tasks: Iterable[Of]) -> list[Step]:
    """The phases in which there is something to do."""
    found = []
    every = list(tasks)
    for code in outline.phase:
        of_phase = [of.task for of in every if of.task.phase == code and of.task.state != TaskState.NOT_APPLICABLE]
        if not of_phase:
            continue
        done = sum(task.state == TaskState.DONE for task in of_phase)
        begun = bool(done) or any(task.ready or task.state == TaskState.HANDED_IN for task in of_phase)
        due = min((task.due_on for task in of_phase if task.due_on), default=None)
        found.append(Step(code, texts.phase_title(code, outline), done, len(of_phase), begun, due))
    return found


@dataclass(frozen=True)
class Filter:
    """By owner ("", "me", "us", or the reference of one of the people) and by module."""

    owner: str = ""
    module: str = ""

    def keeps(self, row: Row, reader: Reader) -> bool:
        if self.module and row.task.module != self.module:
            return False
        match self.owner:
            case "":
                return True
            case "me":
                return row.mine
            case "us":
                return row.ours
        owner = reader.owner(row.task)
        return not row.ours and owner is not None and owner.ref == self.owner


def owners(reader: Reader, rows: Iterable[Row]) -> list[tuple[str, str]]:
    """Whose tasks one can look at."""
    named = {owner.ref: owner.name for row in rows if not row.ours and (owner := reader.owner(row.task))}
    named.pop(reader.contact.ref, None)
    return [("", _("Everybody")), ("me", _("My own")), ("us", vendor().name), *named.items()]


def modules(reader: Reader, rows: Sequence[Row]) -> list[tuple[str, str]]:
    used = {row.task.module for row in rows}
    known = [(code, texts.module_label(code, reader.outline)) for code in reader.outline.module if code in used]
    return [("", _("All modules")), *known]
