"""docs/operations/watching.md lists every line that the logs hold, with its fields."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LEVELS = {"info", "warning", "error", "exception"}
SAYS = re.compile(r"structlog|\blog\.|\bsecurity\(|\btell\(")
"""What a file holds that writes a line."""
ALWAYS = {"event", "level", "timestamp"}


def said() -> Iterator[tuple[str, frozenset[str]]]:
    """Event and fields of each call that writes a line. Lines of `security` have fields of their own besides."""
    texts = {path: path.read_text() for path in sorted((ROOT / "app").rglob("*.py"))}
    for path in (path for path, text in texts.items() if SAYS.search(text)):
        for node in ast.walk(ast.parse(texts[path])):
            if not isinstance(node, ast.Call) or not node.args or not _writes(node.func):
                continue
            event = node.args[0]
            names = frozenset(word.arg for word in node.keywords if word.arg and word.arg != "exc_info")
            for each in ast.walk(event):
                if isinstance(each, ast.Constant) and isinstance(each.value, str):
                    yield each.value, names


def _writes(call: ast.expr) -> bool:
    if isinstance(call, ast.Name):
        return call.id == "security" or call.id == "tell"
    if not isinstance(call, ast.Attribute) or call.attr not in LEVELS:
        return False
    told = ast.unparse(call.value)
    return told in ("log", "self.log") or told.startswith("structlog.get_logger(")


def test_every_line_and_its_fields_are_told_and_nothing_else() -> None:
    page = (ROOT / "docs" / "operations" / "watching.md").read_text()
    rows = re.findall(r"^\| `([^`]+)` \|([^|]*)\|", page, re.MULTILINE)
    told = {event: set(re.findall(r"`(\w+)`", fields)) for event, fields in rows}
    written: dict[str, set[str]] = {}
    for event, names in said():
        written.setdefault(event, set()).update(names)
    assert told == written


def test_what_every_line_holds_is_told() -> None:
    page = (ROOT / "docs" / "operations" / "watching.md").read_text()
    assert {name for name in ALWAYS if f"`{name}`" not in page} == set()
