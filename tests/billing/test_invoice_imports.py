"""Invoices from files: tables and documents end alike, the preview says what is matched, and twice changes nothing."""

from __future__ import annotations

import io
import zipfile
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import Invoice, InvoiceKind, InvoiceSource
from app.core.db import db
from app.core.files import XLSX, store
from app.imports import service
from app.imports.models import ImportLine, ImportRun, ImportState
from app.imports.reading import XML, ZIP
from app.people.models import Person
from tests.billing.invoice_sentences import a_document, a_period, amounts, kept
from tests.imports.sentences import csv_of, fresh, lines_of, previewed, sent, somebody_who_imports, the_worker_works
from tests.leads.sentences import an_account
from tests.queries import counting
from tests.sentences import a_reseller, csrf_of, sign_in

pytestmark = pytest.mark.usefixtures("context")

DOCUMENTS = Path(__file__).parent / "documents"
KSEF = "5265877635-20250826-0100001AF629-AF"
LINE = {
    "number": "FV/2026/1",
    "issued_on": "2026-03-02",
    "due_on": "16.03.2026",
    "currency": "pln",
    "buyer_name": "Wooden Toys",
    "buyer_country": "PL",
    "buyer_number": "856-734-62-15",
    "net": "1 000,00",
    "vat_rate": "23 %",
}


@pytest.fixture
def finance() -> Person:
    return somebody_who_imports("finance")


def applied(run: ImportRun, by: Person) -> ImportRun:
    service.apply(run.id, by)
    the_worker_works()
    return fresh(run)


def document(name: str) -> bytes:
    return (DOCUMENTS / name).read_bytes()


