"""Playbook files: what is read, what is refused with file and line, and that writing and reading agree."""

from __future__ import annotations

import time
from collections.abc import Callable
from copy import deepcopy
from itertools import pairwise
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.playbooks import schema
from app.playbooks.faults import Fault, NotAPlaybook
from app.playbooks.outline import from_content, to_content
from tests.playbooks.sentences import a_content, said


def faults_of(source: str | bytes) -> tuple[Fault, ...]:
    with pytest.raises(NotAPlaybook) as refusal:
        schema.read(source, "opening.yaml")
    return refusal.value.faults


def a_file(content: dict[str, Any] | None = None) -> str:
    return yaml.safe_dump(content or a_content(), sort_keys=False, allow_unicode=True)


def changed(change: Callable[[dict[str, Any]], object]) -> tuple[Fault, ...]:
    content = deepcopy(a_content())
    change(content)
    text = a_file(content)
    faults = faults_of(text)
    for fault in faults:
        assert fault.file == "opening.yaml"
        assert fault.line
        assert 1 <= fault.line <= text.count("\n") + 1
    return faults


def test_a_right_file_is_read() -> None:
    outline = schema.read(a_file(), "opening.yaml")
    assert outline == from_content(a_content())
    assert outline.task["look"].options[1].price is not None


def test_writing_and_reading_agree_to_the_letter() -> None:
    outline = from_content(a_content())
    text = schema.write(outline)
    again = schema.read(text)
    assert again == outline
    assert schema.write(again) == text
    assert schema.digest(to_content(again)) == schema.digest(to_content(outline))


_WORDS = st.text(
    alphabet=st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"], include_characters="\n"),
    min_size=1,
    max_size=60,
).filter(str.strip)


@settings(max_examples=150)
@given(st.lists(_WORDS, min_size=5, max_size=5))
def test_any_words_survive_writing_and_reading(words: list[str]) -> None:
    text = dict(zip(("en", "nl", "pl", "fi", "fr"), words, strict=True))
    outline = from_content(a_content(title=text))
    assert schema.read(schema.write(outline)) == outline


@pytest.mark.parametrize(
    "word", ["yes", "on", "null", "1:30", "12", "0777", "1.5", "2026-03-09", "~", "=", "true", "09"]
)
def test_words_that_look_like_something_else_stay_words(word: str) -> None:
    outline = from_content(a_content(title=said(word) | {"en": word}))
    assert schema.read(schema.write(outline)).title["en"] == word


def test_the_fault_tells_file_line_place_what_is_wrong_and_what_is_allowed() -> None:
    (fault,) = changed(lambda content: content["tasks"][1].update(kind="tickle"))
    assert fault.where == "tasks[look].kind"
    assert "tick" in fault.allowed
    assert str(fault).startswith(f"opening.yaml:{fault.line}: tasks[look].kind: ")
    assert str(fault).endswith(".")
    assert a_file_line(fault.line) == "  kind: choice"


def a_file_line(number: int | None) -> str:
    return a_file().splitlines()[(number or 0) - 1]


