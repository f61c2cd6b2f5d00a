"""Whatever people send: read rightly, or said clearly."""

from __future__ import annotations

import io
import time
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from flask import Flask
from openpyxl import Workbook
from werkzeug.datastructures import FileStorage

from app.access.permissions import P
from app.core.files import XLSX, FileRefused
from app.core.i18n import _, _l, in_locale
from app.imports.importer import Column, Importer
from app.imports.reading import CSV, XML, ZIP, FileProblem, ReadLine, document, open_file, receive, together

pytestmark = pytest.mark.usefixtures("context")


class Names(Importer):
    code = "names"
    title = "Names"
    permission = P.IMPORT
    columns = (
        Column("name", "Name", True),
        Column("city", _l("City")),
        Column("net", _l("Net amount")),
        Column("old", "Old", ignored=True),
    )


class Documents(Names):
    documents = True


def lines(content: bytes | str, kind: str = CSV, locale: str = "en") -> list[ReadLine]:
    content = content.encode() if isinstance(content, str) else content
    return list(open_file(content, kind, Names(), locale))


def cells(content: bytes | str, kind: str = CSV, locale: str = "en") -> list[dict[str, str]]:
    return [dict(line.cells) for line in lines(content, kind, locale)]


def problem(content: bytes | str, kind: str = CSV) -> str:
    with pytest.raises(FileProblem) as caught:
        lines(content, kind)
    return " ".join(str(message) for message in caught.value.messages)


def a_workbook(*rows: Any, sheets: int = 1) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    for _number in range(sheets - 1):
        book.create_sheet()
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(content: bytes, change: dict[str, Any]) -> bytes:
    """The workbook with some of its parts changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            data = old.read(part)
            new.writestr(part, change[part](data) if part in change else data)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"
ZOLC = {"name": "Łukasz Żółć", "city": "Łódź"}


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_every_separator_is_found(separator: str) -> None:
    assert cells(f"name{separator}city\nA{separator}B\n") == [{"name": "A", "city": "B"}]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1250"])
def test_polish_letters_arrive_in_every_encoding(encoding: str) -> None:
    assert cells("name;city\r\nŁukasz Żółć;Łódź\r\n".encode(encoding)) == [ZOLC]


def test_western_letters_arrive_and_the_guess_is_told() -> None:
    content = "name;city\r\nEloïse Châtelain;Orléans à côté\r\n".encode("cp1252")
    reading = open_file(content, CSV, Names(), "fr")
    assert reading.encoding == "Windows-1252"
    assert next(reading).cells["name"] == "Eloïse Châtelain"
    assert open_file("name\nPaweł".encode("cp1250"), CSV, Names(), "en").encoding == "Windows-1250"
    assert open_file("name\nPaweł".encode(), CSV, Names(), "en").encoding == ""


def test_lines_are_numbered_as_a_spreadsheet_does() -> None:
    text = 'name;city\nA;"two\nlines"\n\nB;"say ""so"""\n'
    assert [(line.number, line.cells["city"]) for line in lines(text)] == [(2, "two\nlines"), (4, 'say "so"')]
    assert [line.number for line in lines("sep=;\nname;city\nA;B\n")] == [3]


def test_headings_are_codes_or_labels_of_any_language_in_any_order() -> None:
    assert cells("CITY;Name\nB;A") == [{"city": "B", "name": "A"}]
    with in_locale("pl"):
        city = str(_("City"))
    assert city != "City"
    assert cells(f"{city};name;Old;What is wrong\nB;A;x;because") == [{"city": "B", "name": "A"}]


def test_what_our_own_export_put_in_front_of_formulas_is_taken_away() -> None:
    assert cells("name;city\n'=1+1;''+x\n'Quoted';+48 22 123\n") == [
        {"name": "=1+1", "city": "'+x"},
        {"name": "'Quoted'", "city": "+48 22 123"},
    ]


def test_everything_wrong_with_the_header_is_said_at_once() -> None:
    said = problem("city;city;colour\n1;2;3\n")
    assert "missing: Name" in said
    assert "not known here: colour" in said
    assert "more than once: City" in said
    assert "none of the names" in problem("a;b\n1;2")


@pytest.mark.parametrize("content", ["", "\n\n", "  ;  \n"])
def test_an_empty_file_is_said(content: str) -> None:
    assert "nothing in this file" in problem(content)


def test_only_a_header_has_no_lines() -> None:
    assert cells("name;city\n") == []


def test_an_open_quotation_mark_is_named_with_its_line() -> None:
    assert "Line 3" in problem('name;city\nA;B\n"C;D\nE;F\n')
    assert "Line 2" in problem('name;city\n"A" x;B\n')


def test_a_cell_beyond_the_limit_and_text_beyond_the_columns_are_faults_of_their_line() -> None:
    long, stray, good = lines("name;city\n" + "x" * 10_001 + ";\nA;B;C\nA;B;\n")
    assert [column for column, _said in long.faults] == ["name"]
    assert len(long.cells["name"]) == 10_000
    assert "C" in stray.faults[0][1]
    assert not good.faults


def test_what_cannot_be_stored_is_marked_for_every_check_to_refuse() -> None:
    assert cells("name\nA\x00B\n") == [{"name": "A\ufffdB"}]
    assert (
        "\ufffd"
        in cells(b"\xff\xfe" + "name\nA".encode("utf-16-le") + b"\x00\xd8" + "B\n".encode("utf-16-le"))[0]["name"]
    )


