"""Two texts beside each other, with what differs marked: line by line, and in a changed line word by word. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

_MOST = 400
"""Words of a line that are compared one by one."""
_BR = Markup("<br>")


def marked(old: str, new: str) -> tuple[Markup, Markup]:
    """Both texts for a page; an empty one is empty."""
    before, after = old.split("\n"), new.split("\n")
    left: list[Markup] = []
    right: list[Markup] = []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind == "equal":
            left += map(escape, before[a:b])
            right += map(escape, after[c:d])
        elif b - a == d - c:
            for one, other in zip(before[a:b], after[c:d], strict=True):
                was, now_is = _words(one, other)
                left.append(was)
                right.append(now_is)
        else:
            left += map(_mark, before[a:b])
            right += map(_mark, after[c:d])
    return _joined(left) if old else Markup(), _joined(right) if new else Markup()


def _words(old: str, new: str) -> tuple[Markup, Markup]:
    before, after = re.findall(r"\S+\s*", old), re.findall(r"\S+\s*", new)
    if len(before) > _MOST or len(after) > _MOST:
        return _mark(old), _mark(new)
    left, right = Markup(), Markup()
    for kind, a, b, c, d in difflib.SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        was, now_is = "".join(before[a:b]), "".join(after[c:d])
        left += escape(was) if kind == "equal" else _mark(was)
        right += escape(now_is) if kind == "equal" else _mark(now_is)
    return left, right


def _mark(text: str) -> Markup:
    return Markup("<mark>{}</mark>").format(text) if text.strip() else escape(text)


def _joined(lines: Sequence[Markup] | Iterable[Markup]) -> Markup:
    return _BR.join(lines)
