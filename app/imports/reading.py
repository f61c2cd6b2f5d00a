"""Taking lines out of a file: CSV however it was saved, Excel workbooks, and archives of documents.

Nothing is believed about a file but its content, and whatever cannot be read for certain is said instead of guessed: a
file that is wrong as a whole raises `FileProblem`, a line that is wrong by itself carries its faults.
"""

from __future__ import annotations

import csv
import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from openpyxl import load_workbook
from werkzeug.datastructures import FileStorage

from app.core.files import JPEG, LIMIT, PDF, PNG, XLSX, FileRefused, Received, kind_of
from app.core.i18n import LOCALES, _, _l, in_locale
from app.core.identifiers import Lazy
from app.core.search import fold
from app.core.tables import bared
from app.imports.importer import Column, Importer

CSV, XML, ZIP = "text/csv", "application/xml", "application/zip"
MOST_LINES = 100_000
MOST_COLUMNS = 200
MOST_DOCUMENTS = 1_000
LONGEST_CELL = 10_000
LAST_ROW = 1_048_576
"""Of a spreadsheet. A workbook may claim any row number."""
UNPACKED = 128 * 1024 * 1024
"""Bytes that a workbook or archive may hold: a full one of 10 MB has half of that, a bomb a thousand times."""
REASON = Column("import_reason", _l("What is wrong"), ignored=True)
"""The column that we add to wrong lines. It may come back, and is not read."""


class FileProblem(Exception):
    """The file as a whole cannot be read; `message` says why and what to do."""

    def __init__(self, message: Lazy) -> None:
        super().__init__("file problem")
        self.message = message


@dataclass(frozen=True)
class ReadLine:
    """One line. `faults` are what is wrong with it before anybody looks at what it means."""

    number: int
    cells: Mapping[str, str]
    faults: Sequence[tuple[str, Any]] = ()


# --- receiving --------------------------------------------------------------------------------------------------------

_TOO_LARGE = _l(
    "This file is larger than 10 MB. Split it into several files, each with the line of column names, and import them"
    " one after another."
)
_TABLES_ONLY = _l("Files of this kind cannot be read as a table. Save it as CSV or as an Excel workbook (.xlsx).")
_DOCUMENTS_TOO = _l("Files of this kind cannot be read. Choose XML documents, a ZIP archive of them, or a table.")


def receive(sent: FileStorage, importer: Importer) -> Received:
    """A file that may be imported, told by its content.

    Raises:
        FileRefused: empty, too large, or of a kind that cannot be read.
    """
    content = sent.stream.read(LIMIT + 1)
    if not content.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\0"):
        raise FileRefused(_l("This file is empty. Choose another one."))
    if len(content) > LIMIT:
        raise FileRefused(_TOO_LARGE)
    kind = _kind(content, importer)
    stem = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", re.split(r"[/\\]", sent.filename or "")[-1])
    name = "".join(sign for sign in stem if sign.isprintable()).strip(" .")[:150] or "file"
    return Received(name + {CSV: ".csv", XLSX: ".xlsx", XML: ".xml", ZIP: ".zip"}[kind], kind, content)


def _kind(content: bytes, importer: Importer) -> str:
    refused = FileRefused(_DOCUMENTS_TOO if importer.documents else _TABLES_ONLY)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FileRefused(_l("This is a workbook of an old kind (.xls). Save it as .xlsx or CSV and send that file."))
    if content.startswith(b"PK"):
        if kind_of(content) == XLSX:
            return XLSX
        if importer.documents and _names(content):
            return ZIP
        if b"vbaProject.bin" in content:
            raise FileRefused(_l("Workbooks with macros cannot be taken. Save it as .xlsx and send that file."))
        raise refused
    if kind_of(content) in (PDF, PNG, JPEG):
        raise refused
    if _is_xml(content):
        if importer.documents:
            return XML
        raise refused
    try:
        text_of(content, "en")
    except FileProblem:
        raise refused from None
    return CSV


def _is_xml(content: bytes) -> bool:
    head = content[:400].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return head.startswith((b"<?xml", b"<!--")) or re.match(rb"<[A-Za-z]", head) is not None


def together(received: Sequence[Received]) -> Received:
    """Several documents as one archive; a single file as it is."""
    if len(received) == 1:
        return received[0]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        taken: set[str] = set()
        for number, each in enumerate(received, 1):
            name = each.filename if each.filename not in taken else f"{number}-{each.filename}"
            taken.add(name)
            archive.writestr(name, each.content)
    return Received(received[0].filename.rsplit(".", 1)[0] + ".zip", ZIP, out.getvalue())


