"""Reads the recipes in docs/recipes as instructions: what to change, what to write, what to run.

A fenced block that begins with `@@ path @@` changes that file: lines with a plus are put in, lines with a minus taken
out, all others say where. Any other fenced block is the whole file that the text named last, and one of `sh` is run.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

FENCE = re.compile(r"^( *)```(\w+)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
CHANGED = re.compile(r"@@ (\S+) @@\n")
NAMED = re.compile(r"`([\w-]+(?:/[\w.-]+)+)`")


class DoesNotFit(Exception):
    """The recipe changes a place that is not there, or that there are several of."""


@dataclass(frozen=True)
class Change:
    """Lines put in and taken out at one place of a file."""

    path: str
    body: str

    def apply(self, root: Path) -> None:
        """Raises DoesNotFit."""
        file = root / self.path
        if not file.is_file():
            raise DoesNotFit(f"{self.path} is not there")
        text = file.read_text(encoding="utf-8")
        lines = [(line[:1], line[1:]) for line in self.body.splitlines()]
        before = "".join(f"{line}\n" for sign, line in lines if sign != "+")
        after = "".join(f"{line}\n" for sign, line in lines if sign != "-")
        if text.count(before) != 1:
            raise DoesNotFit(f"{self.path} has {text.count(before)} places that read\n{before}")
        file.write_text(text.replace(before, after), encoding="utf-8")


@dataclass(frozen=True)
class Whole:
    """A file that was not there before."""

    path: str
    body: str

    def apply(self, root: Path) -> None:
        """Raises DoesNotFit."""
        file = root / self.path
        if file.exists():
            raise DoesNotFit(f"{self.path} is there already")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(self.body, encoding="utf-8")


@dataclass(frozen=True)
class Recipe:
    """One page, read."""

    changes: tuple[Change | Whole, ...]
    commands: tuple[str, ...]

    @property
    def tests(self) -> list[str]:
        """The tests that it has people write."""
        return [one.path for one in self.changes if Path(one.path).name.startswith("test_")]


def read(text: str) -> Recipe:
    changes: list[Change | Whole] = []
    commands: list[str] = []
    since = 0
    for found in FENCE.finditer(text):
        body = dedent(found[3])
        if found[2] == "sh":
            commands += body.splitlines()
        elif changed := CHANGED.match(body):
            changes.append(Change(changed[1], body[changed.end() :]))
        elif named := NAMED.findall(text[since : found.start()]):
            changes.append(Whole(named[-1], body))
        since = found.end()
    return Recipe(tuple(changes), tuple(commands))
