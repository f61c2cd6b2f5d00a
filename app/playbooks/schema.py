"""A playbook's file: from YAML to an outline or to a list of what is wrong, and from an outline to YAML.

Nothing of the five languages may be missing in a file. `write(read(file))` says the same as the file, without its
comments; `read(write(outline))` is the same outline.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import yaml
from pydantic import ValidationError

from app.core.i18n import LOCALES, _, _l
from app.playbooks import marked, rules
from app.playbooks.faults import Fault, NotAPlaybook, Path, placed
from app.playbooks.outline import (
    Case,
    Document,
    Due,
    Fact,
    Field,
    Module,
    Option,
    Outline,
    Phase,
    Price,
    Starting,
    Task,
    Training,
    from_content,
    to_content,
)

MAX_FAULTS = 200
"""More are not told: whoever has that many reads the first ones anyway."""


def read(source: str | bytes, file: str = "playbook.yaml", *, finished: bool = True) -> Outline:
    """The outline that a file holds. `finished` asks for all five languages everywhere.

    Raises:
        NotAPlaybook: with every fault, each with file and line.
    """
    found = marked.read(source, file)
    faults = list(found.faults)
    outline = None
    try:
        outline = from_content(found.content)
    except ValidationError as error:
        faults += _misshapen(error)
    if outline is not None:
        faults += [fault for fault in rules.faults_of(outline) if finished or not fault.unfinished]
    if faults or outline is None:
        raise NotAPlaybook(placed(faults, found.content, found.lines, file)[:MAX_FAULTS])
    return outline


def faults_in(content: Mapping[str, Any]) -> list[Fault]:
    """What is wrong with a document that did not come from a file, as a draft at the desk."""
    try:
        outline = from_content(content)
    except ValidationError as error:
        return placed(_misshapen(error), content, {}, "")
    return placed(rules.faults_of(outline), content, {}, "")


def digest(content: Mapping[str, Any]) -> str:
    """SHA-256 in hex of the canonical form: the same words and rules give the same one, whatever the order of keys."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


# --- the shape --------------------------------------------------------------------------------------------------------

_SHAPES: dict[str, type[Any]] = {
    "modules": Module,
    "facts": Fact,
    "phases": Phase,
    "tasks": Task,
    "trainings": Training,
    "documents": Document,
    "options": Option,
    "duties": Option,
    "fields": Field,
    "price": Price,
    "due": Due,
    "case": Case,
    "starting": Starting,
}


def _keys_at(path: Path) -> tuple[str, ...]:
    """What may stand at this place."""
    named = [step for step in path if step in _SHAPES]
    shape = _SHAPES[str(named[-1])] if named else Outline
    return tuple(field.name for field in fields(shape))


def _misshapen(error: ValidationError) -> Iterator[Fault]:
    for problem in error.errors(include_url=False, include_input=False):
        path: Path = tuple(problem["loc"])
        yield _told(path, problem["type"], problem.get("ctx", {}))


_SAID: dict[str, tuple[Any, tuple[str, ...]]] = {
    "string": (_l("Here must stand words. Put numbers and signs in quotes."), ()),
    "dict": (_l("Here must stand words by language, such as en: Kick-off."), LOCALES),
    "mapping": (_l("Here must stand words by language, such as en: Kick-off."), LOCALES),
    "tuple": (_l("Here must stand a list, each line beginning with a hyphen."), ()),
    "bool": (_l("Here must stand true or false."), ("true", "false")),
    "int": (_l("Here must stand a whole number."), ()),
    "decimal": (_l("Write the net amount with two decimals, for example 149.00."), ()),
}
"""By the first word of pydantic's own code of the error."""


def _told(path: Path, kind: str, about: Mapping[str, Any]) -> Fault:
    key = f'"{path[-1]}"' if path else ""
    match kind:
        case "unexpected_keyword_argument" | "extra_forbidden":
            return Fault(path, _("There is no key %(key)s here.", key=key), _keys_at(path[:-1]))
        case "missing":
            return Fault(path, _("The key %(key)s is missing here.", key=key))
        case "enum":
            said = str(about.get("expected", "")).replace(" or ", ", ").replace("'", "")
            return Fault(path, _("This value is not known here."), tuple(said.split(", ")))
        case "dataclass_type":
            return Fault(path, _("Here must stand a group of keys with their values."), _keys_at(path))
    message, allowed = _SAID.get(kind.partition("_")[0], (_l("This value cannot stand here."), ()))
    return Fault(path, str(message), allowed)


# --- writing ----------------------------------------------------------------------------------------------------------


def write(outline: Outline) -> str:
    """The file of an outline."""
    return yaml.dump(
        _ordered(to_content(outline)),
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=110,
        default_flow_style=False,
    )


def _ordered(value: Any) -> Any:
    """The languages in our order, everything else as the shape has it."""
    if isinstance(value, list):
        return [_ordered(one) for one in value]
    if not isinstance(value, dict):
        return value
    if value and value.keys() <= set(LOCALES):
        return {locale: value[locale] for locale in LOCALES if locale in value}
    return {key: _ordered(one) for key, one in value.items()}


class _Dumper(yaml.SafeDumper):
    """Writes as `marked` reads: no aliases, long texts as they are read, lists set in."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)