# --- reading ----------------------------------------------------------------------------------------------------------


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
    """Begins to read. The words of problems and faults are in the language spoken now; `locale` is the sender's, by
    which the encoding of an old file is guessed, and `name` what a document alone is called.

    Raises:
        FileProblem: here, or while the lines are fetched.
    """
    if kind in (XML, ZIP):
        names = [name] if kind == XML else _names(content)
        if len(names) > MOST_DOCUMENTS:
            raise FileProblem(_l("This archive holds more than 1,000 documents. Send them in several parts."))
        return Reading(["file"], "", (ReadLine(number, {"file": name}) for number, name in enumerate(names, 1)))
    encoding = ""
    if kind == XLSX:
        rows = _workbook_rows(content)
    else:
        text, encoding = text_of(content, locale)
        rows = _csv_rows(text)
    for number, cells in rows:
        if any(cells):
            columns = _headed(cells, importer)
            return Reading([code for code in columns if code not in ("", _IGNORED)], encoding, _lines(rows, columns))
        if number > 100:
            break
    raise FileProblem(_l("There is nothing in this file. If the table stands on another sheet, make it the first."))


def document(content: bytes, kind: str, name: str) -> bytes:
    """One document of what was sent."""
    if kind != ZIP:
        return content
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, ValueError, OSError, NotImplementedError, RuntimeError, EOFError) as error:
        raise FileProblem(
            _l(
                "This document cannot be unpacked from the archive: %(name)s. Pack it again, without a password.",
                name=name,
            )
        ) from error


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
        cells = {code: "" for code in columns if code not in ("", _IGNORED)}
        for place, value in enumerate(values):
            code = columns[place] if place < len(columns) else ""
            if len(value) > LONGEST_CELL:
                value = value[:LONGEST_CELL]
                faults.append((code, _("This cell has more than 10,000 characters. Is a quotation mark missing?")))
            if code in cells:
                cells[code] = value
            elif value and not code:
                faults.append(
                    ("", _("There is text without a column name above it: %(value)s", value=_shortened(value)))
                )
        yield ReadLine(number, cells, faults)


