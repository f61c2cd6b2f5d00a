"""Lists that can be imported come back as they went out, as CSV and as a workbook, formulas and phone numbers too."""

from __future__ import annotations

import io

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from app.core.files import XLSX
from app.imports.reading import CSV
from tests.imports.sentences import a_company, csv_of, imported, numbers_of, previewed, reasons_of, somebody_who_imports
from tests.sentences import a_reseller, sign_in

pytestmark = pytest.mark.usefixtures("context")

ADDRESSES = {
    "accounts": "/desk/accounts/accounts",
    "leads": "/desk/leads/leads",
}


def every_cell(content: bytes, format: str) -> list[str]:
    if format == "csv":
        return content.decode("utf-8-sig").replace("\r\n", ";").split(";")
    book = load_workbook(io.BytesIO(content))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"], "a formula"
    return [str(cell.value) for cell in cells]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", ADDRESSES)
def test_what_went_out_comes_back_unchanged(client: FlaskClient, kind: str, format: str) -> None:
    by = somebody_who_imports("administrator")
    a_reseller("Polana", name_sort="polana")
    names = ["=HYPERLINK(1)", "+Plus", "-5", "@home", "'quoted", "Plain; with a semicolon"]
    lines = [a_company(company_name=name, street=f"-{number}", reseller="Polana") for number, name in enumerate(names)]
    assert numbers_of(imported(kind, csv_of(lines), by)) == (6, 0, 0, 0)
    sign_in(client, by)
    content = client.get(f"{ADDRESSES[kind]}.{format}").get_data()
    assert every_cell(content, format).count("+48 22 123 45 67") == 6
    again = previewed(kind, content, by, content_type=XLSX if format == "xlsx" else CSV)
    assert numbers_of(again) == (0, 0, 6, 0), reasons_of(again)
