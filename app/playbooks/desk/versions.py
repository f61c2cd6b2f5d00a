"""One version: what it says, the file, the preview in each language, and what differs from another one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from flask import render_template, request, url_for
from flask.wrappers import Response
from markupsafe import Markup
from werkzeug.datastructures import MultiDict

from app.access.guard import requires
from app.access.permissions import P
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.i18n import LOCALES, NAMES, _, current_locale, in_locale
from app.core.markdown import render as markdown
from app.core.money import written
from app.playbooks import conditions, difference, queries, service, words
from app.playbooks.desk import blueprint
from app.playbooks.models import Playbook, PlaybookVersion
from app.playbooks.outline import (
    Case,
    Fact,
    Field,
    Outline,
    Phase,
    Price,
    Starting,
    Task,
    Training,
    from_content,
    said,
)


@blueprint.get("/<ref>/versions/<int:number>")
@requires(P.PLAYBOOKS_MANAGE)
def version(ref: str, number: int) -> Response:
    """What a version says, in one language."""
    found = version_of(ref, number)
    return _shown(found, "playbooks/version.html")


@blueprint.get("/<ref>/versions/<int:number>/preview")
@requires(P.PLAYBOOKS_MANAGE)
def preview(ref: str, number: int) -> Response:
    """As a customer reads it, with facts of one's choice."""
    found = version_of(ref, number)
    return _shown(found, "playbooks/preview.html", chosen=True)


def _shown(found: PlaybookVersion, page: str, *, chosen: bool = False) -> Response:
    outline = from_content(found.content)
    locale = request.args.get("text", current_locale())
    locale = locale if locale in LOCALES else "en"
    facts = facts_in(request.args, outline.facts) if chosen else None
    tabs = [
        {
            "label": NAMES[code],
            "url": url_for(str(request.endpoint), **_kept(), ref=found.playbook.ref, number=found.number, text=code),
            "current": code == locale,
        }
        for code in LOCALES
    ]
    with in_locale(locale):
        steps = [step for phase in outline.phases if (step := _step(phase, outline, facts)).is_there]
        body = Markup(  # noqa: S704 - our own template, which escapes
            render_template(
                "playbooks/outline.html",
                outline=outline,
                steps=steps,
                there={task.code for step in steps for task in step.tasks},
                said=said,
                markdown=markdown,
                words=words,
                preview=chosen,
            )
        )
    return render_page(
        page,
        version=found,
        playbook=found.playbook,
        outline=outline,
        facts=facts,
        said=said,
        tabs=tabs,
        locale=locale,
        body=body,
        hidden=len(outline.tasks) - sum(len(step.tasks) for step in steps),
    )


def _kept() -> dict[str, Any]:
    return {name: values for name, values in request.args.lists() if name.startswith("fact-") or name == "chosen"}


@dataclass(frozen=True)
class Step:
    """A phase with what is in it."""

    phase: Phase
    tasks: list[Task]
    trainings: list[Training]

    @property
    def is_there(self) -> bool:
        return bool(self.tasks or self.trainings)


def _step(phase: Phase, outline: Outline, facts: Mapping[str, Any] | None) -> Step:
    def there(thing: Task | Training) -> bool:
        return thing.phase == phase.code and (facts is None or conditions.holds(thing.when, facts))

    return Step(
        phase, [task for task in outline.tasks if there(task)], [each for each in outline.trainings if there(each)]
    )


def facts_in(args: MultiDict[str, str], facts: tuple[Fact, ...]) -> dict[str, Any]:
    """What was chosen; until something was, everything that makes tasks appear."""
    return {fact.code: _answer(args, fact) for fact in facts}


def _answer(args: MultiDict[str, str], fact: Fact) -> Any:
    name, codes = f"fact-{fact.code}", [option.code for option in fact.options]
    fresh = "chosen" not in args
    match fact.kind:
        case "yes_no":
            return True if fresh else name in args
        case "several":
            return codes if fresh else [code for code in codes if code in args.getlist(name)]
        case "one":
            chosen = args.get(name, fact.default if fact.default in codes else codes[0])
            return chosen if chosen in codes else None
        case _:
            typed = args.get(name, "")
            return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 10 else fact.default or 1