def _shortened(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


# --- columns ----------------------------------------------------------------------------------------------------------


def names_of(importer: Importer) -> dict[str, str]:
    """Folded heading -> column: by its code, and by its label in every language."""
    known: dict[str, str] = {}
    for column in (*importer.columns, REASON):
        known[heading(column.code)] = column.code
    for locale in LOCALES:
        with in_locale(locale):
            for column in (*importer.columns, REASON):
                known.setdefault(heading(str(column.label)), column.code)
    return known


def heading(text: str) -> str:
    """Headings that look alike are alike: `Company_number`, `company number`."""
    return re.sub(r"[\s_\-:*.]+", " ", fold(text)).strip()


def _headed(cells: Sequence[str], importer: Importer) -> list[str]:
    """The column of each place, "" where none is read.

    Raises:
        FileProblem: with everything that is wrong with the header, at once.
    """
    known = names_of(importer)
    codes = [known.get(heading(cell), "") if cell else "" for cell in cells]
    if not any(codes):
        raise FileProblem(
            _(
                "The first line has to name the columns, and none of the names in it is known here: %(names)s",
                names=_listed(cell for cell in cells if cell),
            )
        )
    ignored = {column.code for column in (*importer.columns, REASON) if column.ignored}
    labels = {column.code: str(column.label) for column in importer.columns}
    said: list[str] = []
    missing = [column.code for column in importer.columns if column.required and column.code not in codes]
    if missing:
        said.append(_("These columns are missing: %(names)s.", names=_listed(labels[code] for code in missing)))
    unknown = [cell for cell, code in zip(cells, codes, strict=True) if cell and not code]
    if unknown:
        said.append(
            _(
                "These columns are not known here: %(names)s. Take them out, or name them as in the example.",
                names=_listed(unknown),
            )
        )
    twice = sorted({code for code in codes if code and code not in ignored and codes.count(code) > 1})
    if twice:
        said.append(_("These columns stand there more than once: %(names)s.", names=_listed(labels[c] for c in twice)))
    if said:
        raise FileProblem(" ".join(said))
    return [_IGNORED if code in ignored else code for code in codes]


_IGNORED = "\0"
"""Keeps the place of a column that is not read, so that its cells are no text without a column."""


def _listed(names: Any) -> str:
    each = [_shortened(str(name)) for name in names]
    return ", ".join(each[:20]) + (" …" if len(each) > 20 else "")


# --- CSV --------------------------------------------------------------------------------------------------------------


def text_of(content: bytes, locale: str) -> tuple[str, str]:
    """The text, and its encoding where that had to be guessed.

    Raises:
        FileProblem: it is no text.
    """
    text, encoding = _decoded(content, locale)
    controls = sum(text.count(sign) for sign in _CONTROLS)
    if controls > 20 and controls * 200 > len(text):
        raise FileProblem(_TABLES_ONLY)
    return text, encoding


_CONTROLS = [chr(code) for code in range(32) if chr(code) not in "\t\r\n\x1a"] + ["\x7f"]


def _decoded(content: bytes, locale: str) -> tuple[str, str]:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace"), ""
    if content.startswith(b"\xef\xbb\xbf"):
        return content.decode("utf-8-sig", "replace"), ""
    for encoding, nulls in (("utf-16-le", content[1:200:2]), ("utf-16-be", content[0:200:2])):
        if len(nulls) > 3 and nulls.count(0) * 2 > len(nulls):
            return content.decode(encoding, "replace"), ""
    try:
        return content.decode("utf-8"), ""
    except UnicodeDecodeError:
        polish, western = (sum(map(content.count, signs)) for signs in (_POLISH, _WESTERN))
        code = "cp1250" if polish > western or (polish == western and locale == "pl") else "cp1252"
        return content.decode(code, "replace"), {"cp1250": "Windows-1250", "cp1252": "Windows-1252"}[code]


# Letters that only one of the two code pages has at their place; the other one has a sign there that stands in no word.
_POLISH = [bytes([code]) for code in (0xB9, 0xB3, 0x9C, 0x9F, 0xBF, 0xA5, 0xA3, 0x8C, 0xAF, 0x8F, 0xEA, 0xE6, 0xF1)]
_WESTERN = [bytes([code]) for code in (0xE0, 0xE5, 0xE8, 0xEF, 0xF9, 0xFB, 0xC0, 0xC5, 0xC8, 0xE2, 0xFC)]


def _csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Rows with their numbers as a spreadsheet counts them."""
    lines = io.StringIO(text, newline="")
    first = lines.readline()
    skipped = 0
    if told := re.fullmatch(r"sep=(.)\s*", first, re.IGNORECASE):  # as Excel writes it for itself
        separator, skipped = told[1], 1
    else:
        while first and not first.strip():
            first = lines.readline()
        lines.seek(0)
        separator = _separator(first)
    rows = csv.reader(lines, delimiter=separator, strict=True)
    number = skipped
    while True:
        number += 1
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            raise FileProblem(
                _l(
                    "Line %(number)s cannot be read: a quotation mark is opened and not closed, or stands in the middle"
                    " of a cell that begins with one.",
                    number=number,
                )
            ) from None
        yield number, [bared(_clean(cell)) for cell in row[:MOST_COLUMNS]]


def _separator(first: str) -> str:
    plain = re.sub(r'"[^"]*"', "", first)
    return max(";,\t|", key=plain.count) if any(sign in plain for sign in ";,\t|") else ";"


_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _clean(text: str) -> str:
    """Without blanks around it; what no database keeps becomes a sign that every check of text refuses."""
    return _UNSTORABLE.sub("\ufffd", text).strip(" \t\r\n\u00a0\u202f\ufeff\x1a")


# --- workbooks and archives -------------------------------------------------------------------------------------------

_BROKEN = _l("This workbook cannot be opened. Save it again in your spreadsheet program, or as CSV.")


def _workbook_rows(content: bytes) -> Iterator[tuple[int, list[str]]]:
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
            yield number, [_clean(_written(value)) for value in row[:width]]
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


def _names(content: bytes) -> list[str]:
    """The XML documents in an archive; none when it is no archive of documents.

    Raises:
        FileRefused: it unpacks to too much.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = [part for part in archive.infolist() if not part.is_dir() and not part.filename.startswith("__")]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError):
        return []
    if sum(part.file_size for part in parts) > UNPACKED:
        raise FileRefused(_l("This archive is too large when unpacked. Send its documents in several parts."))
    names = [part.filename for part in parts if part.filename.casefold().endswith(".xml")]
    return names if len(names) == len(set(names)) else []