def archive(**documents: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in documents.items():
            packed.writestr(f"{name}.xml", content)
    return out.getvalue()


def invoice(number: str) -> Invoice:
    found: Invoice = db.session.scalars(
        sa.select(Invoice)
        .where(Invoice.number == number)
        .options(
            *(
                sa.orm.selectinload(each)
                for each in (Invoice.vat_totals, Invoice.periods, Invoice.account, Invoice.document)
            )
        )
        .execution_options(populate_existing=True)
    ).one()
    return found


def reasons(run: Any) -> list[Any]:
    return [reason for line in lines_of(run) for reason in line.why]


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_line_becomes_an_invoice(finance: Person) -> None:
    account = an_account(of=a_reseller(), company_number="8567346215")
    account_id, words = account.id, f"{account.company_name} ({account.ref})"
    run = previewed("invoices", csv_of([LINE]), finance)
    assert (run.state, run.new) == (ImportState.READY, 1)
    changes = lines_of(run)[0].before_and_after
    assert changes["account"][1] == words
    assert changes["due_on"][1] == "16 March 2026"
    applied(run, finance)
    found = invoice("FV/2026/1")
    assert (found.gross, found.due_on, found.currency) == (Decimal("1230.00"), date(2026, 3, 16), "PLN")
    assert (found.source, found.account_id) == (InvoiceSource.CSV, account_id)


def test_a_line_has_room_for_four_rates(finance: Person) -> None:
    line = {
        **LINE, "net_2": "100", "vat_rate_2": "8", "vat_2": "8,01", "net_3": "50", "vat_rate_3": "0",
        "net_4": "10", "gross": "1398,01",
    }  # fmt: skip
    applied(previewed("invoices", csv_of([line]), finance), finance)
    assert [(one.rate, one.net, one.vat) for one in invoice("FV/2026/1").vat_totals] == [
        (Decimal(23), Decimal(1000), Decimal(230)),
        (Decimal(8), Decimal(100), Decimal("8.01")),
        (Decimal(0), Decimal(50), Decimal(0)),
        (None, Decimal(10), Decimal(0)),
    ]


def test_a_credit_note_is_told_by_its_kind_in_any_language(finance: Person) -> None:
    kept(a_document("FV/2026/1", vat_totals=(amounts("1000.00"),)))
    line = {**LINE, "number": "K/1", "kind": "Credit note", "credits_number": "FV/2026/1"}
    applied(previewed("invoices", csv_of([line]), finance), finance)
    assert (invoice("K/1").kind, invoice("FV/2026/1").credited) == (InvoiceKind.CREDIT_NOTE, Decimal("1230.00"))


def test_a_table_of_payments_needs_only_the_number(finance: Person) -> None:
    kept(a_document("FV/2026/1"))
    run = previewed("invoices", csv_of([{"number": "FV/2026/1", "paid": "23,00"}]), finance)
    assert (run.changed, lines_of(run)[0].before_and_after) == (1, {"paid": ("0.00", "23.00")})
    applied(run, finance)
    assert invoice("FV/2026/1").paid == Decimal("23.00")
    assert previewed("invoices", csv_of([{"number": "FV/2026/1", "paid": "23,00"}]), finance).unchanged == 1


@pytest.mark.parametrize(
    ("cells", "column", "said"),
    [
        ({"net": "", "vat_rate": ""}, "net", "A new invoice needs this."),
        ({"currency": "XXQ"}, "currency", "Amounts in the currency XXQ cannot be kept."),
        ({"currency": "zł"}, "currency", "Write the code of the currency, such as EUR or PLN."),
        ({"issued_on": "31-02-2026"}, "issued_on", ""),
        ({"vat_rate": "", "vat": "230"}, "vat_rate", "VAT is charged here: enter its rate."),
        ({"gross": "1231"}, "gross", "together they are 1230.00, and the invoice says 1231.00."),
        ({"vat": "300"}, "net", "The VAT of a rate does not fit its net amount: it is 300.00 instead of about 230.00."),
        ({"account": "A-00000000"}, "account", "There is no account with this reference."),
        ({"periods": "B-1"}, "periods", "This is no id of a billing period: B-1"),
        ({"kind": "offer"}, "kind", "Write: invoice, or credit_note."),
        ({"net_2": "", "vat_rate_2": "8"}, "net_2", "Enter the net amount for this VAT rate."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_column(finance: Person, cells: dict[str, str], column: str, said: str) -> None:
    run = previewed("invoices", csv_of([{**LINE, **cells}]), finance)
    assert run.wrong == 1
    assert [found for found, _sentence in reasons(run)] == [column]
    assert said in reasons(run)[0][1]


def test_our_own_list_can_be_sent_back_and_changes_nothing(client: FlaskClient, finance: Person) -> None:
    kept(a_document("FV/2026/1", vat_totals=(amounts("1000.00"), amounts("100.00", "8.00")), paid=Decimal("10.00")))
    kept(a_document("FV/2026/2", vat_totals=(amounts("10.00", None),), kind=InvoiceKind.CREDIT_NOTE))
    sign_in(client, finance)
    for format in ("csv", "xlsx"):
        content = client.get(f"/desk/invoices/invoices.{format}").get_data()
        more = {} if format == "csv" else {"content_type": XLSX}
        run = previewed("invoices", content, finance, **more)
        assert (run.state, run.unchanged, run.wrong) == (ImportState.READY, 2, 0), reasons(run)


# --- documents --------------------------------------------------------------------------------------------------------


def test_a_document_becomes_an_invoice_and_is_kept_with_it(app: Flask, finance: Person) -> None:
    ref = an_account(of=a_reseller(), company_number="8567346215").ref
    content = document("fa3/two-rates.xml")
    run = previewed("invoices", content, finance, content_type=XML)
    assert run.new == 1
    line = lines_of(run)[0]
    assert line.name == "FV/2026/03/0007 · Papiernia Żółw Sp. z o.o."
    assert line.before_and_after["account"][1].endswith(f"({ref})")
    assert line.before_and_after["unlinked"][1] == "B-7K3F9Q2M/12, B-0X4T8W1N/2"
    applied(run, finance)
    found = invoice("FV/2026/03/0007")
    assert (found.source, found.gross, found.paid) == (InvoiceSource.FA3, Decimal("1338.00"), Decimal("338.00"))
    with store().open(found.document.key) as file:
        assert file.read() == content


def test_documents_in_an_archive_are_lines_and_the_wrong_ones_are_told(finance: Person) -> None:
    packed = archive(
        **{
            KSEF: document("fa3/two-rates.xml"),
            "kor": document("fa3/correction.xml"),
            "ubl": document("ubl/nl-two-rates.xml"),
            "finvoice": document("finvoice/latin9-exempt.xml"),
            "cii": document("cii/usd-exempt.xml"),
            "laughs": document("hostile/billion-laughs.xml"),
            "again": document("ubl/nl-two-rates.xml"),
            "empty": b"",
        }
    )
    run = previewed("invoices", packed, finance, content_type=ZIP)
    assert (run.new, run.wrong) == (5, 3)
    applied(run, finance)
    assert invoice("FV/2026/03/0007").ksef_number == KSEF
    assert invoice("FV/2026/03/0007").credited == Decimal("470.40")
    again = previewed("invoices", packed, finance, content_type=ZIP)
    assert (again.new, again.changed, again.unchanged, again.wrong) == (0, 0, 5, 3)


def test_periods_that_a_document_names_are_linked_and_their_account_is_the_invoices(finance: Person) -> None:
    reseller = a_reseller()
    account = an_account(of=reseller)
    ref, account_id, period = account.ref, account.id, a_period(account, of=reseller).ref
    content = document("ubl/nl-two-rates.xml").replace(b"B-7K3F9Q2M/3", period.encode())
    content = content.replace(b'"EUR"', b'"PLN"').replace(b">EUR<", b">PLN<")
    run = previewed("invoices", content, finance, content_type=XML)
    assert lines_of(run)[0].before_and_after["periods"][1] == period
    assert lines_of(run)[0].before_and_after["account"][1].endswith(f"({ref})")
    applied(run, finance)
    found = invoice("2026-0117")
    assert ([each.ref for each in found.periods], found.account_id) == ([period], account_id)


def test_a_newer_document_is_shown_before_it_changes_anything(finance: Person) -> None:
    applied(previewed("invoices", document("ubl/nl-two-rates.xml"), finance, content_type=XML), finance)
    newer = document("ubl/nl-two-rates.xml").replace(b"2026-04-01", b"2026-05-01")
    run = previewed("invoices", newer, finance, content_type=XML)
    assert lines_of(run)[0].before_and_after == {"due_on": ("2026-04-01", "2026-05-01")}
    assert invoice("2026-0117").due_on == date(2026, 4, 1)


def test_the_file_of_a_refused_document_is_not_left_behind(app: Flask, finance: Person) -> None:
    run = previewed("invoices", document("ubl/nl-two-rates.xml"), finance, content_type=XML)
    kept(a_document("2026-0117", kind=InvoiceKind.CREDIT_NOTE))
    before = _stored(app)
    applied(run, finance)
    assert [line.verdict for line in lines_of(run)] == ["wrong"]
    assert _stored(app) == before


def _stored(app: Flask) -> int:
    return sum(1 for path in Path(app.config["GANGWAY"].storage_url).rglob("*") if path.is_file())


@pytest.mark.parametrize("files", [["two-rates.xml"], ["two-rates.xml", "correction.xml"]])
def test_documents_are_sent_on_the_page_several_at_once(client: FlaskClient, finance: Person, files: list[str]) -> None:
    sign_in(client, finance)
    path = "/desk/imports/new/invoices"
    data = {"csrf_token": csrf_of(client, path), "key": "k1"}
    sent_files = [(io.BytesIO(document(f"fa3/{name}")), f"{KSEF}-{name}") for name in files]
    answer = client.post(
        path,
        data={**data, "file": sent_files},
        headers={"Origin": "http://localhost"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 303, answer.text
    the_worker_works()
    page = client.get(answer.headers["Location"])
    assert "FV/2026/03/0007" in page.text
    assert KSEF in page.text


def test_an_archive_that_blows_up_is_refused_before_anything_is_kept(client: FlaskClient, finance: Person) -> None:
    sign_in(client, finance)
    path = "/desk/imports/new/invoices"
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed, packed.open("a.xml", "w") as part:
        for _megabyte in range(140):
            part.write(b" " * 1_000_000)
    bomb.seek(0)
    data = {"csrf_token": csrf_of(client, path), "key": "k1", "file": (bomb, "bomb.zip")}
    answer = client.post(path, data=data, headers={"Origin": "http://localhost"}, content_type="multipart/form-data")
    assert answer.status_code == 422
    assert "too large when unpacked" in answer.text


def test_judging_asks_as_often_for_many_lines_as_for_one(app: Flask, finance: Person) -> None:
    def asked(count: int) -> int:
        lines = [{**LINE, "number": f"F/{count}/{number}", "buyer_number": ""} for number in range(count)]
        run = sent("invoices", csv_of(lines), finance)
        with counting(app) as n:
            the_worker_works()
        assert db.session.scalar(sa.select(sa.func.count()).select_from(ImportLine).where(ImportLine.run_id == run.id))
        return n.count

    asked(1)  # also asks for the settings, once
    assert asked(2) == asked(60)
