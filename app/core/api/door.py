"""A door for programs: a blueprint whose views also say what they take and give, for the document."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import getdoc
from typing import Any, TypeVar

from flask import Blueprint, Response

from app.core.api.once import once
from app.core.api.shapes import Shape
from app.core.forms import BaseForm
from app.core.programs import ROOT, for_programs

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Creation:
    """The view makes a record of `table`, gives its id, and `show` answers with it: the same again for the same
    Idempotency-Key."""

    table: str
    show: Callable[[int], Response]


@dataclass(frozen=True)
class Operation:
    """One method at one address. `edits` for changes that say in If-Match what they change; `upserts` for what may
    create as well (201)."""

    method: str
    rule: str
    view: Callable[..., Any]
    gives: type[Shape]
    lists: bool
    takes: type[BaseForm] | None
    asks: type[BaseForm] | None
    creation: Creation | None
    edits: bool
    upserts: bool
    status: int

    @property
    def summary(self) -> str:
        """The docstring's first paragraph."""
        return _paragraphs(self.view)[0]

    @property
    def description(self) -> str:
        return "\n\n".join(_paragraphs(self.view)[1:])


def _paragraphs(view: Callable[..., Any]) -> list[str]:
    return [" ".join(part.split()) for part in (getdoc(view) or "").split("\n\n")] or [""]


class Door(Blueprint):
    """The API of one feature: `blueprint = Door("leads", __name__, "Companies that resellers register.")`."""

    def __init__(self, tag: str, import_name: str, about: str) -> None:
        super().__init__(f"{tag}_api", import_name, url_prefix=ROOT)
        self.tag, self.about = tag, about
        self.operations: list[Operation] = []

    def operation(
        self,
        method: str,
        rule: str,
        *,
        gives: type[Shape],
        lists: bool = False,
        takes: type[BaseForm] | None = None,
        asks: type[BaseForm] | None = None,
        creates: Creation | None = None,
        edits: bool = False,
        upserts: bool = False,
        status: int = 200,
    ) -> Callable[[View], View]:
        """Stands above `@requires` (or `@public`) and `@scope`. The docstring is what the document says of it, in
        English."""

        def offer(view: View) -> View:
            self.operations.append(
                Operation(
                    method, rule, view, gives, lists, takes, asks, creates, edits, upserts, 201 if creates else status
                )
            )

            @wraps(view)
            def answer(**arguments: Any) -> Any:
                if creates is None:
                    return view(**arguments)
                return once(creates.table, lambda: view(**arguments), creates.show)

            self.add_url_rule(rule, view.__name__, for_programs(answer), methods=[method])
            return view

        return offer
