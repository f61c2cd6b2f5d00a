"""Invoices by hand (R15): entered once, corrected, paid in parts, matched, deleted only when nothing hangs on them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import time_machine

from app.billing import proposals
from app.billing.models import BillingPeriod, Invoice, InvoiceSource, PeriodState, Settlement
from app.billing.queries import invoices as queries
from app.billing.received import ReceivedInvoice
from app.billing.service import assigning, entering, invoices, payments
from app.billing.service.payments import Payment
from app.core.db import db
from app.core.errors import FieldError, NotFound
from app.core.files import PDF, Received
from app.customers import service as customers
from app.history.service import entries_of
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, a_period, amounts, kept
from tests.billing.sentences import a_detail
from tests.leads.sentences import again, an_account

D = Decimal


def by_hand(**values: Any) -> ReceivedInvoice:
    return a_document(source=InvoiceSource.HAND, **values)


def whole(invoice: Invoice) -> Invoice:
    return queries.whole(db.select(Invoice), invoice.ref)


def verb_of(invoice: Invoice) -> str:
    return entries_of(invoice)[0].verb


def test_the_same_form_sent_twice_is_one_invoice(context: None) -> None:
    finance, typed = s.a_staff_member("finance"), by_hand()

    first = entering.enter(typed, finance, note="Paper in the folder.")
    second = entering.enter(typed, finance, note="Paper in the folder.")

    assert first.id == second.id
    assert (again(first).version, again(first).note) == (1, "Paper in the folder.")
    assert verb_of(first) == "invoice.entered"
    with pytest.raises(FieldError, match="already"):
        entering.enter(replace(typed, buyer_name="Somebody else"), finance)


def test_an_account_that_was_chosen_wins_over_the_number(context: None) -> None:
    chosen, other = an_account(), an_account()
    typed = by_hand(buyer_number=other.company_number)
    assert entering.enter(typed, s.a_staff_member(), account_id=chosen.id).account_id == chosen.id


def test_a_correction_changes_what_was_typed_and_empties_what_is_empty(context: None) -> None:
    finance = s.a_staff_member("finance")
    typed = by_hand(payment_reference="RF18", vat_totals=(amounts("100.00"), amounts("50.00", "8.00")))
    invoice = entering.enter(typed, finance)

    corrected = replace(typed, payment_reference="", vat_totals=(amounts("100.00"),), number="FV/9")
    entering.edit(invoice.id, 1, corrected, "Checked", finance)

    invoice = again(invoice)
    assert (invoice.number, invoice.payment_reference, invoice.gross, invoice.note) == ("FV/9", "", D(123), "Checked")
    told = {value.field: (value.old, value.new) for value in entries_of(invoice)[0].values}
    assert told["vat_totals"] == ("8.00: 50.00 + 4.00; 23.00: 100.00 + 23.00", "23.00: 100.00 + 23.00")
    with pytest.raises(invoices.InvoiceMovedOn):
        entering.edit(invoice.id, 1, corrected, "Later", finance)


def test_a_corrected_number_takes_its_credit_notes_along_by_number(context: None) -> None:
    finance, typed = s.a_staff_member("finance"), by_hand(number="FV/1")
    invoice = entering.enter(typed, finance)
    kept(a_credit_note("FV/1"))
    kept(a_credit_note("FV/2", "10.00"))

    entering.edit(invoice.id, again(invoice).version, replace(typed, number="FV/2"), "", finance)

    assert (again(invoice).credited, again(invoice).settlement) == (D("12.30"), Settlement.UNPAID)


def test_the_original_is_not_corrected_by_hand(context: None) -> None:
    document = a_document(source=InvoiceSource.UBL)
    invoice, finance = kept(document), s.a_staff_member("finance")

    with pytest.raises(entering.FixedByDocument):
        entering.edit(invoice.id, 1, replace(document, vat_totals=(amounts("1.00"),)), "", finance)
    assert again(invoice).gross == D(123)
    entering.edit(invoice.id, 1, replace(document, due_on=date(2026, 4, 1)), "Agreed by phone", finance)
    assert (again(invoice).due_on, again(invoice).due_sort) == (date(2026, 4, 1), date(2026, 4, 1))


@time_machine.travel("2026-03-10 12:00+00:00")
def test_payments_settle_an_invoice_in_parts(context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    day = date(2026, 3, 9)

    payments.record_payment(invoice.id, 1, Payment(D("100.00"), day, "Bank"), finance, key="one")
    payments.record_payment(invoice.id, 1, Payment(D("100.00"), day, "Bank"), finance, key="one")
    assert (again(invoice).paid, again(invoice).settlement) == (D(100), Settlement.PARTLY_PAID)

    with pytest.raises(invoices.InvoiceMovedOn):
        payments.record_payment(invoice.id, 1, Payment(D("23.00"), day), finance, key="two")
    payments.record_payment(invoice.id, 2, Payment(D("23.00"), day), finance, key="two")
    assert again(invoice).settlement == Settlement.PAID

    payments.record_payment(invoice.id, 3, Payment(D("-123.00"), day), finance, key="three")
    assert (again(invoice).paid, again(invoice).settlement) == (D(0), Settlement.UNPAID)
    assert verb_of(invoice) == "invoice.payment_returned"


@time_machine.travel("2026-03-10 12:00+00:00")
def test_a_payment_that_cannot_be_is_refused(context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    for payment in (
        Payment(D("0.00"), date(2026, 3, 9)),
        Payment(D("1.00"), date(2026, 3, 12)),
        Payment(D("-1.00"), date(2026, 3, 9)),
    ):
        with pytest.raises(FieldError):
            payments.record_payment(invoice.id, 1, payment, finance)
    note = kept(a_credit_note(invoice.number))
    with pytest.raises(payments.NothingToPay):
        payments.record_payment(note.id, 1, Payment(D("1.00"), date(2026, 3, 9)), finance)


def test_a_wrong_payment_is_taken_off_with_history(context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    invoice = payments.record_payment(invoice.id, 1, Payment(D("100.00"), date(2026, 3, 9), "Typo"), finance)
    wrong = invoice.payments[0].id

    payments.remove_payment(invoice.id, wrong, finance)
    payments.remove_payment(invoice.id, wrong, finance)

    invoice = again(invoice)
    assert (invoice.paid, invoice.settlement, invoice.version) == (D(0), Settlement.UNPAID, 3)
    told = {value.field: value.old for value in entries_of(invoice)[0].values}
    assert told["payment"] == "100.00 · 2026-03-09 · Typo"


def test_money_that_came_and_went_back_is_not_taken_twice_from_a_document(context: None) -> None:
    finance, document = s.a_staff_member("finance"), a_document(paid=D("123.00"))
    invoice = kept(document)
    payments.record_payment(invoice.id, 1, Payment(D("-123.00"), date(2026, 3, 9)), finance)

    assert invoices.judge(document)[1] == {}
    assert again(kept(document)).paid == D(0)


@time_machine.travel("2026-03-16 23:30+00:00")
def test_overdue_comes_with_the_vendors_day(context: None) -> None:
    """At half past eleven in the evening by UTC it is the 17th in Amsterdam."""
    invoice = kept(a_document(due_on=date(2026, 3, 16)))
    assert queries.vendor_today() == date(2026, 3, 17)
    overdue = queries.narrowed(db.select(Invoice), queries.Filter(group="overdue"), queries.vendor_today())
    assert [found.id for found in db.session.scalars(overdue)] == [invoice.id]


def test_only_what_was_entered_by_hand_and_has_nothing_on_it_is_deleted(context: None) -> None:
    finance = s.a_staff_member("finance")
    read, typed = kept(a_document()), entering.enter(by_hand(), finance)
    payments.record_payment(typed.id, 1, Payment(D("1.00"), date(2026, 3, 9)), finance)
    for invoice in (read, typed):
        with pytest.raises(entering.CannotDelete):
            entering.delete(invoice.id, again(invoice).version, finance)

    payments.remove_payment(typed.id, _only_payment(typed), finance)
    entering.delete(typed.id, again(typed).version, finance)

    assert db.session.get(Invoice, typed.id) is None
    assert verb_of(typed) == "invoice.deleted"
    following = kept(a_document())
    assert following.id != typed.id
    assert [entry.verb for entry in entries_of(following)] == ["invoice.received"]


def _only_payment(invoice: Invoice) -> int:
    [payment] = whole(invoice).payments
    return payment.id


def test_a_deleted_credit_note_counts_no_more(context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    note = entering.enter(replace(a_credit_note(invoice.number), source=InvoiceSource.HAND), finance)
    assert again(invoice).settlement == Settlement.CREDITED

    entering.delete(note.id, again(note).version, finance)

    assert (again(invoice).credited, again(invoice).settlement) == (D(0), Settlement.UNPAID)


def test_a_pdf_is_put_beside_it_and_replaced(context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    first, second = Received("first.pdf", PDF, b"%PDF-1.4 one"), Received("second.pdf", PDF, b"%PDF-1.4 two")

    entering.attach_pdf(invoice.id, first, finance)
    entering.attach_pdf(invoice.id, first, finance)
    assert again(invoice).version == 2
    entering.attach_pdf(invoice.id, second, finance)

    told = {value.field: (value.old, value.new) for value in entries_of(invoice)[0].values}
    assert told["pdf"] == ("first.pdf", "second.pdf")


# --- whose it is, and for what ----------------------------------------------------------------------------------------


def test_choosing_an_account_takes_the_credit_notes_along(context: None) -> None:
    finance, account = s.a_staff_member("finance"), an_account()
    invoice = kept(a_document())
    note = kept(a_credit_note(invoice.number))

    assigning.choose_account(invoice.id, again(invoice).version, account.id, finance)
    assert (again(invoice).account_id, again(note).account_id) == (account.id, account.id)

    assigning.choose_account(invoice.id, again(invoice).version, None, finance)
    assert again(invoice).account_id is None
    assert verb_of(invoice) == "invoice.account_cleared"


def test_periods_are_put_on_an_invoice_and_taken_off_again(context: None) -> None:
    finance, account = s.a_staff_member("finance"), an_account()
    period, invoice = a_period(account), kept(a_document())

    assigning.link_periods(invoice.id, 1, [period.ref], finance)
    assert (again(invoice).account_id, again(period).state) == (account.id, PeriodState.INVOICED)
    assigning.link_periods(invoice.id, 2, [period.ref], finance)
    assert again(invoice).version == 2
    with pytest.raises(assigning.HasPeriods):
        assigning.choose_account(invoice.id, 2, an_account().id, finance)

    assigning.unlink_period(invoice.id, period.ref, finance)
    assert verb_of(invoice) == "invoice.period_unlinked"


def test_a_period_that_was_never_handed_over_is_not_due_once_it_is_on_an_invoice(context: None) -> None:
    finance = s.a_staff_member("finance")
    detail = a_detail(starts_on=date(2026, 1, 1), net=D("100.00"), currency="PLN")
    invoice = kept(a_document())

    assigning.link_periods(invoice.id, 1, [f"{detail.ref}/0"], finance)

    assert again(detail).next_on == date(2026, 2, 1)
    period = db.session.scalars(db.select(BillingPeriod)).one()
    assert (period.ref, period.invoice_id, period.net) == (f"{detail.ref}/0", invoice.id, D(100))
    assigning.unlink_period(invoice.id, period.ref, finance)
    assert again(detail).next_on == date(2026, 1, 1)


@pytest.mark.parametrize("what", ["elsewhere", "currency", "account", "unknown"])
def test_a_period_that_cannot_be_on_it_is_refused(context: None, what: str) -> None:
    finance, account = s.a_staff_member("finance"), an_account()
    invoice = entering.enter(by_hand(), finance, account_id=account.id)
    match what:
        case "elsewhere":
            ref = a_period(account).ref
            kept(a_document(period_refs=(ref,)))
        case "currency":
            ref = a_period(account, currency="EUR").ref
        case "account":
            ref = a_period(an_account()).ref
        case _:
            ref = "B-00000000/1"
    with pytest.raises(assigning.CannotLink):
        assigning.link_periods(invoice.id, 1, [ref], finance)


def test_the_periods_whose_sum_fits_are_proposed_first(context: None) -> None:
    account = an_account()
    odd, one, two = a_period(account, net="7.00"), a_period(account, net="60.00"), a_period(account, net="40.00")
    a_period(account, net="100.00", currency="EUR")
    a_period(an_account(), net="100.00")
    invoice = entering.enter(by_hand(), s.a_staff_member(), account_id=account.id)

    proposed = proposals.periods_for(whole(invoice))

    handed_over = [each for each in proposed if each.handed_over]
    assert {each.ref for each in handed_over if each.fits} == {one.ref, two.ref}
    assert handed_over[-1].ref == odd.ref
    assert {each.detail.account_id for each in proposed} == {account.id}


@pytest.mark.parametrize(
    ("target", "given", "places"),
    [
        ("100", ["60", "40"], {0, 1}),
        ("100", ["30", "100", "70"], {1}),
        ("100", ["30", "20", "70"], {0, 2}),
        ("100", ["33.33", "33.33", "33.34", "1"], {0, 1, 2}),
        ("100", ["99"], set()),
        ("0", ["1"], set()),
        ("10", ["-5", "15"], {0, 1}),
        ("10", [], set()),
    ],
)
def test_amounts_that_make_up_a_sum(target: str, given: list[str], places: set[int]) -> None:
    assert proposals.summing_to(D(target), [D(each) for each in given]) == places


def test_accounts_with_the_number_and_with_a_like_name_are_proposed(context: None) -> None:
    by_number = an_account(company_name="Something Different")
    by_name = an_account(company_name="Quillmark Stationers Ltd")
    an_account(company_name="Bergaumont")
    invoice = kept(a_document(buyer_name="QUILLMARK stationers", buyer_number=by_number.company_number))

    found = [(each.account.id, each.reason) for each in proposals.accounts_for(invoice)]
    assert found == [(by_number.id, "number"), (by_name.id, "name")]


def test_invoices_move_when_accounts_are_merged(context: None) -> None:
    leader, survivor, other = s.a_staff_member("team_leader"), an_account(), an_account()
    invoice = entering.enter(by_hand(), leader, account_id=other.id)

    customers.merge(survivor.id, other.id, (survivor.version, other.version), {}, leader)

    assert again(invoice).account_id == survivor.id
    assert verb_of(invoice) == "invoice.moved"


def test_an_archived_account_is_nobodys_customer(context: None) -> None:
    invoice, finance = kept(a_document()), s.a_staff_member("finance")
    with pytest.raises(NotFound):
        assigning.choose_account(invoice.id, 1, 999_999, finance)
