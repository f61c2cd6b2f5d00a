"""Lists in a spreadsheet program: a real LibreOffice opens our files, and what it saves says what we wrote."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask

from app.core.tables import table_response

pytestmark = pytest.mark.sweep

MOMENT = datetime(2026, 3, 9, 14, 5, tzinfo=UTC).replace(tzinfo=None)
HEADER = ["Text", "Phone", "Number", "Day", "Moment", "Amount", "Whole"]
ROWS: list[list[Any]] = [
    ["=1+1", "+48 22 123 45 67", "0123456789", date(2026, 3, 9), MOMENT, Decimal("-1234.50"), -5],
    ["-5", "+31 20 123 45 67", "@SUM(A1)", date(1999, 12, 31), None, Decimal("0.10"), 42],
    ['Łódź "x"; y\nz', "+358 9 123 4567", "'=1", None, None, None, None],
    ['=HYPERLINK("http://a.example")', "", "-2+3+cmd|' /C calc'!A0", None, None, None, None],
]
POLISH = "1045"
"""Decimal commas, as in all our languages but English."""

Convert = Callable[[bytes, str, str], Path]


@pytest.fixture
def convert(tmp_path: Path) -> Convert:
    """Has LibreOffice open a file and save it as another kind."""
    program = os.environ.get("GANGWAY_SOFFICE") or shutil.which("soffice")
    if program is None:
        pytest.fail(
            "LibreOffice is not here, so nobody checked what it makes of our files. Install libreoffice-calc"
            " (apt-get install --no-install-recommends libreoffice-calc), or name it in GANGWAY_SOFFICE."
        )

    def run(content: bytes, ending: str, wanted: str) -> Path:
        source = tmp_path / f"list{ending}"
        source.write_bytes(content)
        # Semicolon, quotation mark, UTF-8, from line 1, the language of the numbers, dates recognised.
        reading = [f"--infilter=CSV:59,34,76,1,,{POLISH},false,true"] if ending == ".csv" else []
        writing = "csv:Text - txt - csv (StarCalc):59,34,76,1,,0,false,true" if wanted == ".csv" else wanted[1:]
        out = tmp_path / "out"
        command = [
            program, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", *reading,
            "--convert-to", writing, "--outdir", str(out), str(source),
        ]  # fmt: skip
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return out / f"list{wanted}"

    return run


@pytest.fixture
def written(app: Flask) -> Callable[[str], bytes]:
    def write(format: str) -> bytes:
        with app.test_request_context("/"):
            return table_response(format, "list", HEADER, ROWS).get_data()

    return write


def rows_of(path: Path) -> list[list[Any]]:
    sheet = openpyxl.load_workbook(path).active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    return [[cell.value for cell in row] for row in sheet.iter_rows()]


def test_a_workbook_is_saved_with_the_values_it_had(convert: Convert, written: Callable[[str], bytes]) -> None:
    rows = rows_of(convert(written("xlsx"), ".xlsx", ".xlsx"))
    assert rows[0] == HEADER
    for row, was in zip(rows[1:], ROWS, strict=True):
        day = datetime.combine(was[3], datetime.min.time()) if was[3] else None
        amount = float(was[5]) if was[5] is not None else None
        assert row == [was[0], was[1] or None, was[2], day, was[4], amount, was[6]]


def test_a_workbook_becomes_the_same_table(convert: Convert, written: Callable[[str], bytes]) -> None:
    with convert(written("xlsx"), ".xlsx", ".csv").open(newline="", encoding="utf-8-sig") as file:
        rows = list(csv.reader(file, delimiter=";"))
    assert [row[:3] for row in rows] == [row[:3] for row in (HEADER, *ROWS)]
    assert rows[1][6] == "-5"


def test_a_table_becomes_a_workbook_without_formulas(convert: Convert, written: Callable[[str], bytes]) -> None:
    rows = rows_of(convert(written("csv"), ".csv", ".xlsx"))
    assert [row[1] for row in rows] == ["Phone", "+48 22 123 45 67", "+31 20 123 45 67", "+358 9 123 4567", None]
    assert [row[0] for row in rows[1:]] == ["'=1+1", -5, ROWS[2][0], "'" + ROWS[3][0]]
    assert [row[2] for row in rows[2:]] == ["'@SUM(A1)", "''=1", "'" + ROWS[3][2]]
    assert rows[1][3:] == [datetime.combine(ROWS[0][3], datetime.min.time()), MOMENT, -1234.5, -5]
