"""CSV however it was saved: its encoding, its separator, its lines."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

from app.core.i18n import _l
from app.core.tables import bared
from app.imports.reading.kinds import MOST_COLUMNS, TABLES_ONLY, FileProblem


def text_of(content: bytes, locale: str) -> tuple[str, str]:
    """The text, and its encoding where that had to be guessed.

    Raises:
        FileProblem: it is no text.
    """
    text, encoding = _decoded(content, locale)
    controls = sum(text.count(sign) for sign in _CONTROLS)
    if controls > 20 and controls * 200 > len(text):
        raise FileProblem(TABLES_ONLY)
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


def csv_rows(text: str) -> Iterator[tuple[int, list[str]]]:
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
        yield number, [bared(clean(cell)) for cell in row[:MOST_COLUMNS]]


def _separator(first: str) -> str:
    plain = re.sub(r'"[^"]*"', "", first)
    return max(";,\t|", key=plain.count) if any(sign in plain for sign in ";,\t|") else ";"


_UNSTORABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def clean(text: str) -> str:
    """Without blanks around it; what no database keeps becomes a sign that every check of text refuses."""
    return _UNSTORABLE.sub("\ufffd", text).strip(" \t\r\n\u00a0\u202f\ufeff\x1a")
