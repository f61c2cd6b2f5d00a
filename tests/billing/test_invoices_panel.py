"""What a reseller sees of invoices: its own share, and nothing that tells what else is on them (R14, R15)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient

from app.billing.models import Invoice
from app.billing.queries import invoices as queries
from app.billing.service import entering
from app.core.files import PDF, Received
from app.partners.models import Reseller
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, a_period, amounts, kept
from tests.leads.sentences import an_account
from tests.queries import counting

D = Decimal
NOW = "2026-03-20 12:00+00:00"


@pytest.fixture(autouse=True)
def _then() -> object:
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def own(context: None) -> Reseller:
    return s.a_reseller()


@pytest.fixture
def panel(client: FlaskClient, own: Reseller) -> FlaskClient:
    return s.sign_in(client, s.owner_of(own))


def with_pdf(invoice: Invoice) -> Invoice:
    file = Received("paper.pdf", PDF, b"%PDF-1.4 paper")
    return entering.attach_pdf(invoice.id, file, s.a_staff_member("finance"))


def test_an_invoice_wholly_theirs_is_shown_with_amounts_and_pdf(panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own)
    period = a_period(account, of=own)
    invoice = with_pdf(kept(a_document(period_refs=(period.ref,), paid=D("23.00"), due_on=date(2026, 4, 1))))

    page = panel.get(f"/panel/invoices/{invoice.ref}").text

    for text in ("partly paid", "123.00", "100.00", invoice.number, account.company_name, "paper.pdf"):
        assert text in page
    file = panel.get(f"/panel/invoices/{invoice.ref}/invoice.pdf")
    assert file.data == b"%PDF-1.4 paper"
    assert file.headers["Content-Disposition"].startswith("attachment")


def test_of_a_mixed_invoice_only_the_own_share_is_told(panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own)
    mine, direct = a_period(account, of=own, net="77.00"), a_period(account, net="911.00")
    document = a_document(
        period_refs=(mine.ref, direct.ref),
        vat_totals=(amounts("988.00"),),
        paid=D("500.00"),
        payment_reference="RF18TELLING",
    )
    invoice = with_pdf(kept(document))
    kept(a_credit_note(invoice.number, "44.00", number="KOR/TELLING"))

    page = panel.get(f"/panel/invoices/{invoice.ref}").text

    assert "77.00" in page
    assert "The PDF is not offered here" in page
    secrets = (
        "911",
        "988",
        "1,215.24",
        "500.00",
        "54.12",
        "TELLING",
        direct.ref,
        "paper.pdf",
        direct.ref.split("/")[0],
    )
    assert [text for text in secrets if text in page] == []
    everywhere = [
        panel.get(path).text
        for path in ("/panel/invoices", "/panel/invoices/totals", f"/panel/accounts/{account.ref}",
                     "/panel/invoices/invoices.csv")
    ]  # fmt: skip
    for text in secrets:
        assert not any(text in one for one in everywhere), text
    assert panel.get(f"/panel/invoices/{invoice.ref}/invoice.pdf").status_code == 404


def test_an_invoice_with_more_on_it_than_the_own_periods_is_not_wholly_theirs(
    panel: FlaskClient, own: Reseller
) -> None:
    """What was sold beside the periods may have no period here at all."""
    period = a_period(an_account(of=own), of=own, net="77.00")
    invoice = with_pdf(kept(a_document(period_refs=(period.ref,))))
    assert "123.00" not in panel.get(f"/panel/invoices/{invoice.ref}").text
    assert panel.get(f"/panel/invoices/{invoice.ref}/invoice.pdf").status_code == 404


def test_others_invoices_do_not_exist(panel: FlaskClient, own: Reseller) -> None:
    account, other = an_account(of=own), s.a_reseller("Bergaumont", contact="Jean Roux")
    direct = kept(a_document("DIRECT-1", period_refs=(a_period(account).ref,)))
    theirs = kept(a_document("THEIRS-1", period_refs=(a_period(account, of=other).ref,)))
    unmatched = kept(a_document("LOOSE-1", buyer_number=account.company_number))

    unknown = panel.get("/panel/invoices/N-00000000")
    assert unknown.status_code == 404
    for invoice in (direct, theirs, unmatched):
        for page in ("", "/invoice.pdf"):
            answer = panel.get(f"/panel/invoices/{invoice.ref}{page}")
            assert (answer.status_code, answer.data) == (404, unknown.data)
    listed = panel.get("/panel/invoices").text + panel.get(f"/panel/accounts/{account.ref}").text
    for invoice in (direct, theirs, unmatched):
        assert invoice.number not in listed
    assert "No invoices yet" in listed


def test_a_credit_that_moved_later_leaves_the_period_where_it_was(panel: FlaskClient, own: Reseller) -> None:
    period = a_period(an_account(), of=own)
    invoice = kept(a_document(period_refs=(period.ref,)))
    with_account_of_another = panel.get(f"/panel/invoices/{invoice.ref}").text
    assert "/panel/accounts/" not in with_account_of_another, "the account is not theirs"
    assert "100.00" in with_account_of_another


def test_the_list_is_narrowed_searched_and_counted(panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own, company_name="Bergaumont")

    def one(number: str, **values: object) -> Invoice:
        return kept(a_document(number, period_refs=(a_period(account, of=own).ref,), **values))

    one("LATE-1")
    one("PAID-1", paid=D("123.00"))
    one("PART-1", paid=D("23.00"), due_on=date(2026, 4, 1))
    one("WAIT-1", due_on=date(2026, 4, 1))
    one("CRED-1")
    kept(a_credit_note("CRED-1", number="NOTE-1"))
    numbers = {"LATE-1", "PAID-1", "PART-1", "WAIT-1", "CRED-1"}

    def shown(query: str) -> set[str]:
        page = panel.get(f"/panel/invoices?{query}").text
        return {number for number in {*numbers, "NOTE-1"} if f">{number}</a>" in page}

    assert shown("") == numbers
    assert "5 invoices" in panel.get("/panel/invoices").text
    assert shown("group=overdue") == {"LATE-1"}
    assert shown("group=paid") == {"PAID-1"}
    assert shown("group=partly_paid") == {"PART-1"}
    assert shown("group=unpaid") == {"WAIT-1"}
    assert shown("group=credited") == {"CRED-1"}
    assert shown("q=bergau") == numbers
    assert shown("q=late-1&sort=due") == {"LATE-1"}
    assert "LATE-1" in panel.get("/panel/invoices/invoices.csv").text


def test_totals_by_month_and_currency_are_sums_of_own_periods(panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own)

    def one(net: str, issued_on: date, currency: str = "PLN", *, paid: bool = False, direct: str = "") -> Invoice:
        refs = [a_period(account, of=own, net=net, currency=currency).ref]
        if direct:
            refs.append(a_period(account, net=direct, currency=currency).ref)
        gross = (D(net) + D(direct or 0)) * D("1.23")
        return kept(
            a_document(
                issued_on=issued_on,
                due_on=None,
                currency=currency,
                vat_totals=(amounts(str(D(net) + D(direct or 0))),),
                paid=gross.quantize(D("0.01")) if paid else None,
                period_refs=tuple(refs),
            )
        )

    one("100.00", date(2026, 3, 2), paid=True)
    one("50.00", date(2026, 3, 31), direct="900.00")
    one("10.00", date(2026, 3, 5), "EUR")
    credited = one("30.00", date(2026, 2, 28))
    kept(a_credit_note(credited.number, "30.00"))
    one("99.00", date(2025, 3, 31))

    found = queries.totals_by_month(s.owner_of(own), date(2025, 4, 1))

    assert [(one.month, one.currency, one.invoiced, one.paid, one.open, one.credited) for one in found] == [
        (date(2026, 3, 1), "EUR", D(10), D(0), D(10), D(0)),
        (date(2026, 3, 1), "PLN", D(150), D(100), D(50), D(0)),
        (date(2026, 2, 1), "PLN", D(0), D(0), D(0), D(30)),
    ]
    page = panel.get("/panel/invoices/totals").text
    assert "March 2026" in page
    assert re.search(r'<progress [^>]*max="150.00" value="100.00"', page)
    assert "900.00" not in page
    assert "950.00" not in page


@pytest.mark.on("sqlite")
def test_pages_ask_the_same_however_much_there_is(app: Flask, panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own)
    first = kept(a_document(period_refs=(a_period(account, of=own).ref,)))
    paths = ["/panel/invoices", "/panel/invoices?q=quill&group=open&sort=due", "/panel/invoices/totals",
             f"/panel/invoices/{first.ref}", f"/panel/accounts/{account.ref}"]  # fmt: skip
    before = {path: _asked(app, panel, path) for path in paths}
    for _ in range(15):
        kept(a_document(period_refs=(a_period(account, of=own).ref, a_period(account).ref)))
    after = {path: _asked(app, panel, path) for path in paths}
    assert before == after
    assert after["/panel/invoices"] <= 6


def _asked(app: Flask, client: FlaskClient, path: str) -> int:
    client.get(path)
    with counting(app) as asked:
        assert client.get(path).status_code == 200
    return asked.count


def test_the_history_of_an_invoice_is_on_no_page_of_the_panel(panel: FlaskClient, own: Reseller) -> None:
    account = an_account(of=own)
    document = a_document(period_refs=(a_period(account, of=own).ref,))
    invoice = kept(document, s.a_staff_member("finance", name="Fiona Ledger"))
    kept(replace(document, due_on=date(2026, 5, 5)), s.a_staff_member("finance", name="Fiona Ledger"))
    for path in (f"/panel/invoices/{invoice.ref}", f"/panel/accounts/{account.ref}"):
        page = panel.get(path).text
        assert "Fiona Ledger" not in page
        assert "newer document" not in page
