"""What whoever validates a case looks at: the answers as handed in, beside those that were last returned (C6)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.i18n import _
from app.plans import differing, recap, texts
from app.plans.differing import Answers, Difference
from app.plans.models import UNFINISHED, CaseRound, CaseState, PlanCase, PlanTask, TaskState, Verdict
from app.playbooks.outline import Field, Kind, Outline, Task, said


@dataclass(frozen=True)
class Row:
    """One answer in words."""

    label: str
    before: str | list[str]
    """As it was last returned; several lines as a list."""
    after: str | list[str]
    differs: bool


@dataclass(frozen=True)
class Table:
    """The answers of one task."""

    title: str
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Look:
    """A case with its rounds as somebody looks at them."""

    case: PlanCase
    title: str
    latest: CaseRound | None
    returned: CaseRound | None
    """The round that came back last, before the latest one."""
    tables: list[Table]
    since: list[str]
    """What was changed after it was handed in: labels of the fields."""
    open: list[PlanTask]
    """Required tasks of the phase that are not done."""
    left_out: list[PlanTask]
    """Tasks of the phase that somebody called not applicable, with the reason."""

    @property
    def differs(self) -> int:
        """How many answers differ from the round that was returned."""
        return sum(row.differs for table in self.tables for row in table.rows)


def look(case: PlanCase, tasks: Sequence[PlanTask], outline: Outline) -> Look:
    """At a case with its rounds loaded, and the tasks of its plan."""
    mine = [task for task in tasks if task.phase == case.phase and task.state != TaskState.GONE]
    rounds = sorted(case.rounds, key=lambda one: one.number)
    latest = rounds[-1] if rounds else None
    before = [one for one in rounds[:-1] if one.verdict == Verdict.RETURNED]
    returned = before[-1] if before else None
    asked = _asked(mine, outline)
    held = {task.code: task.answer for task in mine if task.code in asked and task.code is not None}
    after: Answers = latest.answers if latest is not None else held
    rows = differing.between(returned.answers if returned is not None else {}, after, _order(asked))
    waits = case.state == CaseState.HANDED_IN
    return Look(
        case,
        texts.phase_title(case.phase, outline),
        latest,
        returned,
        _tables(rows, asked, outline, compared=returned is not None),
        [_label(one, asked) for one in differing.changed(after, held)] if waits else [],
        [task for task in mine if _is_open(task)],
        [task for task in mine if task.state == TaskState.NOT_APPLICABLE],
    )


def _is_open(task: PlanTask) -> bool:
    return task.required and task.state in UNFINISHED and task.expires_on is None


def _asked(tasks: Sequence[PlanTask], outline: Outline) -> dict[str, Task]:
    """The tasks that ask for fields, by their codes."""
    return {task.code: texts.of_task(task, outline) for task in tasks if task.code and task.kind == Kind.FIELDS}


def _order(asked: Mapping[str, Task]) -> dict[str, list[str]]:
    return {code: [one.code for one in task.fields] for code, task in asked.items()}


def _tables(rows: Sequence[Difference], asked: Mapping[str, Task], outline: Outline, *, compared: bool) -> list[Table]:
    """Fields that were never answered and are not asked here (they depend on another answer) are left out."""
    found: dict[str, Table] = {}
    for one in rows:
        if not differing.is_answered(one.before) and not differing.is_answered(one.after):
            continue
        task = asked.get(one.task) or outline.task.get(one.task)
        table = found.setdefault(one.task, Table(said(task.title) if task else one.task))
        before, after = _lines(_worded(one, one.before, task)), _lines(_worded(one, one.after, task))
        table.rows.append(Row(_label(one, asked), before, after, compared and one.differs))
    return list(found.values())


def _label(one: Difference, asked: Mapping[str, Task]) -> str:
    known = _field(asked.get(one.task), one.field)
    return said(known.label) if known else one.field


def _field(task: Task | None, code: str) -> Field | None:
    """None where the playbook no longer knows it."""
    return next((field for field in task.fields if field.code == code), None) if task else None


def _lines(text: str) -> str | list[str]:
    return text.split("\n") if "\n" in text else text


def _worded(one: Difference, value: Any, task: Task | None) -> str:
    if not differing.is_answered(value):
        return ""
    known = _field(task, one.field)
    if known is not None:
        return recap.worded(known, value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return ", ".join(str(part) for part in value) if isinstance(value, list) else str(value)
