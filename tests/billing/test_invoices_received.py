"""Documents become invoices (R15): once, with history, and never taking away what staff recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from flask import Flask

from app.billing.models import Invoice, InvoiceSource, PeriodState, Settlement
from app.billing.service import invoices, matching
from app.core.db import db
from app.core.errors import FieldError
from app.history.service import entries_of
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, a_period, amounts, kept
from tests.leads.sentences import again, an_account
from tests.queries import counting


def verbs_of(invoice: Invoice) -> list[str]:
    return [entry.verb for entry in entries_of(invoice)]


def test_the_same_document_again_changes_nothing(context: None) -> None:
    document = a_document(paid=Decimal("23.00"), payment_reference="RF18 5390")
    invoice = kept(document, s.a_staff_member("finance"))
    assert (invoice.net, invoice.vat, invoice.gross) == (Decimal(100), Decimal(23), Decimal(123))

    assert invoices.judge(document)[1] == {}
    same = kept(document)

    assert same.id == invoice.id
    assert (again(same).version, verbs_of(same)) == (1, ["invoice.received"])
    assert (same.paid, same.settlement) == (Decimal(23), Settlement.PARTLY_PAID)


def test_a_changed_document_updates_with_history(context: None) -> None:
    first = a_document()
    invoice = kept(first)

    newer = replace(first, due_on=date(2026, 3, 30), vat_totals=(amounts("200.00"),))
    known, changes = invoices.judge(newer)
    kept(newer)

    assert known is not None
    assert known.id == invoice.id
    assert changes["due_on"] == ("2026-03-16", "2026-03-30")
    assert changes["vat_totals"] == ("23.00: 100.00 + 23.00", "23.00: 200.00 + 46.00")
    invoice = again(invoice)
    assert (invoice.due_on, invoice.gross, invoice.version) == (date(2026, 3, 30), Decimal(246), 2)
    told = {value.field: (value.old, value.new) for value in entries_of(invoice)[0].values}
    assert told["gross"] == ("123.00", "246.00")


def test_what_a_document_leaves_out_stays(context: None) -> None:
    first = a_document(payment_reference="RF18 5390", ksef_number="1234567890-20260302-0A0B0C-D1")
    invoice = kept(first)

    kept(replace(first, payment_reference="", ksef_number=None, due_on=None))

    invoice = again(invoice)
    assert (invoice.payment_reference, invoice.due_on) == ("RF18 5390", date(2026, 3, 16))


def test_a_document_adds_payments_and_never_takes_any_away(context: None) -> None:
    first = a_document(paid=Decimal("100.00"))
    invoice = kept(first)

    kept(replace(first, paid=Decimal("0.00")))
    assert again(invoice).paid == Decimal(100)

    kept(replace(first, paid=Decimal("123.00")))
    invoice = again(invoice)
    assert (invoice.paid, invoice.settlement) == (Decimal(123), Settlement.PAID)


def test_a_table_never_replaces_the_original_as_source(context: None) -> None:
    first = a_document(source=InvoiceSource.UBL)
    invoice = kept(first)
    assert invoices.judge(replace(first, source=InvoiceSource.CSV))[1] == {}

    second = kept(a_document())
    kept(replace(a_document(second.number), source=InvoiceSource.FA3))
    assert again(second).source == InvoiceSource.FA3
    assert again(invoice).source == InvoiceSource.UBL


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"number": " "}, "number"),
        ({"buyer_name": ""}, "buyer_name"),
        ({"currency": "JPY"}, "currency"),
        ({"vat_totals": ()}, "vat_totals"),
        ({"vat_totals": (amounts("100.00", "23.00", "30.00"),)}, "vat_totals"),
        ({"vat_totals": (amounts("100.00", None, "0.01"),)}, "vat_totals"),
        ({"total": Decimal("123.02")}, "total"),
        ({"vat_totals": (amounts("-100.00"),)}, "total"),
        ({"credits_number": "FV/1"}, "credits_number"),
    ],
)
def test_a_document_that_makes_no_sense_is_refused_with_its_reason(values: dict[str, object], field: str) -> None:
    with pytest.raises(FieldError) as refused:
        invoices.check(replace(a_document(), **values))  # type: ignore[arg-type]  # fields by name
    assert refused.value.field == field


def test_a_cent_for_each_rate_is_forgiven(context: None) -> None:
    rates = (amounts("10.01"), amounts("20.02", "8.00"))
    invoice = kept(a_document(vat_totals=rates, total=Decimal("33.95")))

    assert invoice.net + invoice.vat == Decimal("33.93")
    assert invoice.gross == Decimal("33.95"), "what the document asks for is what is to be paid"


def test_a_credit_note_counts_whichever_of_the_two_comes_first(context: None) -> None:
    early = a_document()
    kept(a_credit_note(early.number))
    invoice = kept(early)
    assert (invoice.credited, invoice.settlement) == (Decimal(123), Settlement.CREDITED)

    late = kept(a_document())
    kept(a_credit_note(late.number, "40.00"))
    late = again(late)
    assert (late.credited, late.settlement) == (Decimal("49.20"), Settlement.UNPAID)
    assert verbs_of(late)[0] == "invoice.credited"


def test_a_credit_note_that_names_another_invoice_now_moves(context: None) -> None:
    one, two = kept(a_document()), kept(a_document())
    note = a_credit_note(one.number)
    kept(note)

    kept(replace(note, credits_number=two.number))

    assert (again(one).settlement, again(two).settlement) == (Settlement.UNPAID, Settlement.CREDITED)


def test_the_number_of_an_invoice_is_no_credit_notes(context: None) -> None:
    invoice = kept(a_document())
    with pytest.raises(FieldError, match="once as an invoice"):
        invoices.judge(a_credit_note("FV/9", number=invoice.number))
    with pytest.raises(FieldError, match="PLN"):
        invoices.judge(a_credit_note(invoice.number, currency="EUR"))


@pytest.mark.parametrize(
    ("country", "company_number", "vat_number", "typed", "of"),
    [
        ("PL", "8567346215", None, "PL 856-734-62-15", "PL"),
        ("PL", "8567346215", None, "8567346215", ""),
        ("NL", "84217305", None, "84217305", "NL"),
        ("NL", "84217305", "NL123456789B13", "NL123456789B13", ""),
        ("FI", "2332748-7", None, "FI23327487", ""),
        ("FI", "2332748-7", None, "23327487", "FI"),
        ("BE", "0123456749", None, "BE 0123.456.749", "BE"),
        ("FR", "90451720800016", None, "904517208", "FR"),
        ("FR", "90451720800016", None, "FR13904517208", ""),
        ("FR", "90451720800016", None, "904 517 208 00016", "FR"),
    ],
)
def test_the_buyers_number_finds_the_account(
    context: None, country: str, company_number: str, vat_number: str | None, typed: str, of: str
) -> None:
    account = an_account(country=country, company_number=company_number, vat_number=vat_number)
    invoice = kept(a_document(buyer_number=typed, buyer_country=of))
    assert invoice.account_id == account.id


def test_a_number_that_could_be_two_companies_finds_none(context: None) -> None:
    an_account(country="NL", company_number="23327487")
    readings = matching.readings_of("", "23327487")
    assert readings.company_keys == {"NL:23327487", "FI:2332748-7"}
    assert kept(a_document(buyer_number="23327487", buyer_country="")).account_id is None


def test_stable_ids_in_a_document_link_its_periods(context: None) -> None:
    account = an_account()
    period, other = a_period(account), a_period(account, currency="EUR")
    document = a_document(period_refs=(period.ref, other.ref, "B-00000000/7"))

    _, changes = invoices.judge(document)
    invoice = kept(document)

    assert changes["periods"] == ("", period.ref), "another currency and an unknown id are left"
    period = again(period)
    assert (period.invoice_id, period.state) == (invoice.id, PeriodState.INVOICED)
    assert invoice.account_id == account.id
    assert invoices.judge(document)[1] == {}
    second = a_document(period_refs=(period.ref,))
    assert "periods" not in invoices.judge(second)[1], "it is on an invoice already"


def test_a_credit_note_claims_no_period_and_has_the_account_of_those_it_names(context: None) -> None:
    account = an_account()
    period = a_period(account)
    note = kept(a_credit_note("FV/LATER/1", period_refs=(period.ref,)))
    assert again(period).invoice_id is None
    assert note.account_id == account.id
    invoice = kept(a_document("FV/LATER/1", period_refs=(period.ref,)))
    assert again(period).invoice_id == invoice.id


def test_many_documents_are_judged_in_few_queries(app: Flask, context: None) -> None:
    documents = [a_document() for _ in range(30)]
    for document in documents[:10]:
        kept(document)
    db.session.expunge_all()
    with counting(app) as asked:
        among = invoices.known(documents)
        judged = [invoices.judge(document, among) for document in documents]
    assert sum(invoice is not None for invoice, _ in judged) == 10
    assert asked <= 6
