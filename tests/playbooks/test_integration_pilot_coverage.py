"""The shipped playbook of a pilot covers the lines of the process that it came from, and ends in the verdict.

The document itself is no part of the repository. What stands for a line: a task, or `task.field`; `room:` with a module
where the line is about something that is no task of the customer's plan.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from app.manuals.models import PilotVerdict
from app.playbooks import conditions, shelf
from app.playbooks.outline import Outline, Side

LINES: dict[int, tuple[str, ...]] = {
    23: ("explain", "rights", "connect", "first_sale", "room:app.manuals.service.piloting"),
    24: ("room:app.manuals.service.supplying",),
    25: ("improve", "room:app.manuals.service.publishing"),
    26: ("connect", "room:app.manuals.public.start"),
    27: ("check", "daily_work", "experience", "experience.by_manual_alone"),
    29: ("verdict", "verdict.result", "room:app.integrations.service.stages"),
}


@pytest.fixture(scope="module")
def playbook() -> Outline:
    return shelf.shipped()["integration-pilot"][0]


def stands(playbook: Outline, what: str) -> bool:
    if what.startswith("room:"):
        return find_spec(what.removeprefix("room:")) is not None
    outer, _point, inner = what.partition(".")
    task = playbook.task.get(outer)
    return task is not None and (not inner or inner in {field.code for field in task.fields})


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_the_process_is_there(playbook: Outline, line: int) -> None:
    assert [what for what in LINES[line] if not stands(playbook, what)] == []


def test_every_task_comes_from_a_line(playbook: Outline) -> None:
    named = {what.partition(".")[0] for whats in LINES.values() for what in whats if not what.startswith("room:")}
    assert playbook.task.keys() - named == set()


def test_it_is_short_for_a_customer_and_has_work_of_both_sides(playbook: Outline) -> None:
    assert playbook.audience == "customer"
    assert len(playbook.tasks) <= 10
    sides = [task.side for task in playbook.tasks]
    assert {Side.CUSTOMER, Side.VENDOR} == set(sides)
    assert not playbook.facts
    assert all(conditions.holds(task.when, {}) for task in playbook.tasks)


def test_it_goes_live_with_the_first_sale_and_ends_in_the_verdict(playbook: Outline) -> None:
    assert playbook.task["first_sale"].anchor == "golive"
    assert playbook.tasks[-1].code == "verdict"
    result = next(field for field in playbook.task["verdict"].fields if field.code == "result")
    assert {option.code for option in result.options} == set(PilotVerdict)
    assert not [field.code for field in playbook.task["verdict"].fields if field.must]


def test_the_verdict_falls_within_the_days_aimed_at(playbook: Outline) -> None:
    due = playbook.task["verdict"].due
    assert due is not None
    assert due.workdays == playbook.aim_workdays
