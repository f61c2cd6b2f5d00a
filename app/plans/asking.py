"""When a field of a task is asked: in words for the page, and as the answers that show it while one types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import _
from app.playbooks import conditions
from app.playbooks.outline import Field, said

NONE_YET = "-"
"""Stands for no answer among the answers that show a field."""


@dataclass(frozen=True)
class Asking:
    """The condition of one field."""

    hint: str
    """For whoever reads the page without script."""
    looks_at: str = ""
    """Code of the one field on whose answer it depends; "" where that cannot be said so simply."""
    answers: tuple[str, ...] = ()
    """The answers to that one, as its controls send them, with which this field is asked."""


def of(fields: Sequence[Field]) -> dict[str, Asking]:
    """By the code of each field that has a condition."""
    by_code = {field.code: field for field in fields}
    return {field.code: _asking(field, by_code) for field in fields if field.when.strip()}


def _asking(field: Field, by_code: dict[str, Field]) -> Asking:
    names = conditions.names_in(field.when)
    other = by_code.get(next(iter(names))) if len(names) == 1 else None
    showing = None if other is None else _showing(field.when, other)
    if other is None or showing is None:
        return Asking(_("Only if it applies after your answers above."))
    codes = [code for code in showing if code != NONE_YET]
    labels = [label for code, label in _choices(other) if code in codes]
    hint = _(
        "Only if this is answered with %(answer)s: %(question)s",
        answer=", ".join(labels) or "-",
        question=said(other.label),
    )
    return Asking(hint, other.code, tuple(showing))


def _showing(when: str, other: Field) -> list[str] | None:
    """The single answers that meet the condition; None where single answers do not tell."""
    if other.kind not in ("yes_no", "one", "several"):
        return None
    found = [code for code, value in _values(other) if conditions.holds(when, {other.code: value})]
    if other.kind == "several":
        chosen = [option.code for option in other.options if option.code in found]
        rest = [option.code for option in other.options if option.code not in found]
        simple = NONE_YET not in found and not conditions.holds(when, {other.code: rest})
        if not simple or not conditions.holds(when, {other.code: chosen + rest}):
            return None
    return found


def _values(other: Field) -> Iterator[tuple[str, Any]]:
    yield NONE_YET, None
    if other.kind == "yes_no":
        yield from (("yes", True), ("no", False))
    for option in other.options:
        yield option.code, [option.code] if other.kind == "several" else option.code


def _choices(other: Field) -> list[tuple[str, str]]:
    if other.kind == "yes_no":
        return [("yes", _("Yes")), ("no", _("No"))]
    return [(option.code, said(option.label)) for option in other.options]
