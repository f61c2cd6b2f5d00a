"""Invoices at the desk: found, entered, corrected, paid and matched in a browser, with and without JavaScript (R15)."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import Invoice, InvoiceSource, Settlement
from app.billing.queries import invoices as queries
from app.core.db import db
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, a_period, kept
from tests.leads.sentences import again, an_account
from tests.queries import counting

D = Decimal
PDF_BYTES = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def finance(client: FlaskClient, context: None) -> FlaskClient:
    return s.sign_in(client, s.a_staff_member("finance"))


def whole(ref: str) -> Invoice:
    return queries.whole(db.select(Invoice), ref)


def typed(**values: str) -> dict[str, str]:
    return {
        "kind": "invoice",
        "number": "FV/2026/77",
        "issued_on": "2026-03-02",
        "due_on": "2026-03-16",
        "currency": "PLN",
        "vat_lines-0-rate": "23",
        "vat_lines-0-net": "1 000,00",
        "vat_lines-0-vat": "",
        "vat_lines-1-rate": "8",
        "vat_lines-1-net": "100,00",
        "vat_lines-1-vat": "8,00",
        "total": "1338,00",
        "buyer_name": "Quillmark Stationers",
        **values,
    }


def test_an_invoice_is_entered_with_several_rates(finance: FlaskClient) -> None:
    account = an_account()
    found = finance.get("/desk/invoices/new?q=Quillmark").text
    assert f"/desk/invoices/new?account={account.ref}" in found
    path = f"/desk/invoices/new?account={account.ref}"
    assert 'value="Quillmark Stationers"' in finance.get(path).text

    answer = s.post(finance, path, typed())

    assert answer.status_code == 303
    invoice = whole(answer.location.rsplit("/", 1)[1])
    assert (invoice.net, invoice.vat, invoice.gross) == (D(1100), D(238), D(1338))
    assert (invoice.account_id, invoice.source) == (account.id, InvoiceSource.HAND)
    assert s.post(finance, path, typed()).location == answer.location, "a second press finds the first invoice"
    page = finance.get(answer.location).text
    assert "This invoice is overdue" in page or "not paid yet" in page
    assert "1,338.00" in page


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"total": "1400,00"}, "do not add up"),
        ({"vat_lines-0-vat": "999,00"}, "does not fit its net amount"),
        ({"due_on": "2026-02-01"}, "before the date of the invoice"),
        ({"number": ""}, "Enter the number as it stands on the paper"),
        ({"vat_lines-0-net": "", "vat_lines-0-rate": "", "vat_lines-1-net": "", "vat_lines-1-rate": "",
          "vat_lines-1-vat": ""}, "Enter the net amount"),
        ({"credits_number": "FV/1"}, "Only a credit note names"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said_and_kept(finance: FlaskClient, values: dict[str, str], said: str) -> None:
    answer = s.post(finance, "/desk/invoices/new?account=none", typed(**values))
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="Quillmark Stationers"' in answer.text


def test_a_taken_number_leads_to_the_invoice_that_has_it(finance: FlaskClient) -> None:
    other = kept(a_document("FV/2026/77"))
    answer = s.post(finance, "/desk/invoices/new?account=none", typed())
    assert answer.status_code == 422
    assert f'href="/desk/invoices/{other.ref}"' in answer.text
    assert 'id="number-error"' in answer.text


def test_rates_are_added_and_taken_out_without_javascript(finance: FlaskClient) -> None:
    path = "/desk/invoices/new?account=none"
    more = s.post(finance, path, typed(do="add-rate")).text
    assert 'name="vat_lines-2-net"' in more
    assert 'value="1 000,00"' in more
    fewer = s.post(finance, path, typed(do="drop-rate-0")).text
    assert 'name="vat_lines-1-net"' not in fewer
    assert 'value="100' in fewer
    assert db.session.scalar(db.select(db.func.count()).select_from(Invoice)) == 0


def test_a_credit_note_begins_with_its_invoice(finance: FlaskClient) -> None:
    invoice = kept(a_document(buyer_number="8567346215"))
    path = f"/desk/invoices/new?credits={invoice.ref}"
    assert f'value="{invoice.number}"' in finance.get(path).text
    note = {"kind": "credit_note", "credits_number": invoice.number, "number": "KOR/1"}
    answer = s.post(
        finance, path, {**typed(**note), "vat_lines-0-net": "100", "vat_lines-1-rate": "", "vat_lines-1-net": "",
                        "vat_lines-1-vat": "", "total": "123,00"},
    )  # fmt: skip
    assert answer.status_code == 303
    assert again(invoice).settlement == Settlement.CREDITED
    assert "KOR/1" in finance.get(f"/desk/invoices/{invoice.ref}").text
    assert invoice.number in finance.get(answer.location).text


def test_a_stale_correction_keeps_the_text_and_shows_both(finance: FlaskClient) -> None:
    invoice = kept(a_document())
    path = f"/desk/invoices/{invoice.ref}/edit"
    mine = {**_form_of(invoice), "buyer_name": "Typed by me", "version": "1"}
    kept(a_document(invoice.number, buyer_name="From a document"))

    stale = s.post(finance, path, mine)

    assert stale.status_code == 409
    assert "From a document" in stale.text
    assert "Typed by me" in stale.text
    assert again(invoice).buyer_name == "From a document"
    assert s.post(finance, path, {**mine, "version": "2"}).status_code == 303
    assert again(invoice).buyer_name == "Typed by me"


def _form_of(invoice: Invoice) -> dict[str, str]:
    return {
        "number": invoice.number,
        "issued_on": "2026-03-02",
        "due_on": "2026-03-16",
        "currency": "PLN",
        "vat_lines-0-rate": "23",
        "vat_lines-0-net": "100.00",
        "vat_lines-0-vat": "23.00",
        "total": "123.00",
        "buyer_name": invoice.buyer_name,
        "buyer_country": "PL",
    }


def test_of_the_original_only_what_it_does_not_fix_is_asked(finance: FlaskClient) -> None:
    invoice = kept(a_document(source=InvoiceSource.UBL))
    path = f"/desk/invoices/{invoice.ref}/edit"
    page = finance.get(path).text
    assert 'name="number"' not in page
    assert 'name="total"' not in page
    form = {"due_on": "2026-04-01", "buyer_name": "Quillmark", "version": "1", "total": "1.00", "number": "X"}
    assert s.post(finance, path, form).status_code == 303
    invoice = again(invoice)
    assert (invoice.due_on, invoice.buyer_name, invoice.gross) == (date(2026, 4, 1), "Quillmark", D(123))


@time_machine.travel("2026-03-20 12:00+00:00")
def test_a_payment_is_recorded_once_however_often_it_is_pressed(client: FlaskClient, context: None) -> None:
    finance = s.sign_in(client, s.a_staff_member("finance"))
    invoice = kept(a_document())
    path = f"/desk/invoices/{invoice.ref}/payments/new"
    page = finance.get(path).text
    assert 'value="123.00"' in page
    form = {"key": "pressed", "version": "1", "amount": "23,00", "paid_on": "2026-03-19", "note": "Bank"}

    assert s.post(finance, path, form).status_code == 303
    assert s.post(finance, path, form).status_code == 303
    assert again(invoice).paid == D(23)

    other = s.post(finance, path, {**form, "key": "another"})
    assert other.status_code == 409
    assert 'value="23,00"' in other.text
    back = s.post(finance, path, {**form, "key": "back", "version": "2", "returned": "y"})
    assert back.status_code == 303
    assert again(invoice).paid == D(0)


def test_a_payment_is_taken_off_after_a_question(finance: FlaskClient) -> None:
    invoice = kept(a_document(paid=D("100.00")))
    [payment] = whole(invoice.ref).payments
    path = f"/desk/invoices/{invoice.ref}/payments/{payment.id}/removal"
    assert "Take this payment off?" in finance.get(path).text
    for _press in range(2):
        assert s.post(finance, path, page=f"/desk/invoices/{invoice.ref}").status_code == 303
    assert again(invoice).paid == D(0)
    assert "Payment taken off" in finance.get(f"/desk/invoices/{invoice.ref}").text


def test_an_account_is_proposed_searched_and_chosen(finance: FlaskClient) -> None:
    account = an_account(company_name="Quillmark Stationers")
    invoice = kept(a_document())
    path = f"/desk/invoices/{invoice.ref}/account"
    assert "Like name" in finance.get(path).text
    assert account.ref in finance.get(f"{path}?q=quill").text

    assert s.post(finance, path, {"account": account.ref, "version": "1"}).status_code == 303
    assert again(invoice).account_id == account.id
    stale = s.post(finance, path, {"account": "", "version": "1"})
    assert stale.status_code == 409
    assert s.post(finance, path, {"account": "", "version": "2"}).status_code == 303
    assert again(invoice).account_id is None


def test_periods_are_ticked_and_taken_off(finance: FlaskClient) -> None:
    account = an_account()
    period, later = a_period(account), a_period(account, net="7.00")
    invoice = kept(a_document(buyer_number=account.company_number))
    path = f"/desk/invoices/{invoice.ref}/periods"
    page = finance.get(path).text
    assert re.search(rf'value="{period.ref}"[^>]* checked', page), "its amount is the invoice's"
    assert not re.search(rf'value="{later.ref}"[^>]* checked', page)

    assert s.post(finance, path, {"version": "1"}).status_code == 422
    assert s.post(finance, path, {"version": "1", "periods": period.ref}).status_code == 303
    assert again(period).invoice_id == invoice.id
    by_id = s.post(finance, path, {"version": "2", "other": later.ref.lower()})
    assert by_id.status_code == 303
    removal = s.post(finance, f"{path}/removal", {"period": period.ref}, page=f"/desk/invoices/{invoice.ref}")
    assert removal.status_code == 303
    assert again(later).invoice_id == invoice.id


def test_only_a_pdf_is_taken_as_one_and_it_is_served_as_an_attachment(finance: FlaskClient) -> None:
    invoice = kept(a_document())
    path = f"/desk/invoices/{invoice.ref}/pdf"
    assert finance.get(f"/desk/invoices/{invoice.ref}/invoice.pdf").status_code == 404
    for content, status in ((b"<html>no</html>", 422), (PDF_BYTES, 303)):
        data: dict[str, Any] = {"file": (io.BytesIO(content), "paper.pdf")}
        assert s.post(finance, path, data).status_code == status
    answer = finance.get(f"/desk/invoices/{invoice.ref}/invoice.pdf")
    assert answer.data == PDF_BYTES
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]


def test_a_wrong_entry_is_deleted_after_a_question(finance: FlaskClient) -> None:
    answer = s.post(finance, "/desk/invoices/new?account=none", typed())
    path = f"{answer.location}/deletion"
    assert "Delete this invoice?" in finance.get(path).text
    assert s.post(finance, path, {"version": "1"}).status_code == 303
    assert finance.get(answer.location).status_code == 404
    read = kept(a_document())
    assert finance.get(f"/desk/invoices/{read.ref}/deletion").status_code == 404


@time_machine.travel("2026-03-20 12:00+00:00")
def test_the_list_is_searched_and_narrowed(client: FlaskClient, context: None) -> None:
    finance = s.sign_in(client, s.a_staff_member("finance"))
    reseller, account = s.a_reseller(), an_account(company_name="Bergaumont")
    late = kept(a_document("LATE-1", buyer_name="Somebody Late"))
    paid = kept(a_document("PAID-1", paid=D("123.00"), currency="EUR"))
    credited = kept(a_document("CRED-1", due_on=date(2026, 5, 1)))
    kept(a_credit_note("CRED-1", number="NOTE-1"))
    period = a_period(account, of=reseller)
    mine = kept(a_document("MINE-1", due_on=date(2026, 4, 1), source=InvoiceSource.UBL, period_refs=(period.ref,)))
    everything = {invoice.number for invoice in (late, paid, credited, mine)} | {"NOTE-1"}

    def shown(query: str) -> set[str]:
        page = finance.get(f"/desk/invoices?{query}").text
        return {number for number in everything if f">{number}</a>" in page}

    assert shown("") == everything
    assert shown("group=overdue") == {"LATE-1"}
    assert shown("group=open") == {"LATE-1", "MINE-1"}
    assert shown("group=unmatched") == everything - {"MINE-1"}
    assert shown("group=paid") == {"PAID-1"}
    assert shown("group=credited") == {"CRED-1"}
    assert shown("group=credit_notes") == {"NOTE-1"}
    assert shown("currency=EUR") == {"PAID-1"}
    assert shown("source=ubl") == {"MINE-1"}
    assert shown(f"reseller={reseller.ref}") == {"MINE-1"}
    assert shown("reseller=none") == everything - {"MINE-1"}
    assert shown("q=somebody") == {"LATE-1"}
    assert shown("q=bergaumont") == {"MINE-1"}, "by its account"
    assert shown("q=mine-1&sort=due") == {"MINE-1"}
    file = finance.get("/desk/invoices/invoices.csv?group=overdue").text
    assert "LATE-1" in file
    assert "PAID-1" not in file


@pytest.mark.on("sqlite")
def test_lists_and_pages_ask_the_same_however_much_there_is(app: Flask, finance: FlaskClient) -> None:
    account = an_account()
    for _ in range(3):
        kept(a_document(buyer_number=account.company_number, period_refs=(a_period(account).ref,)))
    paths = ["/desk/invoices", "/desk/invoices?sort=due&q=quill&group=open", f"/desk/accounts/{account.ref}"]
    invoice = db.session.scalars(db.select(Invoice)).first()
    assert invoice is not None
    pages = ["", "/edit", "/payments/new", "/account", "/periods"]
    paths += [f"/desk/invoices/{invoice.ref}{page}" for page in pages]
    before = {path: _asked(app, finance, path) for path in paths}
    for _ in range(20):
        kept(a_document(buyer_number=account.company_number, period_refs=(a_period(account).ref,)))
        a_period(account)
    after = {path: _asked(app, finance, path) for path in paths}
    assert before == after
    assert after["/desk/invoices"] <= 6


def _asked(app: Flask, client: FlaskClient, path: str) -> int:
    client.get(path)
    with counting(app) as asked:
        assert client.get(path).status_code == 200
    return asked.count


def test_a_long_list_is_turned_by_key(finance: FlaskClient) -> None:
    for number in range(55):
        kept(a_document(f"N-{number:03d}", due_on=None if number % 5 == 0 else date(2026, 3, 16)))
    for sort in ("newest", "due"):
        seen: list[str] = []
        path = f"/desk/invoices?sort={sort}"
        while path:
            page = finance.get(path).text
            seen += re.findall(r">(N-[0-9]{3})</a>", page)
            following = re.search(r'rel="next" href="([^"]+)"', page)
            path = "/desk/invoices" + following[1].replace("&amp;", "&") if following else ""
        assert sorted(seen) == sorted({f"N-{number:03d}" for number in range(55)})


def test_who_only_reads_sees_no_buttons_and_may_not_write(client: FlaskClient, context: None) -> None:
    invoice = kept(a_document())
    s.sign_in(client, s.a_staff_member("sales"))
    page = client.get(f"/desk/invoices/{invoice.ref}").text
    assert "Record a payment" not in page
    assert client.get(f"/desk/invoices/{invoice.ref}/edit").status_code == 403
    assert client.get("/desk/invoices/new").status_code == 403


@time_machine.travel("2026-03-20 12:00+00:00")
def test_the_inbox_tells_of_overdue_ones_once_and_of_each_without_account(client: FlaskClient, context: None) -> None:
    account = an_account()
    for _ in range(3):
        kept(a_document(buyer_number=account.company_number))
    loose = kept(a_document(buyer_name="Nobody Knows Ltd", due_on=date(2026, 5, 1)))
    finance, sales = s.a_staff_member("finance"), s.a_staff_member("sales")

    page = s.sign_in(client, finance).get("/desk").text

    assert "3 invoices are overdue" in page
    assert page.count(">Overdue invoices<") == 1
    assert "Nobody Knows Ltd" in page
    assert loose.number in page
    assert "invoices are overdue" not in s.sign_in(client, sales).get("/desk").text


def test_the_desks_search_finds_invoices(finance: FlaskClient) -> None:
    invoice = kept(a_document("FV/SEARCHED/1", payment_reference="RF18 5390 0754"))
    assert f'href="/desk/invoices/{invoice.ref}"' in finance.get("/desk/search?q=searched").text
    assert f'href="/desk/invoices/{invoice.ref}"' in finance.get("/desk/search?q=0754").text


def test_a_second_press_changes_nothing_and_is_no_conflict(finance: FlaskClient) -> None:
    account = an_account()
    period, invoice = a_period(account), kept(a_document())
    base = f"/desk/invoices/{invoice.ref}"
    presses = (
        ("account", {"account": account.ref, "version": "1"}, 2),
        ("periods", {"other": period.ref, "version": "2"}, 3),
        ("edit", {**_form_of(invoice), "buyer_name": "Quillmark", "version": "3"}, 4),
    )
    for page, form, version in presses:
        for _press in range(2):
            assert s.post(finance, f"{base}/{page}", form).status_code == 303, page
        assert again(invoice).version == version, page


def test_an_invoice_for_which_no_period_waits_takes_one_by_its_stable_id(finance: FlaskClient) -> None:
    period, invoice = a_period(an_account()), kept(a_document())
    path = f"/desk/invoices/{invoice.ref}/periods"
    assert 'name="periods"' not in finance.get(path).text
    assert "Choose at least one period" in s.post(finance, path, {"version": "1"}).text
    assert s.post(finance, path, {"version": "1", "other": period.ref}).status_code == 303
    assert again(invoice).account_id is not None
