"""Lists as Excel workbooks, written while they are read: whatever its length, a list takes the memory of a few rows.

openpyxl reads such files, but writes one only to the end of a temporary file and five times slower; a plain table needs
little of the format (ECMA-376): one part a sheet, text in the cells themselves, seven styles.

Text stays text: a cell is a formula only where the file says so, and here it never does, so nothing has to be put in
front of `=1+1` or `+48 22 123 45 67`.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from html import escape
from io import RawIOBase
from itertools import chain, islice
from math import isfinite
from typing import IO, Any

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
ROWS_A_SHEET = 1_048_576
"""As many as Excel can show, the header included; a longer list goes on in a further sheet."""
_CHUNK = 100  # rows at a time, and those by which the columns' widths are chosen
_LONGEST = 32_767  # signs in a cell; Excel calls the file damaged beyond that
_EPOCH = date(1899, 12, 30)
_FIRST_DAY = date(1900, 3, 1)  # Excel believes in 29 February 1900; days before stay text
_EXACT = 15  # digits of a number that survive

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'

_HEADER, _TEXT, _QUOTED, _DAY, _MOMENT, _WHOLE, _AMOUNT = range(1, 8)
_STYLES = f"""{_XML}<styleSheet xmlns="{_MAIN}">
<numFmts count="2"><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>
<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm"/></numFmts>
<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>
<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>
<fills count="2"><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>
<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>
<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>
<cellXfs count="8"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>
<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1" quotePrefix="1"/>
<xf numFmtId="164" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="165" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="1" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>
<xf numFmtId="4" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
# Sheets are what a part is unless said otherwise, so that this can stand first, before anybody knows how many follow.
_CONTENT_TYPES = f"""{_XML}<Types xmlns="{_PACKAGE}/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Default Extension="xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>
<Override PartName="/xl/workbook.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>
<Override PartName="/xl/styles.xml"
 ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"""
_ROOT = f"""{_XML}<Relationships xmlns="{_PACKAGE}/relationships">
<Relationship Id="rId1" Type="{_RELATED}/officeDocument" Target="xl/workbook.xml"/></Relationships>"""


def workbook(name: str, header: Sequence[Any], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
    """The workbook's bytes, in order. Dates and numbers become cells of their kind, all else text, None nothing.

    A Decimal is taken for an amount and shown with two places; moments have to be in the reader's time zone.
    """
    each = iter(rows)
    first = list(islice(each, _CHUNK))
    widths = _widths(header, first)
    left = chain(first, each)
    sink = _Sink()
    sheets = 0
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("[Content_Types].xml"), _CONTENT_TYPES)
        archive.writestr(_entry("_rels/.rels"), _ROOT)
        archive.writestr(_entry("xl/styles.xml"), _STYLES)
        following: Sequence[Any] | None = None
        while following is not None or not sheets:
            sheets += 1
            with archive.open(f"xl/worksheets/sheet{sheets}.xml", "w") as part:
                _open_sheet(part, header, widths, first=sheets == 1)
                number = 1
                rest = chain([following] if following is not None else [], left)
                while batch := list(islice(rest, min(_CHUNK, ROWS_A_SHEET - number))):
                    part.write("".join(_row(number + n, row) for n, row in enumerate(batch, 1)).encode())
                    number += len(batch)
                    yield from sink.take()
                part.write(b"</sheetData></worksheet>")
            following = next(left, None)
        names = [sheet_name(name, number) for number in range(1, sheets + 1)]
        archive.writestr(_entry("xl/workbook.xml"), _book(names))
        archive.writestr(_entry("xl/_rels/workbook.xml.rels"), _parts(sheets))
    yield from sink.take(all=True)


def _entry(name: str) -> zipfile.ZipInfo:
    """Without the time, so that the same rows give the same file whenever they are written."""
    entry = zipfile.ZipInfo(name)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def sheet_name(name: str, number: int = 1) -> str:
    """A name that Excel takes: at most 31 signs, none of `[]:*?/\\`, no apostrophe at the ends."""
    more = f" {number}" if number > 1 else ""
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f\ud800-\udfff\ufffe\uffff]+", " ", name).strip(" '")
    plain = plain[: 31 - len(more)].strip(" '") or "Table"
    # "History" is a name that Excel keeps for itself.
    return f"{plain}{more}" if plain.casefold() != "history" else f"{plain}-{more}"


def _row(number: int, row: Sequence[Any]) -> str:
    cells = "".join(_cell(f"{_column(place)}{number}", value) for place, value in enumerate(row))
    return f'<row r="{number}">{cells}</row>'