@pytest.mark.parametrize(
    ("change", "where", "words"),
    [
        (lambda c: c.update(colour="red"), "colour", "no key"),
        (lambda c: c["tasks"][0].update(ownr="x"), "tasks[kick-off].ownr", "no key"),
        (lambda c: c["tasks"][1]["options"][1]["price"].update(vat=1), "tasks[look].options[own].price.vat", "no key"),
        (lambda c: c["tasks"][0].pop("phase"), "tasks[kick-off].phase", "missing"),
        (lambda c: c["title"].pop("fi"), "title", "fi"),
        (lambda c: c["tasks"][1]["options"][0]["label"].update(pl=" "), "tasks[look].options[model].label", "pl"),
        (lambda c: c["title"].update(de="Beginn"), "title.de", "none of our languages"),
        (lambda c: c.update(title="Opening"), "title", "by language"),
        (lambda c: c["title"].update(en=5), "title.en", "words"),
        (lambda c: c.update(audience="martian"), "audience", "not known"),
        (lambda c: c.update(code="No Code"), "code", "no code of a playbook"),
        (lambda c: c["tasks"][0].update(side="nobody"), "tasks[kick-off].side", "not known"),
        (lambda c: c["tasks"][0].update(phase="end"), "tasks[kick-off].phase", "not known"),
        (lambda c: c["tasks"][1].update(module="crm"), "tasks[look].module", "not known"),
        (lambda c: c["tasks"][2].update(training="advanced"), "tasks[participants].training", "not known"),
        (lambda c: c["tasks"][1].update(needs=["nothing"]), "tasks[look].needs[1]", "no task"),
        (lambda c: c["tasks"][1].update(needs=["look"]), "tasks[look].needs[1]", "itself"),
        (lambda c: c["tasks"][1].update(needs=["kick-off"] * 2), "tasks[look].needs[2]", "twice"),
        (lambda c: c["tasks"][0].update(needs=["go-live"]), "tasks[", "circle"),
        (lambda c: c["tasks"][1].update(when="payroll"), "tasks[look].when", "not known here"),
        (lambda c: c["tasks"][1].update(when="__import__('os')"), "tasks[look].when", "alone"),
        (lambda c: c["trainings"][0].update(when="shops > 'a'"), "trainings[basics].when", "never"),
        (lambda c: c["tasks"][3].update(code="look"), "tasks[look].code", "twice"),
        (lambda c: c["facts"][1].update(code="and"), "facts[and].code", "no code of a fact"),
        (lambda c: c["facts"][1].update(kind="maybe"), "facts[terminals].kind", "not known"),
        (lambda c: c["facts"][1].update(default="yes"), "facts[terminals].default", "never"),
        (lambda c: c["facts"][3].pop("options"), "facts[tier].options", "chosen from"),
        (
            lambda c: c["tasks"][0].update(options=deepcopy(c["tasks"][1]["options"])),
            "tasks[kick-off].options",
            "has no options",
        ),
        (lambda c: c["tasks"][1].pop("options"), "tasks[look].options", "needs options"),
        (lambda c: c["tasks"][3].update(anchor="kickoff"), "tasks[go-live].anchor", "not known"),
        (
            lambda c: c["tasks"][0].update(fields=[{"code": "minutes", "kind": "text", "label": dict(c["title"])}]),
            "tasks[kick-off].fields[minutes].code",
            "by itself",
        ),
        (lambda c: c["tasks"][3].update(role="wizard"), "tasks[go-live].role", "no role"),
        (lambda c: c["tasks"][1].update(role="designer"), "tasks[look].role", "no role"),
        (
            lambda c: c["tasks"][1]["options"][1]["price"].update(service="A B"),
            "tasks[look].options[own].price.service",
            "service",
        ),
        (
            lambda c: c["tasks"][1]["options"][1]["price"].update(net="1.234"),
            "tasks[look].options[own].price.net",
            "149",
        ),
        (
            lambda c: c["tasks"][1]["options"][1]["price"].update(currency="XXX"),
            "tasks[look].options[own].price.currency",
            "not known",
        ),
        (lambda c: c["tasks"][1].update(workdays=-1), "tasks[look].workdays", "whole number"),
        (lambda c: c["tasks"][1].update(workdays="soon"), "tasks[look].workdays", "whole number"),
        (lambda c: c["tasks"][1].update(due={"anchor": "moon", "workdays": 1}), "tasks[look].due.anchor", "not known"),
        (lambda c: c.update(tasks=[]), "tasks", "at least one"),
        (lambda c: c.update(tasks={"a": 1}), "tasks", "list"),
        (lambda c: c.update(phases=["start"]), "phases[1]", "group of keys"),
    ],
)
def test_each_mistake_is_told_with_its_place(
    change: Callable[[dict[str, Any]], object], where: str, words: str
) -> None:
    faults = changed(change)
    assert any(fault.where.startswith(where) and words in fault.told for fault in faults), [str(one) for one in faults]


