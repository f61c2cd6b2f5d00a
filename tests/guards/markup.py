"""Mistakes in HTML that browsers forgive and the checker of `make sweep` does not, found by reading the page once."""

from __future__ import annotations

import re
from html.parser import HTMLParser


def _elements(names: str) -> frozenset[str]:
    return frozenset(names.split())


ALONE = _elements("area base br col embed hr img input link meta source track wbr")
"""Elements that nothing closes."""
WORDS_ONLY = _elements("b button code em h1 h2 h3 h4 h5 h6 i label p pre small span strong")
"""Elements that hold words and what stands among words, never a block."""
BLOCKS = _elements(
    "article aside blockquote details div dl fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr main nav ol p pre"
    " section table ul"
)
TABLE_ROLES = _elements("table rowgroup row cell columnheader rowheader")


def faults_in(page: str) -> list[str]:
    """What is wrong, in words, with the line on which it stands."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    never = [f"<{tag}> is never closed" for tag in reader.open]
    nowhere = [f"#{place} is no place on this page" for place in sorted(reader.asked - reader.places)]
    return reader.faults + never + nowhere


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.faults: list[str] = []
        self.level = 0
        """Of the heading that came last."""
        self.places: set[str] = set()
        self.asked: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in BLOCKS and "svg" not in self.open:
            for around in WORDS_ONLY.intersection(self.open):
                self._wrong(f"<{tag}> inside <{around}>")
        if heading := re.fullmatch(r"h([1-6])", tag):
            if (level := int(heading[1])) > self.level + 1 and self.level:
                self._wrong(f"<{tag}> comes after <h{self.level}>, a level is skipped")
            self.level = level
        self._look_at(tag, {name: value or "" for name, value in attrs})
        if tag not in ALONE:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if "svg" in self.open:
            self._look_at(tag, {name: value or "" for name, value in attrs})
        else:
            self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.open:
            self._wrong(f"</{tag}> closes nothing")
            return
        while (last := self.open.pop()) != tag:
            self._wrong(f"</{tag}> where <{last}> is still open")

    def _look_at(self, tag: str, said: dict[str, str]) -> None:
        self.places.add(said.get("id", ""))
        if (address := said.get("href", "")).startswith("#"):
            self.asked.add(address[1:])
        if said.get("role") in TABLE_ROLES:
            self._wrong(f"<{tag}> is told its role, {said['role']}, which it has")
        if tag in WORDS_ONLY - {"button"} and "aria-label" in said and "role" not in said:
            self._wrong(f"<{tag}> has a name and no role: readers pass over the name")
        if said.get("autocomplete") == "":
            self._wrong(f"<{tag}> has an empty autocomplete")
        if re.search(r"\.\d", said.get("datetime", "")):
            self._wrong(f"a time in parts of a second: {said['datetime']}")
        if re.match(r"tel:(?!\+?\d+$)", said.get("href", "")):
            self._wrong(f"nobody can dial {said['href']}")

    def _wrong(self, what: str) -> None:
        self.faults.append(f"line {self.getpos()[0]}: {what}")
