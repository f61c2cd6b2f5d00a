"""The lines of a file, one after another, whatever kind of file it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from app.core.files import XLSX
from app.core.i18n import _l
from app.imports.importer import Importer
from app.imports.reading.archives import names_in
from app.imports.reading.columns import IGNORED, headed, shortened
from app.imports.reading.csv_text import csv_rows, text_of
from app.imports.reading.kinds import XML, ZIP, FileProblem
from app.imports.reading.workbooks import workbook_rows

MOST_LINES = 100_000
MOST_DOCUMENTS = 1_000
LONGEST_CELL = 10_000


@dataclass(frozen=True)
class ReadLine:
    """One line. `faults` are what is wrong with it before anybody looks at what it means."""

    number: int
    cells: Mapping[str, str]
    faults: Sequence[tuple[str, Any]] = ()


@dataclass
class Reading:
    """The lines of a file in their order, one after another; `columns` and `encoding` are known from the start."""

    columns: list[str]
    encoding: str
    _lines: Iterator[ReadLine] = field(repr=False)

    def __iter__(self) -> Iterator[ReadLine]:
        return self._lines

    def __next__(self) -> ReadLine:
        return next(self._lines)


def open_file(content: bytes, kind: str, importer: Importer, locale: str, name: str = "") -> Reading:
    """Begins to read. `locale` is the sender's language, by which the encoding of an old file is guessed, and `name`
    what a document alone is called.

    Raises:
        FileProblem: here, or while the lines are fetched.
    """
    if kind in (XML, ZIP):
        names = [name] if kind == XML else names_in(content)
        if len(names) > MOST_DOCUMENTS:
            raise FileProblem(_l("This archive holds more than 1,000 documents. Send them in several parts."))
        return Reading(["file"], "", (ReadLine(number, {"file": name}) for number, name in enumerate(names, 1)))
    encoding = ""
    if kind == XLSX:
        rows = workbook_rows(content)
    else:
        text, encoding = text_of(content, locale)
        rows = csv_rows(text)
    for number, cells in rows:
        if any(cells):
            columns = headed(cells, importer)
            return Reading([code for code in columns if code not in ("", IGNORED)], encoding, _lines(rows, columns))
        if number > 100:
            break
    raise FileProblem(_l("There is nothing in this file. If the table stands on another sheet, make it the first."))


def _lines(rows: Iterator[tuple[int, list[str]]], columns: Sequence[str]) -> Iterator[ReadLine]:
    count = 0
    for number, values in rows:
        if not any(values):
            continue
        count += 1
        if count > MOST_LINES:
            raise FileProblem(
                _l("This file has more than 100,000 lines. Split it into several files and import them one by one.")
            )
        faults: list[tuple[str, Any]] = []
        cells = {code: "" for code in columns if code not in ("", IGNORED)}
        for place, value in enumerate(values):
            code = columns[place] if place < len(columns) else ""
            if len(value) > LONGEST_CELL:
                value = value[:LONGEST_CELL]
                faults.append((code, _l("This cell has more than 10,000 characters. Is a quotation mark missing?")))
            if code in cells:
                cells[code] = value
            elif value and not code:
                faults.append(
                    ("", _l("There is text without a column name above it: %(value)s", value=shortened(value)))
                )
        yield ReadLine(number, cells, faults)
