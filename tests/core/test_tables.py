"""CSV files: opened rightly, read back unchanged, and without a formula in them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from app.core.tables import csv_response, defused

here = Flask(__name__)
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


def read(body: bytes) -> list[list[str]]:
    text = body.decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))


def download(rows: Any, filename: str = "leads.csv") -> Any:
    with here.test_request_context("/"):
        response = csv_response(filename, ["Name", "Phone"], rows)
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
        response = csv_response("leads.csv", ["a", "b"], rows())
        assert len(taken) < 200
        assert len(read(b"".join(response.response))) == 1001  # type: ignore[arg-type]  # our chunks are bytes


def test_a_query_that_fails_is_an_error_and_not_a_broken_file() -> None:
    def rows() -> Iterator[list[str]]:
        raise LookupError
        yield []

    with here.test_request_context("/"), pytest.raises(LookupError):
        csv_response("leads.csv", ["a"], rows())


@pytest.mark.parametrize(
    ("filename", "header"),
    [
        ("leads.csv", 'attachment; filename="leads.csv"'),
        ("zgłoszenia.csv", "attachment; filename=\"zgloszenia.csv\"; filename*=UTF-8''zg%C5%82oszenia.csv"),
        ("../../etc/passwd", 'attachment; filename="passwd.csv"'),
        ('a"\r\nX-Evil: 1;.csv', "attachment; filename=\"aX-Evil 1.csv\"; filename*=UTF-8''a%22X-Evil%3A%201%3B.csv"),
        ("...", 'attachment; filename="table.csv"'),
        ("\ud800", 'attachment; filename="table.csv"'),
    ],
)
def test_a_file_name_is_safe(filename: str, header: str) -> None:
    assert download([], filename).headers["Content-Disposition"] == header