@blueprint.get("/<ref>/versions/<int:number>.yaml")
@requires(P.PLAYBOOKS_MANAGE)
def version_file(ref: str, number: int) -> Response:
    found = version_of(ref, number)
    name = f"{found.playbook.code}.yaml"
    return Response(
        service.export(found),
        mimetype="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


SHIPPED = "shipped"
"""Stands for what this release ships, where a version's number could stand."""


@blueprint.get("/<ref>/comparison")
@requires(P.PLAYBOOKS_MANAGE)
def compare(ref: str) -> Response:
    """What differs between two versions; without a choice between the two newest."""
    found = queries.one(ref)
    offered = service.offered(found)
    choices = [(str(version.number), _name_of(version)) for version in found.versions]
    if offered is not None:
        choices.insert(0, (SHIPPED, _("As this release of Gangway ships it")))
    codes = [code for code, _name in choices]
    new = request.args.get("to", codes[0] if codes else "")
    old = request.args.get("from", codes[1] if len(codes) > 1 else new)
    if old not in codes or new not in codes:
        raise NotFound
    outlines = {code: _outline_of(found, code, offered) for code in {old, new}}
    return render_page(
        "playbooks/compare.html",
        playbook=found,
        choices=choices,
        old=old,
        new=new,
        found=difference.between(outlines[old], outlines[new]),
        told=told_value,
        said=said,
        words=words,
    )


def _name_of(version: PlaybookVersion) -> str:
    if version.published_at is None:
        return _("Version %(number)s, draft", number=version.number)
    return _("Version %(number)s", number=version.number)


def _outline_of(found: Playbook, code: str, offered: Outline | None) -> Outline:
    if code == SHIPPED and offered is not None:
        return offered
    return from_content(queries.version(found.id, int(code)).content)


def told_value(value: Any, other: Any = None) -> Any:
    """A key's value in words. Of a text, only the languages in which it differs from the `other`."""
    if isinstance(value, Mapping):
        rest = other if isinstance(other, Mapping) else {}
        return [
            f"{NAMES[code]}: {value[code]}" for code in LOCALES if value.get(code) and value[code] != rest.get(code)
        ]
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, list | tuple):
        beside = other if isinstance(other, list | tuple) else ()
        return [_part(one) for one in value if one not in beside] or [_part(one) for one in value]
    if hasattr(value, "anchor"):
        return _("%(anchor)s, working days: %(days)s", anchor=words.ANCHORS[value.anchor], days=value.workdays)
    if isinstance(value, Case | Starting):
        return _keys(value, tuple(each.name for each in fields(value)))
    return str(value)


def _part(one: Any) -> Any:
    """An option or a field among several with what is unusual about it, or a code."""
    if not hasattr(one, "label"):
        return str(one)
    more = [f"{words.of_key('price')}: {_amount(one.price)}"] if getattr(one, "price", None) is not None else []
    more += _keys(one, ("at_least", "must", "when")) if isinstance(one, Field) else []
    if isinstance(one, Field) and not one.required:
        more.append(_("optional"))
    return "; ".join([f"{said(one.label)} ({one.code})", *more])


def _amount(price: Price) -> str:
    return written(price.net, price.currency)


def _keys(thing: Any, keys: tuple[str, ...]) -> list[str]:
    """Those that say something, each with its value."""
    return [f"{words.of_key(key)}: {_plain(value)}" for key in keys if (value := getattr(thing, key))]


def _plain(value: Any) -> str:
    if isinstance(value, bool):
        return _("Yes")
    if isinstance(value, Mapping):
        return said(value)
    return ", ".join(value) if isinstance(value, tuple) else str(value)


def version_of(ref: str, number: int) -> PlaybookVersion:
    if number > 2_000_000_000:
        raise NotFound
    return queries.version(queries.one(ref).id, number)