def _cell(at: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, date):
        figure = _day(value)
        value = value.isoformat(" ", "minutes") if isinstance(value, datetime) else value.isoformat()
    else:
        figure = _figure(value)
    return _number(at, *figure) if figure else _text(at, str(value))


def _day(value: date) -> tuple[str, int] | None:
    if not isinstance(value, datetime):
        return (str((value - _EPOCH).days), _DAY) if value >= _FIRST_DAY else None
    if value.date() < _FIRST_DAY:
        return None
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return f"{(value.date() - _EPOCH).days + seconds / 86400:.10f}", _MOMENT


def _figure(value: Any) -> tuple[str, int] | None:
    """A number as it stands in the file, and its style; None for what a spreadsheet would not keep as it is."""
    match value:
        case bool():
            return None
        case int():
            return (str(value), _WHOLE) if len(str(abs(value))) <= _EXACT else None
        case Decimal():
            exact = value.is_finite() and len(value.as_tuple().digits) <= _EXACT
            return (format(value, "f"), _AMOUNT) if exact else None
        case float():
            return (repr(value), 0) if isfinite(value) else None
    return None


def _number(at: str, written: str, style: int) -> str:
    return f'<c r="{at}" s="{style}"><v>{written}</v></c>'


_LEADS = re.compile(r"\s*['=+\-@\uff1d\uff0b\uff0d\uff20]")


def _text(at: str, text: str, style: int | None = None) -> str:
    # What begins like a formula is marked as quoted text: opening the cell and leaving it changes nothing.
    style = style or (_QUOTED if _LEADS.match(text) else _TEXT)
    return f'<c r="{at}" t="inlineStr" s="{style}"><is><t xml:space="preserve">{_plain(text)}</t></is></c>'


def _plain(text: str) -> str:
    """As XML holds it: without what it cannot hold, and with `_x0041_` kept from being read as a sign's number."""
    text = re.sub(r"\r\n?", "\n", text)
    text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", text)[:_LONGEST]
    return escape(re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text), quote=False)


def _open_sheet(part: IO[bytes], header: Sequence[Any], widths: Sequence[int], *, first: bool) -> None:
    """All up to the rows: the header stays in sight, in bold."""
    columns = "".join(
        f'<col min="{place}" max="{place}" width="{width}" customWidth="1"/>' for place, width in enumerate(widths, 1)
    )
    cells = "".join(_text(f"{_column(place)}1", str(title), _HEADER) for place, title in enumerate(header))
    chosen = ' tabSelected="1"' if first else ""
    part.write(
        (
            f'{_XML}<worksheet xmlns="{_MAIN}"><sheetViews><sheetView{chosen} workbookViewId="0">'
            '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
            f'<cols>{columns}</cols><sheetData><row r="1">{cells}</row>'
        ).encode()
    )


def _widths(header: Sequence[Any], rows: Sequence[Sequence[Any]]) -> list[int]:
    """In signs, by the header and the first rows: wide enough to read, never one column alone on the screen."""
    widths = [len(str(value)) + 2 for value in header] or [8]
    for row in rows:
        for place, value in enumerate(row[: len(widths)]):
            shown = "" if value is None else str(value).split("\n", 1)[0]
            widths[place] = max(widths[place], 17 if isinstance(value, datetime) else len(shown) + 1)
    return [min(max(width, 8), 50) for width in widths]


def _column(place: int) -> str:
    """A, B, ... Z, AA, ..."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def _book(names: Sequence[str]) -> str:
    sheets = "".join(
        f'<sheet name="{escape(name)}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(names, 1)
    )
    return (
        f'{_XML}<workbook xmlns="{_MAIN}" xmlns:r="{_RELATED}"><bookViews><workbookView/></bookViews>'
        f"<sheets>{sheets}</sheets></workbook>"
    )


def _parts(sheets: int) -> str:
    parts = "".join(
        f'<Relationship Id="rId{number}" Type="{_RELATED}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, sheets + 1)
    )
    styles = f'<Relationship Id="rId{sheets + 1}" Type="{_RELATED}/styles" Target="styles.xml"/>'
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{parts}{styles}</Relationships>'


class _Sink(RawIOBase):
    """What zipfile writes into: keeps the bytes until they are sent on. It cannot seek."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, data: Any, /) -> int:
        before = len(self._held)
        self._held += data
        return len(self._held) - before

    def take(self, *, all: bool = False) -> Iterator[bytes]:
        if self._held and (all or len(self._held) >= 16_384):
            yield bytes(self._held)
            self._held.clear()
