"""The parts of a playbook for cases, criteria, calls and starting dates: right ones are read, wrong ones are told."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
import yaml

from app.playbooks import schema
from app.playbooks.difference import between
from app.playbooks.faults import Fault, NotAPlaybook
from app.playbooks.outline import Kind, from_content
from tests.playbooks.sentences import a_content, said


def a_rich_content() -> dict[str, Any]:
    """The small playbook with everything of this file in it."""
    content = a_content()
    content["starting"] = {"within_days": 14, "status": said("Active")}
    content["facts"][3]["options"][1]["price"] = {"service": "set-up", "net": "149.00", "currency": "EUR"}
    content["phases"] += [
        {"code": "train", "title": said("To train"), "case": {"status": said("Training")}},
        {
            "code": "enable",
            "title": said("Enable"),
            "case": {"status": said("Check usage"), "after": ["train"], "validated": True},
        },
    ]
    content["trainings"][0].update(series=True, ahead=3)
    content["documents"][0].update(generated="order_confirmation")
    del content["tasks"][3]["anchor"]
    content["tasks"] += [
        {"code": "call", "phase": "train", "kind": "confirm", "side": "vendor", "call": True, "title": said("Call")},
        {
            "code": "publish",
            "phase": "train",
            "kind": "fields",
            "side": "vendor",
            "anchor": "golive",
            "title": said("Publish"),
            "fields": [
                {"code": "address", "kind": "url", "label": said("Address")},
                {"code": "visible", "kind": "yes_no", "label": said("Visible?"), "must": True},
            ],
        },
        {
            "code": "usage",
            "phase": "enable",
            "kind": "fields",
            "side": "vendor",
            "title": said("Usage"),
            "fields": [
                {"code": "appointments", "kind": "number", "label": said("Appointments"), "at_least": 10},
                {"code": "customer_file", "kind": "yes_no", "label": said("File?")},
                {"code": "why", "kind": "line", "label": said("Why?"), "when": "not customer_file"},
            ],
        },
        {
            "code": "extract",
            "phase": "enable",
            "kind": "files_approved",
            "side": "customer",
            "title": said("Extract"),
            "valid_months": 12,
        },
    ]
    return content


def a_file(content: dict[str, Any]) -> str:
    unshared = json.loads(json.dumps(content))  # a file has no aliases
    text: str = yaml.safe_dump(unshared, sort_keys=False, allow_unicode=True)
    return text


def faults(change: Callable[[dict[str, Any]], object]) -> tuple[Fault, ...]:
    content = deepcopy(a_rich_content())
    change(content)
    with pytest.raises(NotAPlaybook) as refused:
        schema.read(a_file(content), "rich.yaml")
    return refused.value.faults


def test_a_file_with_all_of_it_is_read_and_written_alike() -> None:
    outline = schema.read(a_file(a_rich_content()), "rich.yaml")
    assert outline.task["call"].kind == Kind.CONFIRM
    assert outline.starting
    assert outline.starting.within_days == 14
    assert outline.phase["enable"].case
    assert outline.phase["enable"].case.after == ("train",)
    assert schema.read(schema.write(outline)) == outline


def _task(content: dict[str, Any], code: str) -> Any:
    return next(task for task in content["tasks"] if task["code"] == code)


def _field(content: dict[str, Any], task: str, code: str) -> Any:
    return next(each for each in _task(content, task)["fields"] if each["code"] == code)


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (lambda c: c["starting"].update(within_days=0), "starting.within_days", "1 to 365"),
        (lambda c: c["starting"].pop("status"), "starting.status", "missing"),
        (lambda c: c["starting"]["status"].pop("fi"), "starting.status", "fi"),
        (lambda c: c["starting"].update(days=1), "starting.days", "within_days"),
        (lambda c: c["phases"][3]["case"]["status"].pop("pl"), "phases[enable].case.status", "pl"),
        (lambda c: c["phases"][3]["case"].update(after=["work"]), "phases[enable].case.after[1]", "Allowed: train"),
        (lambda c: c["phases"][3]["case"].update(after=["enable"]), "phases[enable].case.after[1]", "itself"),
        (lambda c: c["phases"][3]["case"].update(after=["train"] * 2), "phases[enable].case.after[2]", "twice"),
        (lambda c: c["phases"][2]["case"].update(after=["enable"]), "phases[", "circle"),
        (lambda c: c["phases"][3]["case"].update(boss=1), "phases[enable].case.boss", "validated"),
        (lambda c: c["phases"].append({**c["phases"][2], "code": "bare"}), "phases[bare].case", "No task"),
        (lambda c: c["facts"][0]["options"][0].update(price=c["facts"][3]["options"][1]["price"]),
         "facts[modules].options[website].price", "kind one"),
        (lambda c: c["facts"][3]["options"][1]["price"].update(net="1.234"), "facts[tier].options[large].price.net",
         "149"),
        (lambda c: c["trainings"][0].update(ahead=90), "trainings[basics].ahead", "0 to 60"),
        (lambda c: c["trainings"][0].update(series=False), "trainings[basics].ahead", "series"),
        (lambda c: c["documents"][0].update(generated="poem"), "documents[agreement].generated", "order_confirmation"),
        (lambda c: _task(c, "extract").update(valid_months=0), "tasks[extract].valid_months", "1 to 120"),
        (lambda c: _task(c, "usage").update(valid_months=2), "tasks[usage].valid_months", "has no valid_months"),
        (lambda c: _task(c, "extract").update(call=True), "tasks[extract].call", "vendor"),
        (lambda c: _task(c, "call").update(fields=_task(c, "usage")["fields"]), "tasks[call].fields", "has no fields"),
        (lambda c: c.update(audience="partner"), "tasks[call].kind", "Only a customer"),
        (lambda c: _task(c, "publish").update(anchor="kickoff"), "tasks[publish].anchor", "golive"),
        (lambda c: _field(c, "publish", "address").update(kind="line"), "tasks[publish].fields", "public address"),
        (lambda c: _field(c, "publish", "address").update(required=False), "tasks[publish].fields[address]",
         "must be filled in"),
        (lambda c: _field(c, "publish", "visible").update(at_least=1), "tasks[publish].fields[visible].at_least",
         "has no at_least"),
        (lambda c: _field(c, "usage", "appointments").update(must=True), "tasks[usage].fields[appointments].must",
         "has no must"),
        (lambda c: _field(c, "usage", "appointments").update(at_least=0), "tasks[usage].fields[appointments].at_least",
         "1 to 1"),
        (lambda c: _field(c, "usage", "appointments").update(required=False),
         "tasks[usage].fields[appointments].required", "always"),
        (lambda c: _field(c, "usage", "why").update(when="not file"), "tasks[usage].fields[why].when",
         "appointments, customer_file"),
        (lambda c: _field(c, "usage", "why").update(when="not why"), "tasks[usage].fields[why].when", "above"),
        (lambda c: _field(c, "usage", "appointments").update(when="customer_file"),
         "tasks[usage].fields[appointments].when", "above"),
        (lambda c: _field(c, "publish", "visible").update(when='address == "x"'), "tasks[publish].fields[visible].when",
         "yes_no, one, several, number"),
        (lambda c: (_field(c, "usage", "customer_file").update(code="customer-file"),
                    _field(c, "usage", "why").update(when="not customer-file")),
         "tasks[usage].fields[why].when", "underscores"),
        (lambda c: _field(c, "usage", "why").update(when="terminals"), "tasks[usage].fields[why].when", "not known"),
        (lambda c: c["tasks"][0].update(fields=[{"code": "n", "kind": "number", "label": said("N"), "at_least": 2}]),
         "tasks[kick-off].fields[n].at_least", "kind fields"),
    ],
)  # fmt: skip
def test_each_mistake_is_told_with_its_place(
    change: Callable[[dict[str, Any]], object], where: str, words: str
) -> None:
    found = faults(change)
    assert any(one.where.startswith(where) and words in one.told and one.line for one in found), [str(o) for o in found]


def test_a_value_in_quotes_is_no_field() -> None:
    content = a_rich_content()
    _task(content, "usage")["fields"] += [
        {
            "code": "domain",
            "kind": "one",
            "label": said("Domain"),
            "options": [{"code": "not-yet", "label": said("Not yet")}, {"code": "own", "label": said("Own")}],
        },
        {"code": "not-yet", "kind": "line", "label": said("When?"), "when": 'domain == "not-yet"'},
        {"code": "reason", "kind": "line", "label": said("Reason"), "when": 'domain == "not-yet" and appointments < 3'},
    ]
    assert schema.read(a_file(content), "rich.yaml")


def test_what_differs_between_versions_is_told() -> None:
    old, new = a_rich_content(), a_rich_content()
    new["starting"]["within_days"] = 21
    new["phases"][3]["case"]["validated"] = False
    found = between(from_content(old), from_content(new))
    assert [change.key for change in found.itself] == ["starting"]
    assert [pair.keys for pair in found.part("phases").changed] == [("case",)]
