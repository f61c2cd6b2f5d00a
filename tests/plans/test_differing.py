"""What differs between two rounds of answers: nothing is left out, nothing is told twice."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from app.plans.differing import Answers, Difference, between, changed, is_answered

CODES = st.sampled_from(["agenda", "till", "stock", "feedback", "widgets"])
VALUES: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(0, 3),
    st.sampled_from(["", "yes", "no", "Not yet."]),
    st.lists(st.sampled_from(["site", "social", "button"]), unique=True),
)
ANSWERS = st.dictionaries(CODES, st.dictionaries(CODES, VALUES, max_size=4), max_size=4)


def sortless(answers: Answers) -> dict[str, dict[str, Any]]:
    """The codes of several choices in one order."""
    return {
        task: {field: sorted(value) if isinstance(value, list) else value for field, value in fields.items()}
        for task, fields in answered(answers).items()
    }


def answered(answers: Answers) -> dict[str, dict[str, Any]]:
    """Less what nobody answered: left open and never asked are the same."""
    kept = {
        task: {field: value for field, value in fields.items() if is_answered(value)}
        for task, fields in answers.items()
    }
    return {task: fields for task, fields in kept.items() if fields}


def applied(before: Answers, differences: Iterable[Difference]) -> dict[str, dict[str, Any]]:
    """`before` with the differences put upon it: `after`, less what nobody answered."""
    found = {task: dict(fields) for task, fields in before.items()}
    for one in differences:
        fields = found.setdefault(one.task, {})
        fields[one.field] = one.after
    return answered(found)


@given(before=ANSWERS, after=ANSWERS)
def test_what_differs_put_upon_the_first_gives_the_second(before: Answers, after: Answers) -> None:
    assert sortless(applied(before, changed(before, after))) == sortless(after)


@given(before=ANSWERS, after=ANSWERS)
def test_nothing_differs_exactly_when_the_same_was_said(before: Answers, after: Answers) -> None:
    same = sortless(before) == sortless(after) and repr(_sorted(before)) == repr(_sorted(after))
    assert (changed(before, after) == []) == same


def _sorted(answers: Answers) -> Any:
    return sorted((task, sorted(fields.items())) for task, fields in sortless(answers).items())


@given(before=ANSWERS, after=ANSWERS)
def test_turned_around_the_same_fields_differ(before: Answers, after: Answers) -> None:
    there = {(one.task, one.field, repr(one.before), repr(one.after)) for one in changed(before, after)}
    back = {(one.task, one.field, repr(one.after), repr(one.before)) for one in changed(after, before)}
    assert there == back


@given(before=ANSWERS, after=ANSWERS, order=st.dictionaries(CODES, st.lists(CODES, unique=True), max_size=3))
def test_every_field_stands_once_and_those_that_are_asked_first(
    before: Answers, after: Answers, order: dict[str, list[str]]
) -> None:
    rows = [(one.task, one.field) for one in between(before, after, order)]
    assert len(rows) == len(set(rows))
    asked = [(task, field) for task, fields in order.items() for field in fields]
    assert rows[: len(asked)] == asked
    said = {(task, field) for answers in (before, after) for task, fields in answers.items() for field in fields}
    assert said <= set(rows)


def test_a_field_that_was_emptied_differs_and_one_that_was_never_asked_does_not() -> None:
    before: Answers = {"recap": {"feedback": "They like it.", "stock": ""}}
    after: Answers = {"recap": {"feedback": "", "till": True}, "criteria": {"agenda": None}}
    assert changed(before, after) == [
        Difference("recap", "feedback", "They like it.", ""),
        Difference("recap", "till", None, True),
    ]
