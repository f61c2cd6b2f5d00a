"""The playbook's questions as fields of a form: one for each, built anew for each version."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core.errors import FieldError
from app.core.forms import BaseForm, Control, IntegerField, MultiChoice, Optional, RadioChoice
from app.core.i18n import _l
from app.plans.forms.answers import priced_hint
from app.plans.service.starting import WrongFacts
from app.playbooks.outline import Fact, Outline, said

BEFORE = "fact_"
"""Stands before a question's code in the name of its field."""


def fields_of(outline: Outline) -> dict[str, Any]:
    """Fields by name, for a form that is made with `type(...)`."""
    return {f"{BEFORE}{fact.code}": _field(fact) for fact in outline.facts}


def _field(fact: Fact) -> Any:
    asked, hint = said(fact.question), said(fact.hint)
    options = [(option.code, said(option.label), priced_hint(option)) for option in fact.options]
    match fact.kind:
        case "yes_no":
            return RadioChoice(asked, [], hint=hint, choices=[("yes", _l("Yes")), ("no", _l("No"))])
        case "one":
            return RadioChoice(asked, [], hint=hint, choices=options)
        case "several":
            return MultiChoice(asked, hint=hint, choices=options)
    return IntegerField(asked, [Optional()], hint=hint, width="xs")


def shown(outline: Outline, facts: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in the fields: answers that were given, else what the playbook presumes."""
    values: dict[str, Any] = {}
    for fact in outline.facts:
        value = facts.get(fact.code, fact.default)
        if fact.kind == "yes_no" and value is not None:
            value = "yes" if value else "no"
        elif fact.kind == "number" and isinstance(value, float):
            value = int(value)
        values[f"{BEFORE}{fact.code}"] = value
    return values


def given(form: BaseForm, outline: Outline) -> dict[str, Any]:
    """The answers as they were chosen, by the question's code; those left open are not in it."""
    answers: dict[str, Any] = {}
    for fact in outline.facts:
        field = form._fields.get(f"{BEFORE}{fact.code}")
        if field is None:
            continue
        value = field.data
        if fact.kind == "several":
            answers[fact.code] = list(value or ())
        elif value not in (None, ""):
            answers[fact.code] = value
    return answers


def refuse(form: BaseForm, wrong: WrongFacts) -> None:
    """Puts each problem beside its question."""
    for code, message in wrong.problems.items():
        form.fail(FieldError(f"{BEFORE}{code}", message))


def questions(form: BaseForm) -> list[Control]:
    """The fields of the questions, in their order."""
    return [field for field in form if field.name.startswith(BEFORE) and isinstance(field, Control)]
