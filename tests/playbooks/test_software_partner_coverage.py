"""The shipped playbook of software partners covers the process it came from: each line of that document, by its number.

The document itself is no part of the repository. What stands for a line: a task, or `task.field`; `room:` with a module
where the line is about something that is no task, such as the registration.
"""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from app.playbooks import shelf
from app.playbooks.outline import Kind, Outline, Side

LINES: dict[int, tuple[str, ...]] = {
    12: ("read_documentation", "room:app.integrations.public"),
    13: ("room:app.integrations.service.registering",),
    14: ("room:app.integrations.panel", "offer_times", "introduction"),
    15: ("introduction.possibilities",),
    17: ("technical_links_given", "technical_links_received", "integration_built"),
    18: ("integration_built",),
    20: ("technical_links_received",),
    21: ("technical_links_given", "room:app.integrations.queries.links"),
    23: ("test", "test.result", "ask_pilot"),
    24: ("supply_manual",),
    25: ("publish_manual",),
    26: ("publish_page", "pilot_started"),
    29: ("pilot_verdict", "pilot_verdict.succeeded"),
    31: ("own_publication",),
    34: ("listed",),
    38: ("faq",),
    40: ("support_proposed", "support_agreed"),
    43: ("support_proposed",),
    46: ("support_training",),
    49: ("support_agreed",),
    52: ("marketing_started", "announcement"),
    55: ("operational",),
    56: ("first_review",),
    57: ("goals_set",),
}

SHARED = (
    *("introduction", "test", "ask_pilot", "supply_manual", "publish_manual", "publish_page", "pilot_started"),
    *("pilot_verdict", "own_publication", "listed", "support_agreed", "support_training", "marketing_started"),
    *("goals_set", "first_review", "operational"),
)
"""Codes by which other rooms say that a task is done."""


@pytest.fixture(scope="module")
def playbook() -> Outline:
    return shelf.shipped()["software-partner"][0]


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


def test_seven_steps_with_work_of_both_sides_in_all_of_them(playbook: Outline) -> None:
    assert playbook.audience == "partner"
    assert len(playbook.phases) == 7
    sides = {
        phase.code: {task.side for task in playbook.tasks if task.phase == phase.code} for phase in playbook.phases
    }
    assert all(Side.VENDOR in found for found in sides.values())
    theirs = [code for code, found in sides.items() if Side.CUSTOMER in found]
    assert theirs == [phase.code for phase in playbook.phases if phase.code != "operational"]


def test_other_rooms_find_the_tasks_that_they_complete(playbook: Outline) -> None:
    assert set(SHARED) <= playbook.task.keys()


def test_it_begins_with_the_introduction_and_ends_in_operational(playbook: Outline) -> None:
    assert playbook.task["introduction"].anchor == "kickoff"
    assert playbook.task["operational"].anchor == "golive"
    last = [task.code for task in playbook.tasks if task.required][-1]
    assert last == "operational"


def test_the_test_has_to_pass_and_the_pilot_to_succeed(playbook: Outline) -> None:
    test, verdict = playbook.task["test"], playbook.task["pilot_verdict"]
    results = next(field for field in test.fields if field.code == "result")
    assert [option.code for option in results.options] == ["passed", "passed_with_remarks", "failed"]
    assert {field.code for field in test.fields if field.must} == {"passed_since"}
    assert {field.code for field in verdict.fields if field.must} == {"succeeded"}


def test_no_pilot_before_manual_and_page_are_out(playbook: Outline) -> None:
    assert set(playbook.task["pilot_started"].needs) == {"ask_pilot", "publish_manual", "publish_page"}
    assert "test" in playbook.task["ask_pilot"].needs
    assert playbook.task["own_publication"].kind == Kind.LINKS
