"""Where a software partner stands in its seven steps, out of its plan's tasks: pure, no database."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.plans import texts
from app.plans.models import PlanTask, TaskState
from app.playbooks.outline import Outline, Side, said

COUNTED = (TaskState.OPEN, TaskState.HANDED_IN, TaskState.DONE)


@dataclass(frozen=True)
class Step:
    """One of the seven, and how far it is."""

    number: int
    code: str
    title: str
    summary: str
    done: int
    all: int
    begun: bool

    @property
    def is_done(self) -> bool:
        return self.done == self.all

    @property
    def percent(self) -> int:
        return 100 * self.done // self.all if self.all else 0


@dataclass(frozen=True)
class Owed:
    """A task that can be done now."""

    task: PlanTask
    title: str
    step: str


@dataclass(frozen=True)
class Progress:
    steps: Sequence[Step]
    current: Step | None
    """The first that is not done; None once all are."""
    yours: Sequence[Owed]
    """What the software partner owes now, what is due first on top."""
    ours: Sequence[Owed]
    """What the vendor owes now."""

    @property
    def is_operational(self) -> bool:
        return bool(self.steps) and self.current is None


def progress_of(outline: Outline, tasks: Iterable[PlanTask]) -> Progress:
    """Tasks in the order of the page."""
    every = [task for task in tasks if task.state in COUNTED]
    steps: list[Step] = []
    for phase in outline.phases:
        of_phase = [task for task in every if task.phase == phase.code]
        if not of_phase:
            continue
        done = sum(task.state == TaskState.DONE for task in of_phase)
        begun = bool(done) or any(task.ready or task.state == TaskState.HANDED_IN for task in of_phase)
        title, summary = said(phase.title), said(phase.summary)
        steps.append(Step(len(steps) + 1, phase.code, title, summary, done, len(of_phase), begun))
    titles = {step.code: step.title for step in steps}
    ready = [task for task in every if task.state == TaskState.OPEN and task.ready]
    owed = [Owed(task, texts.title_of(task, outline), titles.get(task.phase, "")) for task in _by_due(ready)]
    judged = [
        Owed(task, texts.title_of(task, outline), titles.get(task.phase, ""))
        for task in every
        if task.state == TaskState.HANDED_IN
    ]
    return Progress(
        steps,
        next((step for step in steps if not step.is_done), None),
        [one for one in owed if one.task.side == Side.CUSTOMER]
        + [one for one in judged if one.task.side == Side.VENDOR],
        [one for one in owed if one.task.side == Side.VENDOR]
        + [one for one in judged if one.task.side == Side.CUSTOMER],
    )


def _by_due(tasks: Iterable[PlanTask]) -> list[PlanTask]:
    dated = sorted((task for task in tasks if task.due_on is not None), key=lambda task: (task.due_on, task.position))
    return dated + [task for task in tasks if task.due_on is None]
