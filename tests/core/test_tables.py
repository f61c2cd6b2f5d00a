"""Lists as files: opened rightly, read back unchanged, and without a formula in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from flask import Flask, g
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.tables import defused, file_url, table_response

here = Flask(__name__)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def read(body: bytes) -> list[list[str]]:
    text = body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def download(rows: Any, stem: str = "leads", format: str = "csv") -> Any:
    with here.test_request_context("/"):
        response = table_response(format, stem, ["Name", "Phone"], rows)
        response.get_data()
        return response


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+cmd|' /C calc'!A0", "-2+3+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", " =1+1", "＝1", "-", "+",
     "-A1", "'=1", "''@x", "=HYPERLINK(\"http://a.example\")", "+48 22 =1"],
)  # fmt: skip
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert defused(text) == f"'{text}"


@pytest.mark.parametrize(
    "text",
    ["+48 22 123 45 67", "+48221234567", "+31 (0)20 123-4567", "-5", "-1 234,50", "-1.5", "+3", "0123456789", "Łódź",
     "a=b", "'s-Hertogenbosch", "", "1-2", "anna@company.example", "L-7K3F9Q2M", "856-734-62-15"],
)  # fmt: skip
def test_harmless_cells_stay_as_they_are(text: str) -> None:
    assert defused(text) == text


@given(text=st.text() | st.text(alphabet="=+-@'\t\r 0A;\"\n"))
@example(text=" '=1")
def test_no_cell_begins_like_a_formula_and_taking_the_apostrophe_away_gives_the_text_back(text: str) -> None:
    written = defused(text)
    storable = text.replace("\x00", "").encode("utf-8", "replace").decode()
    if written != storable:
        assert written == f"'{storable}"
    else:
        assert not written.lstrip(" '").startswith(DANGEROUS) or not set(written) - set(
            "+-0123456789 .,/()\u00a0\u202f"
        )


@given(rows=st.lists(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"], exclude_characters="\x00")),
                              min_size=2, max_size=2), max_size=5))  # fmt: skip
def test_what_is_written_is_read_back(rows: list[list[str]]) -> None:
    back = read(download(rows).get_data())
    assert back == [["Name", "Phone"], *[[defused(cell) for cell in row] for row in rows]]


def test_the_file_opens_rightly_in_excel() -> None:
    response = download([['Łódź; "x"', "+48 22 123 45 67"], [None, date(2026, 3, 9)], [Decimal("-1.50"), 3]])
    assert response.get_data().decode() == (
        '\ufeffName;Phone\r\n"Łódź; ""x""";+48 22 123 45 67\r\n;2026-03-09\r\n-1,50;3\r\n'
    )
    assert response.headers["Content-Type"] == "text/csv; charset=utf-8"


def test_rows_are_written_while_they_are_read() -> None:
    taken = []

    def rows() -> Iterator[list[int]]:
        for number in range(1000):
            taken.append(number)
            yield [number, 0]

    with here.test_request_context("/"):
        response = table_response("csv", "leads", ["a", "b"], rows())
        assert len(taken) < 200
        assert len(read(b"".join(response.response))) == 1001  # type: ignore[arg-type]  # our chunks are bytes


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_a_query_that_fails_is_an_error_and_not_a_broken_file(format: str) -> None:
    def rows() -> Iterator[list[str]]:
        raise LookupError
        yield []

    with here.test_request_context("/"), pytest.raises(LookupError):
        table_response(format, "leads", ["a"], rows())


@pytest.mark.parametrize(
    ("stem", "header"),
    [
        ("leads", 'attachment; filename="leads.csv"'),
        ("zgłoszenia", "attachment; filename=\"zgloszenia.csv\"; filename*=UTF-8''zg%C5%82oszenia.csv"),
        ("../../etc/passwd", 'attachment; filename="passwd.csv"'),
        ('a"\r\nX-Evil: 1;', "attachment; filename=\"aX-Evil 1.csv\"; filename*=UTF-8''a%22X-Evil%3A%201%3B.csv"),
        ("...", 'attachment; filename="table.csv"'),
        ("\ud800", 'attachment; filename="table.csv"'),
    ],
)
def test_a_file_name_is_safe(stem: str, header: str) -> None:
    assert download([], stem).headers["Content-Disposition"] == header


def test_a_workbook_comes_with_its_name_and_kind() -> None:
    response = download([["Łódź", "+48 22 123 45 67"], ["=1+1", "-5"]], "zgłoszenia", "xlsx")
    assert response.headers["Content-Type"] == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="zgloszenia.xlsx"')
    assert response.headers["Cache-Control"] == "no-store"
    book = openpyxl.load_workbook(io.BytesIO(response.get_data()))
    assert book.sheetnames == ["Zgłoszenia"]
    assert [[cell.value for cell in row] for row in book.active.iter_rows()] == [
        ["Name", "Phone"],
        ["Łódź", "+48 22 123 45 67"],
        ["=1+1", "-5"],
    ]


def test_moments_are_written_by_the_vendors_clock(app: Flask) -> None:
    late = datetime(2026, 6, 30, 22, 30, tzinfo=UTC)
    with app.test_request_context("/"):
        g.gangway_zone = ZoneInfo("Europe/Amsterdam")
        written = read(table_response("csv", "leads", ["At"], [[late]]).get_data())
        book = openpyxl.load_workbook(io.BytesIO(table_response("xlsx", "leads", ["At"], [[late]]).get_data()))
    assert written[1] == ["2026-07-01 00:30"]
    assert str(book.active["A2"].value) == "2026-07-01 00:30:00"


def test_a_file_is_narrowed_as_the_page_is(app: Flask) -> None:
    with app.test_request_context("/desk/accounts?q=a%26b&sort=name&state=&cursor=x&format=z&_external=1&endpoint=e"):
        url = file_url("customers_desk.accounts_file", "xlsx")
    assert url == "/desk/accounts/accounts.xlsx?q=a%26b&sort=name&format=z&_external=1&endpoint=e"