def test_more_lines_than_the_limit_are_refused() -> None:
    assert "100,000 lines" in problem("name\n" + "A\n" * 100_001)


# --- workbooks --------------------------------------------------------------------------------------------------------


def test_cells_of_a_workbook_read_as_people_would_type_them() -> None:
    rows = [
        ["name", "city", "net"],
        ["A", 8567346215, 1234.5],
        [True, datetime(2026, 3, 9), 0.1 + 0.2],  # noqa: DTZ001 - a workbook knows no time zones
        [None, None, None],
        ["B", date(2026, 3, 9), 12],
    ]
    found = lines(a_workbook(*rows), XLSX)
    assert [tuple(line.cells.values()) for line in found] == [
        ("A", "8567346215", "1234.5"),
        ("yes", "2026-03-09", "0.3"),
        ("B", "2026-03-09", "12"),
    ]
    assert [line.number for line in found] == [2, 3, 5]


def test_the_first_of_two_hundred_sheets_is_read() -> None:
    assert cells(a_workbook(["name"], ["A"], sheets=200), XLSX) == [{"name": "A"}]


def test_formulas_without_their_results_are_said_and_those_with_them_are_read() -> None:
    plain = a_workbook(["name", "net"], ["A", "=1+1"])
    assert "formulas" in problem(plain, XLSX)
    counted = repacked(
        plain,
        {
            SHEET: lambda data: (
                data.replace(b"<v></v>", b"<v>2</v>").replace(b"<v/>", b"<v>2</v>").replace(b"<v />", b"<v>2</v>")
            )
        },
    )
    assert cells(counted, XLSX) == [{"name": "A", "net": "2"}]


@pytest.mark.on("sqlite")
def test_bombs_and_entities_are_refused_before_anything_is_built() -> None:
    plain = a_workbook(["name"], ["A"])
    bomb = repacked(plain, {SHEET: lambda data: data.replace(b"</sheetData>", b" " * 140_000_000 + b"</sheetData>")})
    assert "too large" in problem(bomb, XLSX)
    entity = repacked(
        plain,
        {SHEET: lambda data: data.replace(b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet', 1)},
    )
    assert "cannot be opened" in problem(entity, XLSX)
    far = repacked(
        plain, {SHEET: lambda data: data.replace(b'r="2"', b'r="99999999999"').replace(b'r="A2"', b'r="A99999999999"')}
    )
    begun = time.monotonic()
    lines(far, XLSX)
    assert time.monotonic() - begun < 10, "a row far away is not walked to"


def test_a_broken_workbook_is_said() -> None:
    plain = a_workbook(["name"], ["A"])
    assert "cannot be opened" in problem(plain[: len(plain) // 2], XLSX)
    assert "cannot be opened" in problem(repacked(plain, {SHEET: lambda data: data[:-40]}), XLSX)


# --- receiving --------------------------------------------------------------------------------------------------------


def refusal(content: bytes, importer: Importer | None = None) -> str:
    with pytest.raises(FileRefused) as caught:
        receive(FileStorage(io.BytesIO(content), "list.csv"), importer or Names())
    return str(caught.value.message)


def kind(content: bytes, importer: Importer | None = None) -> str:
    return receive(FileStorage(io.BytesIO(content), "list.csv"), importer or Names()).content_type


def test_the_kind_is_told_by_the_content() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.xml", "<Invoice/>")
        packed.writestr("b.xml", "<Invoice/>")
    assert kind(b"name\nA") == CSV
    assert kind(a_workbook(["name"])) == XLSX
    assert kind(b"<?xml version='1.0'?><Invoice/>", Documents()) == XML
    assert kind("<Invoice/>".encode("utf-16"), Documents()) == XML
    assert kind(archive.getvalue(), Documents()) == ZIP
    assert [line.cells["file"] for line in open_file(archive.getvalue(), ZIP, Documents(), "en")] == ["a.xml", "b.xml"]
    assert document(archive.getvalue(), ZIP, "b.xml") == b"<Invoice/>"


def test_what_cannot_be_read_is_refused_with_what_to_do() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("a.txt", "A")
    macros = io.BytesIO(a_workbook(["name"]))
    with zipfile.ZipFile(macros, "a") as packed:
        packed.writestr("xl/vbaProject.bin", b"x")
    assert "macros" in refusal(macros.getvalue())
    assert "Save it as CSV" in refusal(archive.getvalue())
    assert "Save it as CSV" in refusal(b"<?xml version='1.0'?><Invoice/>")
    assert "XML documents" in refusal(archive.getvalue(), Documents())
    assert "Save it as CSV" in refusal(b"%PDF-1.7 ...")
    assert "empty" in refusal(b"\xef\xbb\xbf \r\n")


def test_several_documents_travel_as_one(app: Flask) -> None:
    sent = [
        receive(FileStorage(io.BytesIO(f"<Invoice>{number}</Invoice>".encode()), "same.xml"), Documents())
        for number in range(3)
    ]
    one = together(sent)
    found = list(open_file(one.content, one.content_type, Documents(), "en"))
    assert {document(one.content, one.content_type, line.cells["file"]) for line in found} == {
        b"<Invoice>0</Invoice>",
        b"<Invoice>1</Invoice>",
        b"<Invoice>2</Invoice>",
    }
