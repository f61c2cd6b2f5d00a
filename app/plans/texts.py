"""Words of tasks, trainings and phases in the reader's language, from the playbook's version that a plan follows."""

from __future__ import annotations

from collections import OrderedDict

import sqlalchemy as sa
from flask import current_app
from pydantic import TypeAdapter

from app.core.db import db
from app.plans.models import Plan, PlanTask, PlanTraining
from app.playbooks.models import PlaybookVersion
from app.playbooks.outline import Outline, Task, from_content, said

KEPT = 64
"""Versions whose shape is remembered by a process. A published version never changes."""

_TASK = TypeAdapter(Task)


def outline_of(of: Plan | PlaybookVersion | int) -> Outline:
    """What the playbook's version says: of a plan, a version, or a version's id. Read and parsed once by a process."""
    version_id = of.playbook_version_id if isinstance(of, Plan) else of if isinstance(of, int) else of.id
    kept: OrderedDict[int, Outline] = current_app.extensions.setdefault("gangway_outlines", OrderedDict())
    found = kept.get(version_id)
    if found is None:
        row = db.session.execute(
            sa.select(PlaybookVersion.content, PlaybookVersion.published_at).where(PlaybookVersion.id == version_id)
        ).one()
        found = from_content(row.content)
        if row.published_at is None:
            return found  # a draft goes on changing
        kept[version_id] = found
        while len(kept) > KEPT:
            kept.popitem(last=False)
    return found


def of_task(task: PlanTask, outline: Outline) -> Task:
    """The task's own shape and words: those that came with it, else the playbook's."""
    if task.own:
        return _TASK.validate_python(task.own)
    assert task.code is not None
    return outline.task[task.code]


def to_own(task: Task) -> dict[str, object]:
    """What is kept with a task that the playbook does not know (any more)."""
    own: dict[str, object] = _TASK.dump_python(task, mode="json", exclude_defaults=True)
    return own


def title_of(task: PlanTask, outline: Outline) -> str:
    return said(of_task(task, outline).title)


def hint_of(task: PlanTask, outline: Outline) -> str:
    return said(of_task(task, outline).hint)


def instruction_of(task: PlanTask, outline: Outline) -> str:
    """Markdown."""
    return said(of_task(task, outline).instruction)


def phase_title(code: str, outline: Outline) -> str:
    phase = outline.phase.get(code)
    return said(phase.title) if phase else ""


def begins_on_a_day(plan: Plan) -> bool:
    """Whether the plan's day of going live is a starting date, on which billing begins: pages then call it that."""
    return outline_of(plan).starting is not None


def module_label(code: str, outline: Outline) -> str:
    module = outline.module.get(code)
    return said(module.label) if module else ""


def training_title(training: PlanTraining, outline: Outline) -> str:
    """A training that was added brings its own title."""
    known = outline.training.get(training.code or "")
    return training.title or (said(known.title) if known else training.code or "")


def held_in_series(code: str, plan: Plan) -> bool:
    """Whether one of the sessions that are held for everybody is chosen for the training of this code (C3)."""
    known = outline_of(plan).training.get(code)
    return known is not None and known.series


def training_summary(training: PlanTraining, outline: Outline) -> str:
    known = outline.training.get(training.code or "")
    return said(known.summary) if known else ""
