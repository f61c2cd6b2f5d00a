"""Excel workbooks: the first sheet that is shown, looked through before anything builds something of it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook

from app.core.i18n import _l
from app.imports.reading.csv_text import clean
from app.imports.reading.kinds import MOST_COLUMNS, UNPACKED, FileProblem

LAST_ROW = 1_048_576
"""Of a spreadsheet. A workbook may claim any row number."""
_BROKEN = _l("This workbook cannot be opened. Save it again in your spreadsheet program, or as CSV.")


def workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows of the first sheet that is shown."""
    _check_size(content)
    try:
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        sheet.reset_dimensions()  # what it says of its size may be wrong
        rows = sheet.iter_rows(max_row=LAST_ROW, max_col=MOST_COLUMNS, values_only=True)
        for number, row in enumerate(rows, 1):
            width = 0 if row.count(None) == len(row) else len(row)
            while width and row[width - 1] is None:
                width -= 1
            yield number, [clean(_written(value)) for value in row[:width]]
    except FileProblem:
        raise
    except Exception as error:  # openpyxl raises whatever a broken file makes it stumble over
        raise FileProblem(_BROKEN) from error


def _written(value: Any) -> str:
    """A cell as people would type it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float():
            return format(value, ".15g")
        case datetime():
            return value.date().isoformat() if value.time() == time(0) else value.isoformat(" ", "seconds")
        case date():
            return value.isoformat()
    return str(value)


_UNCOUNTED = re.compile(
    rb"(?:</(?:\w+:)?f>|<(?:\w+:)?f(?:\s[^<>]*)?/>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_DECLARED = re.compile(rb"<!(?:DOCTYPE|ENTITY)|<\0!\0(?:D\0O|E\0N)|\0<\0!\0(?:D\0O|E\0N)")


def _check_size(content: bytes) -> None:
    """Looks through the parts before anything builds something of them.

    Raises:
        FileProblem: they unpack to too much, declare entities, or hold formulas whose results are not there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if sum(part.file_size for part in parts) > UNPACKED or len(parts) > 10_000:
                raise FileProblem(_l("This workbook is too large when unpacked. Split it, or send it as CSV."))
            for part in parts:
                if part.filename.endswith((".xml", ".rels")):
                    with archive.open(part) as stream:
                        _look_through(stream, formulas=part.filename.startswith("xl/worksheets/"))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileProblem(_BROKEN) from error


def _look_through(stream: Any, *, formulas: bool) -> None:
    before = b""
    while chunk := stream.read(1 << 20):
        seen = before + chunk
        if _DECLARED.search(seen):
            raise FileProblem(_BROKEN)
        if formulas and _UNCOUNTED.search(seen):
            raise FileProblem(
                _l(
                    "There are formulas in this workbook whose results were not saved. Open it in your spreadsheet"
                    " program, save it, and send it again."
                )
            )
        before = seen[-300:]
