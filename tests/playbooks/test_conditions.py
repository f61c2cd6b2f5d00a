"""Conditions over facts: what they mean, what is refused, and that nothing is ever run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.playbooks.conditions import check, holds, is_name, names_in
from app.playbooks.outline import Fact, Option

FACTS = (
    Fact("payroll", "yes_no", {"en": "Payroll?"}),
    Fact("shops", "number", {"en": "How many?"}),
    Fact("tier", "one", {"en": "Which?"}, options=(Option("small", {}), Option("large", {}))),
    Fact("modules", "several", {"en": "What?"}, options=(Option("crm", {}), Option("website", {}))),
)
ANSWERS: dict[str, Any] = {"payroll": True, "shops": 3, "tier": "large", "modules": ["crm"]}


@pytest.mark.parametrize(
    ("expr", "met"),
    [
        ("", True),
        ("payroll", True),
        ("not payroll", False),
        ("payroll == true", True),
        ("payroll == False", False),
        ('tier == "large"', True),
        ('tier != "large"', False),
        ('tier in ("small", "large")', True),
        ('tier not in ["small"]', True),
        ('"crm" in modules', True),
        ('"website" not in modules', True),
        ('payroll and "website" in modules', False),
        ('payroll or "website" in modules', True),
        ("shops > 2", True),
        ("1 < shops <= 3", True),
        ("shops >= -1", True),
        ("not (payroll and shops < 3)", True),
        ("modules", True),
        ("  payroll\n  and shops == 3 ", True),
    ],
)
def test_a_condition_is_met_or_not(expr: str, met: bool) -> None:
    assert check(expr, FACTS) is None
    assert holds(expr, ANSWERS) is met


@pytest.mark.parametrize(
    "expr", ["payroll", 'tier == "large"', '"crm" in modules', "shops > 0", "shops < 5", "modules"]
)
def test_what_was_not_answered_is_like_no(expr: str) -> None:
    assert holds(expr, {}) is False


@pytest.mark.parametrize(
    ("expr", "reason"),
    [
        ("payrol", "payrol"),
        ("payroll and", "cannot be read"),
        ("tier", "compare"),
        ('tier == "huge"', '"small", "large"'),
        ('tier > "small"', "no number"),
        ('modules == "crm"', "several"),
        ('"crm" in tier', "one value"),
        ('"erp" in modules', '"crm", "website"'),
        ('payroll == "yes"', "true, false"),
        ('shops == "3"', "never"),
        ('"a" == "a"', "no name"),
        ('"a"', "alone"),
        ("payroll if payroll else payroll", "alone"),
        ("payroll.__class__", "alone"),
        ("open('x')", "alone"),
        ("[x for x in modules]", "alone"),
        ("(lambda: payroll)()", "alone"),
        ("shops + 1 > 2", "alone"),
        ("payroll is True", "alone"),
        ('f"{payroll}"', "alone"),
        ("(payroll := True)", "alone"),
        ("payroll; payroll", "cannot be read"),
        ("a" * 501, "500"),
        ("not " * 30 + "payroll", "inside each other"),
        ("(" * 240 + "payroll" + ")" * 240, "cannot be read"),
        ("payroll\0", "cannot be read"),
        ("tier == '\\d'", "cannot be read"),
    ],
)
def test_what_is_wrong_is_said_and_never_met(expr: str, reason: str) -> None:
    said = check(expr, FACTS)
    assert said is not None
    assert reason in said
    if reason in ("cannot be read", "alone", "500", "inside each other"):
        assert holds(expr, {**ANSWERS, "x": True}) in (False, True)


def test_nothing_is_run() -> None:
    assert holds("__import__('os').system('true')", ANSWERS) is False
    assert holds("().__class__.__base__.__subclasses__()", ANSWERS) is False


@settings(max_examples=300)
@given(st.text(alphabet="payrolshtiemdu \"'()[]<>=!,.0123456789ndcrf:+-*\\\n", max_size=120))
def test_any_text_is_answered_or_refused_but_never_fails(expr: str) -> None:
    problem = check(expr, FACTS)
    assert holds(expr, ANSWERS) in (True, False)
    assert holds(expr, {}) in (True, False)
    assert problem is None or problem


def test_the_facts_of_a_condition_are_known() -> None:
    assert names_in('payroll and not (tier == "large" or false)') == {"payroll", "tier"}
    assert names_in("") == names_in("a +") == frozenset()


@pytest.mark.parametrize(
    ("code", "right"), [("has_payroll", True), ("and", False), ("true", False), ("1a", False), ("a-b", False)]
)
def test_a_fact_has_a_name_that_conditions_can_say(code: str, right: bool) -> None:
    assert is_name(code) is right
