"""Keeping an answer before it is whole: nothing typed is lost, and the task stays open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.plans import answers, texts
from app.plans.answers import Problems
from app.plans.models import TaskState
from app.plans.party import Hand
from app.plans.service.changing import changing, put_task, task_in
from app.plans.service.finishing import CannotStartYet, NotYours, TaskMovedOn
from app.plans.service.working import AnswerFirst, Worked


@dataclass(frozen=True)
class Kept:
    """What came of it. What could not be read is not kept: `problems` says it by field."""

    worked: Worked
    problems: Problems


def save(plan_id: int, task_ref: str, given: Mapping[str, Any], by: Hand, *, expect: int | None = None) -> Kept:
    """Keeps what was answered so far to an open task. `expect` is the task's version as the form knew it.

    Raises:
        NotFound, NotYours, CannotStartYet, TaskMovedOn
    """
    with changing(plan_id, by) as plan:
        task = task_in(plan, task_ref, by)
        if not by.may_do(task):
            raise NotYours
        if task.kind not in answers.DRAFTED:
            raise AnswerFirst
        if task.state != TaskState.OPEN:
            raise TaskMovedOn
        if not task.ready and by.person is None:
            raise CannotStartYet
        answer, wrong = answers.drafted(texts.of_task(task, texts.outline_of(plan)), given, plan.country)
        if expect is not None and task.version != expect and task.answer != answer:
            raise TaskMovedOn
        changed = put_task(plan, task, "plan_task.draft_saved", by, answer=answer)
        return Kept(Worked(plan, task, changed), wrong)
