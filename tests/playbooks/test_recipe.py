"""The recipe for a playbook holds a playbook that works."""

from __future__ import annotations

import json
import re
from pathlib import Path
from textwrap import dedent

import pytest
import yaml

from app.playbooks import conditions, queries, schema, service
from app.playbooks.outline import Kind

RECIPE = (Path(__file__).parents[2] / "docs" / "recipes" / "playbook.md").read_text(encoding="utf-8")


def the_file() -> str:
    found = re.search(r"\n\n((?: {7}.*\n)+)", RECIPE)
    assert found
    return dedent(found[1])


def test_the_file_is_a_playbook() -> None:
    outline = schema.read(the_file(), "phone-line.yaml")
    assert [task.code for task in outline.tasks] == ["number", "line"]


def test_it_can_be_brought_in_and_published(context: None) -> None:
    service.import_file(the_file().encode(), "phone-line.yaml", None, publish=True)
    assert [one.playbook.code for one in queries.startable("customer")] == ["phone-line"]


def test_the_kinds_of_task_are_those_there_are() -> None:
    told = RECIPE.partition("**Kinds of task**")[2].partition(". Only")[0]
    assert re.findall(r"`(\w+)`", told) == list(Kind)


@pytest.mark.parametrize("condition", ["keeps_number", "not keeps_number"])
def test_its_conditions_can_be_asked(condition: str) -> None:
    assert condition in RECIPE
    assert conditions.check(condition, schema.read(the_file()).facts) is None


def test_its_further_parts_fit_into_a_playbook() -> None:
    pieces = [yaml.safe_load(dedent(piece)) for piece in re.findall(r"\n\n((?: {7}.*\n)+)", RECIPE)]
    content, (fields, cases) = pieces[0], pieces[1:]
    content["tasks"][0]["fields"] += fields["fields"]
    content["phases"] += cases.pop("phases")
    for task in content["tasks"]:
        task["phase"] = "training"
    content["tasks"].append({**content["tasks"][1], "code": "look", "phase": "usage", "anchor": ""})
    content = json.loads(json.dumps({**content, **cases}))
    outline = schema.read(yaml.safe_dump(content, allow_unicode=True))
    assert [phase.code for phase in outline.phases if phase.case] == ["training", "usage"]
