"""Whatever the order in which payments, credit notes and corrections come, an invoice stands as its sums say (R15)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from app.billing.models import Invoice, InvoiceSource, Settlement
from app.billing.queries import invoices as queries
from app.billing.service import entering, payments
from app.billing.service.payments import Payment
from app.billing.service.settlement import settlement_of
from app.core.db import db
from app.core.errors import DomainError
from app.people.models import Person
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, kept
from tests.leads.sentences import again

D = Decimal
CENTS = st.decimals(min_value=-500, max_value=500, places=2)
GROSS = st.decimals(min_value=0, max_value=500, places=2)


@given(gross=GROSS, paid=CENTS, credited=GROSS)
def test_the_state_follows_from_the_sums(gross: Decimal, paid: Decimal, credited: Decimal) -> None:
    state = settlement_of(gross, paid, credited)
    left = gross - credited - paid
    assert (state in (Settlement.UNPAID, Settlement.PARTLY_PAID)) == (left > 0 and not (gross and credited >= gross))
    if state == Settlement.CREDITED:
        assert credited >= gross > 0
    if state == Settlement.PARTLY_PAID:
        assert 0 < paid < gross
    if state == Settlement.UNPAID:
        assert paid <= 0


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("pay"), st.decimals(min_value=-130, max_value=130, places=2)),
        st.tuples(st.just("credit"), st.decimals(min_value=D("0.01"), max_value=90, places=2)),
        st.tuples(st.just("unpay"), st.integers(0, 5)),
        st.tuples(st.just("uncredit"), st.integers(0, 5)),
    ),
    max_size=8,
)


@settings(max_examples=25)
@given(steps=STEPS)
def test_any_order_gives_the_state_that_the_sums_say(context: None, steps: list[tuple[str, object]]) -> None:
    db.session.rollback()
    finance = s.a_staff_member("finance")
    invoice = kept(a_document())
    notes: list[Invoice] = []
    for kind, value in steps:
        try:
            _step(kind, value, invoice, notes, finance)
        except DomainError:
            db.session.rollback()  # what makes no sense is refused, and changes nothing
    whole = queries.whole(db.select(Invoice), invoice.ref)
    paid = sum((payment.amount for payment in whole.payments), D(0))
    credited = sum((note.gross for note in queries.related(whole)), D(0))
    assert (whole.paid, whole.credited) == (paid, credited)
    assert whole.settlement == settlement_of(whole.gross, paid, credited)


def _step(kind: str, value: object, invoice: Invoice, notes: list[Invoice], finance: Person) -> None:
    version = again(invoice).version
    match kind, value:
        case "pay", Decimal() as amount:
            payments.record_payment(invoice.id, version, Payment(amount, date(2026, 3, 9)), finance)
        case "credit", Decimal() as net:
            document = a_credit_note(invoice.number, str(net), source=InvoiceSource.HAND)
            notes.append(entering.enter(document, finance))
        case "unpay", int() as place:
            made = queries.whole(db.select(Invoice), invoice.ref).payments
            if made:
                payments.remove_payment(invoice.id, made[place % len(made)].id, finance)
        case "uncredit", int() as place:
            if notes:
                note = notes.pop(place % len(notes))
                entering.delete(note.id, again(note).version, finance)
