"""YAML into plain values that remember their lines, refusing everything that a playbook does not need.

The parser's events are read one by one instead of letting a library build objects: so depth, number and size are
counted while they come, and aliases (the stuff of bombs and loops) never stand for anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import yaml

from app.core.i18n import _
from app.playbooks.faults import Fault, NotAPlaybook, Path

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 10
MAX_VALUES = 60_000

_Parser: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same rules, without or with libyaml

# As the exporter writes them. YAML's older rules also take yes, no, on, off and 1:30 for something else than words.
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})\.[0-9]{1,10}")
_PLAIN = {"": None, "~": None, "null": None, "true": True, "false": False}


@dataclass
class Marked:
    """A document's values, the line of each place, and what is wrong with its writing."""

    content: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read(source: str | bytes, file: str) -> Marked:
    """The document's values.

    Raises:
        NotAPlaybook: it is too large, no text, no YAML, or uses what playbooks do not need.
    """
    text = _text(source, file)
    found = Marked()
    reader = _Reader(found, file)
    try:
        reader.document(yaml.parse(text, Loader=_Parser))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        said = _("This is no YAML: %(problem)s.", problem=error.problem or error.context or "?")
        raise _refusal(said, file, mark.line + 1 if mark else None) from None
    except yaml.YAMLError:
        raise _refusal(_("There are control characters in this file, which YAML does not allow."), file) from None
    return found


def _text(source: str | bytes, file: str) -> str:
    size = len(source)
    if size > MAX_BYTES:
        said = _(
            "The file has %(size)s MB; a playbook has at most %(limit)s MB.",
            size=f"{size / 1024 / 1024:.1f}",
            limit=MAX_BYTES // 1024 // 1024,
        )
        raise _refusal(said, file)
    if isinstance(source, str):
        return source
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = source[: error.start].count(b"\n") + 1
        raise _refusal(_("This is no text in UTF-8. Save the file as UTF-8."), file, line) from None


def _refusal(message: str, file: str, line: int | None = None) -> NotAPlaybook:
    return NotAPlaybook([Fault((), message, file=file, line=line)])


class _Reader:
    """Walks the events of one document."""

    def __init__(self, found: Marked, file: str) -> None:
        self.found = found
        self.file = file
        self.values = 0

    def document(self, events: Iterator[Any]) -> None:
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise self._no(event, _("There are several documents in this file. A file holds one playbook."))
                self.found.content = self._node(next(events), events, ())
        if not documents:
            raise _refusal(_("This file is empty."), self.file)

    def _node(self, event: Any, events: Iterator[Any], path: Path) -> Any:
        self._admit(event, path)
        self.found.lines.setdefault(path, _line(event))
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            items: list[Any] = []
            while not isinstance(event := next(events), yaml.SequenceEndEvent):
                items.append(self._node(event, events, (*path, len(items))))
            return items
        return self._mapping(events, path)

    def _mapping(self, events: Iterator[Any], path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        event: Any
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            self._admit(event, path)
            if not isinstance(event, yaml.ScalarEvent):
                raise self._no(event, _("A key must be a word, not a list or a group."))
            key, line = event.value, _line(event)
            if len(key) > 200:
                raise self._no(event, _("This key is too long."))
            place = (*path, key)
            if key in found:
                first = self.found.lines[place]
                said = _("The key %(key)s stands here a second time, first in line %(line)s.", key=key, line=first)
                self.found.faults.append(Fault(place, said, file=self.file, line=line))
            else:
                self.found.lines[place] = line
            found[key] = self._node(next(events), events, place)
        return found

    def _admit(self, event: Any, path: Path) -> None:
        self.values += 1
        if self.values > MAX_VALUES:
            raise self._no(event, _("There are more than %(limit)s values in this file.", limit=MAX_VALUES))
        if len(path) > MAX_DEPTH:
            said = _(
                "This stands more than %(limit)s levels deep, deeper than anything in a playbook.", limit=MAX_DEPTH
            )
            raise self._no(event, said)
        if isinstance(event, yaml.AliasEvent) or event.anchor:
            raise self._no(event, _("Anchors (&) and aliases (*) are not possible in a playbook. Write the text out."))
        if event.tag:
            raise self._no(event, _("Tags (!) are not possible in a playbook: %(tag)s.", tag=str(event.tag)[:80]))

    def _scalar(self, event: Any) -> Any:
        value: str = event.value
        if event.style not in (None, "", "plain"):
            return value
        if value in _PLAIN:
            return _PLAIN[value]
        if _WHOLE.fullmatch(value):
            return int(value)
        if _DECIMAL.fullmatch(value):
            return Decimal(value)
        return value

    def _no(self, event: Any, message: str) -> NotAPlaybook:
        return _refusal(message, self.file, _line(event))


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1
