"""The questions and answers of a task as numbered lines of plain text, to copy into another system."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from app.core.i18n import _, format_date
from app.plans.answers import asked
from app.playbooks.outline import Field, Task, said


def as_text(task: Task, answer: Mapping[str, Any]) -> str:
    """In the reader's language. What was asked because of the answer above it stands below that, without a number of
    its own, so that each number stays the same whatever was answered."""
    numbers = {field.code: number for number, field in enumerate((f for f in task.fields if not f.when.strip()), 1)}
    lines: list[str] = []
    for field in asked(task.fields, answer):
        label = said(field.label)
        told = f"{label}{'' if label.endswith('?') else ':'} {worded(field, answer.get(field.code))}"
        number = numbers.get(field.code)
        before = "   " if number is None else f"{number}. "
        lines.append(before + told.replace("\n", "\n   "))
    return "\n".join(lines)


def worded(field: Field, value: Any) -> str:
    """The answer to one of them, in the reader's language."""
    if value is None or value in ("", []):
        return _("no answer")
    match field.kind:
        case "yes_no":
            return _("Yes") if value else _("No")
        case "one" | "several":
            codes = [value] if isinstance(value, str) else value
            return ", ".join(said(one.label) for one in field.options if one.code in codes)
        case "date":
            return format_date(date.fromisoformat(value))
    return str(value)