def test_all_mistakes_are_told_at_once() -> None:
    def spoil(content: dict[str, Any]) -> None:
        content["tasks"][1].update(module="crm", role="designer")
        content["title"].pop("nl")

    assert {fault.where for fault in changed(spoil)} == {"title", "tasks[look].module", "tasks[look].role"}


def test_the_circle_is_told_in_the_order_of_waiting() -> None:
    (fault,) = changed(lambda content: content["tasks"][0].update(needs=["go-live"]))
    around = fault.told.rstrip(".").split(": ")[1].split(" → ")
    waits = {"kick-off": "go-live", "go-live": "look", "look": "kick-off"}
    assert all(waits[a] == b for a, b in pairwise(around))


def test_a_draft_may_lack_languages_but_not_english() -> None:
    content = a_content()
    content["title"] = {"en": "Opening"}
    assert schema.read(a_file(content), finished=False).title == {"en": "Opening"}
    assert all(fault.unfinished for fault in schema.faults_in(content))
    content["title"] = {"fi": "Avaus"}
    assert not all(fault.unfinished for fault in schema.faults_in(content))


BOMB = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"{chr(98 + n)}: &{chr(98 + n)} [{','.join(['*' + chr(97 + n)] * 9)}]\n" for n in range(8)
)


@pytest.mark.parametrize(
    ("source", "words", "line"),
    [
        (BOMB, "Anchors", 1),
        ("code: x\ntasks: &a [*a]\n", "Anchors", 2),
        ("code: x\ntitle: *gone\n", "Anchors", 2),
        ("code: !!python/object/apply:os.system ['true']\n", "Tags", 1),
        ("code: x\ncode: y\n", "second time, first in line 1", 2),
        ("code: x\n---\ncode: y\n", "several documents", 2),
        ("code: x\n  title: y: z\n", "no YAML", 2),
        ("code: [x\n", "no YAML", None),
        ("? [a, b]\n: c\n", "A key must be a word", 1),
        ("", "empty", None),
        ("# only a comment\n", "empty", None),
        ("just words\n", "group of keys", 1),
        ("- a\n- b\n", "group of keys", 1),
        ("[" * 100_000, "levels deep", 1),
        ("{a: " * 50_000, "levels deep", 1),
        ("code: x\ntitle:\n  en: caf\xe9\n".encode("latin-1"), "UTF-8", 3),
        ("code: \x00x\n", "control characters", None),
        ("- x\n" * 70_000, "more than 60000 values", 60_000),
    ],
)
def test_what_is_no_playbook_is_refused_at_once(source: str | bytes, words: str, line: int | None) -> None:
    begun = time.monotonic()
    faults = faults_of(source)
    fault = next(fault for fault in faults if words in fault.told)
    if line is not None:
        assert fault.line == line
    assert time.monotonic() - begun < 5


def test_ten_megabytes_are_refused_before_they_are_read() -> None:
    begun = time.monotonic()
    (fault,) = faults_of(b"code: " + b"x" * 10 * 1024 * 1024)
    assert "10.0 MB" in fault.told
    assert time.monotonic() - begun < 0.5


def test_a_byte_order_mark_is_no_mistake() -> None:
    assert schema.read(b"\xef\xbb\xbf" + a_file().encode()).code == "opening"


@settings(max_examples=150)
@given(st.data())
def test_any_damage_is_a_fault_or_a_playbook_and_nothing_else(data: st.DataObject) -> None:
    text = schema.write(from_content(a_content()))
    at = data.draw(st.integers(0, len(text) - 1))
    length = data.draw(st.integers(0, 20))
    instead = data.draw(st.text(alphabet="abc:-[]{}&*!|>'\"#%@`\t\n 0", max_size=6))
    damaged = text[:at] + instead + text[at + length :]
    faults: tuple[Fault, ...] | None = None
    try:
        schema.read(damaged)
    except NotAPlaybook as refusal:
        faults = refusal.faults
    assert faults is None or all(fault.told for fault in faults)
    assert faults != ()
