"""Workbooks: values of their kind, text that stays text, and memory that does not grow with the list."""

from __future__ import annotations

import io
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core import workbook as module
from app.core.workbook import sheet_name, workbook

DANGEROUS = [
    "=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "＝1", "'=1", "#N/A", "TRUE", "1E5",
    '=HYPERLINK("http://a.example")',
]  # fmt: skip
NAMES = ["+48 22 123 45 67", "-5", "0123456789", "007", 'Łódź & <Zgierz> "x"', "a\nb", " blank ", "9 maja", "1/2"]


def opened(header: list[Any], rows: Any, name: str = "Leads") -> Any:
    return openpyxl.load_workbook(io.BytesIO(b"".join(workbook(name, header, rows))))


def rows_of(book: Any) -> list[tuple[Any, ...]]:
    return list(book.active.iter_rows(values_only=True))


@pytest.mark.parametrize("text", DANGEROUS + NAMES)
def test_text_stays_the_text_it_is(text: str) -> None:
    cell = opened(["Name"], [[text]]).active["A2"]
    assert (cell.value, cell.data_type) in {(text, "s"), (text, "inlineStr")}


def test_dates_amounts_and_numbers_are_cells_of_their_kind() -> None:
    moment = datetime(2026, 3, 9, 14, 5, tzinfo=UTC).replace(tzinfo=None)
    row = [date(2026, 3, 9), moment, Decimal("-1234.50"), 42, 0.5, None]
    sheet = opened(["a", "b", "c", "d", "e", "f"], [row]).active
    assert [cell.value for cell in sheet[2]] == [moment.replace(hour=0, minute=0), moment, -1234.5, 42, 0.5, None]
    formats = [cell.number_format for cell in sheet[2]]
    assert formats[:4] == ["yyyy\\-mm\\-dd", "yyyy\\-mm\\-dd\\ hh:mm", "#,##0.00", "0"]


@pytest.mark.parametrize(
    "value", [10**15, Decimal("12345678901234.567"), Decimal("NaN"), float("inf"), date(1850, 1, 1), True]
)
def test_what_a_spreadsheet_would_change_is_text(value: Any) -> None:
    cell = opened(["a"], [[value]]).active["A2"]
    assert cell.value == str(value)


def test_the_header_is_bold_and_stays_in_sight_and_columns_are_as_wide_as_their_words() -> None:
    sheet = opened(["Reference", "A very long column name"], [["L-7K3F9Q2M", "x" * 400]]).active
    assert sheet["A1"].font.bold
    assert not sheet["A2"].font.bold
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["A"].width == 11
    assert sheet.column_dimensions["B"].width == 50


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Leads", "Leads"),
        ("a/b\\c[d]:e*f?", "a b c d e f"),
        ("'x'", "x"),
        ("", "Table"),
        ("History", "History-"),
        ("Ł" * 40, "Ł" * 31),
    ],
)
def test_a_sheet_has_a_name_that_excel_takes(name: str, shown: str) -> None:
    assert sheet_name(name) == shown
    assert opened(["a"], [], name).sheetnames == [shown]


def test_an_empty_list_has_its_header() -> None:
    assert rows_of(opened(["a", "b"], [])) == [("a", "b")]


def test_a_list_longer_than_a_sheet_goes_on_in_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "ROWS_A_SHEET", 5)
    book = opened(["n"], [[number] for number in range(9)])
    assert book.sheetnames == ["Leads", "Leads 2", "Leads 3"]
    assert [[cell.value for cell in sheet["A"]] for sheet in book] == [["n", 0, 1, 2, 3], ["n", 4, 5, 6, 7], ["n", 8]]
    assert opened(["n"], [[number] for number in range(8)]).sheetnames == ["Leads", "Leads 2"]


@given(rows=st.lists(st.lists(st.text() | st.integers() | st.dates() | st.none(), min_size=2, max_size=2), max_size=5))
@example(rows=[["\x00\x1f", "\ud800"], ["\ufffe\uffff", "]]>&amp;"], ["\r\n", "x" * 40_000]])
def test_whatever_stands_in_a_cell_the_file_can_be_read(rows: list[list[Any]]) -> None:
    assert 1 <= len(rows_of(opened(["a", "b"], rows))) <= 1 + len(rows)  # blank ones at the end do not count


@given(text=st.text(st.characters(exclude_categories=["Cc", "Cs"], exclude_characters="_\ufffe\uffff"), min_size=1))
def test_text_comes_back_as_it_was(text: str) -> None:
    assert rows_of(opened(["a"], [[text]])) == [("a",), (text,)]


def test_rows_are_written_while_they_are_read_and_memory_stays_flat() -> None:
    taken = 0

    def rows(many: int) -> Iterator[list[Any]]:
        nonlocal taken
        for taken in range(many):
            yield [f"Company {taken * 7919 % 10_007}", taken, date(2026, 3, 9)]

    def peak(many: int) -> int:
        tracemalloc.start()
        for _chunk in workbook("x", ["a", "b", "c"], rows(many)):
            pass
        return tracemalloc.get_traced_memory()[1]

    next(workbook("x", ["a", "b", "c"], rows(100_000)))
    assert taken < 5_000
    small = peak(2_000)
    assert peak(20_000) < small * 1.5
    tracemalloc.stop()
