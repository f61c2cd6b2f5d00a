"""Many at once on one invoice: equal payments, an invoice and its credit notes arriving together, one period twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

from flask import Flask

from app.billing.models import Invoice, Settlement
from app.billing.queries import invoices as queries
from app.billing.received import ReceivedInvoice
from app.billing.service import assigning, invoices, payments
from app.billing.service.payments import Payment
from app.core.db import db, write
from app.core.errors import Conflict, DomainError
from app.customers import service as customers
from tests import sentences as s
from tests.billing.invoice_sentences import a_credit_note, a_document, a_period, kept
from tests.leads.sentences import again, an_account
from tests.leads.test_races import all_at_once

AT_ONCE = 12
D = Decimal


def within(app: Flask, verb: Callable[[], Any]) -> Callable[[], str]:
    """The verb in a context of its own, as another process would run it; gives what came of it."""

    def run() -> str:
        with app.app_context():
            try:
                verb()
            except DomainError as error:
                return "conflict" if isinstance(error, Conflict) else "refused"
            return "done"

    return run


def test_one_form_sent_many_times_is_one_payment(app: Flask, context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    payment = Payment(D("10.00"), date(2026, 3, 9))
    db.session.commit()  # what was read stays, and no transaction is left open

    press = partial(payments.record_payment, invoice.id, 1, payment, finance, key="one form")
    answers = all_at_once([within(app, press) for _ in range(AT_ONCE)])

    assert answers == ["done"] * AT_ONCE
    assert again(invoice).paid == D(10)


def test_of_many_who_record_the_same_money_one_is_believed(app: Flask, context: None) -> None:
    finance, invoice = s.a_staff_member("finance"), kept(a_document())
    payment = Payment(D("10.00"), date(2026, 3, 9))
    db.session.commit()  # what was read stays, and no transaction is left open

    answers = all_at_once(
        [
            within(app, partial(payments.record_payment, invoice.id, 1, payment, finance, key=str(number)))
            for number in range(AT_ONCE)
        ]
    )

    assert sorted(answers) == ["conflict"] * (AT_ONCE - 1) + ["done"]
    assert again(invoice).paid == D(10)


def test_an_invoice_and_its_credit_notes_never_miss_each_other(app: Flask, context: None) -> None:
    documents: list[ReceivedInvoice] = []
    for number in range(4):
        invoice = a_document(f"RACE-{number}")
        documents += [invoice, a_credit_note(invoice.number, "60.00"), a_credit_note(invoice.number, "40.00")]
    db.session.commit()  # what was read stays, and no transaction is left open

    answers = all_at_once([within(app, partial(kept, document)) for document in documents])

    assert answers == ["done"] * len(documents)
    for number in range(4):
        found = queries.by_number(f"RACE-{number}")
        assert found is not None
        assert (found.credited, found.settlement) == (D(123), Settlement.CREDITED)


def test_the_same_document_many_times_at_once_is_one_invoice(app: Flask, context: None) -> None:
    document = a_document()
    db.session.commit()  # what was read stays, and no transaction is left open
    assert all_at_once([within(app, partial(kept, document)) for _ in range(AT_ONCE)]) == ["done"] * AT_ONCE
    assert db.session.scalar(db.select(db.func.count()).select_from(Invoice)) == 1


def test_a_period_that_two_invoices_claim_is_on_one(app: Flask, context: None) -> None:
    finance, account = s.a_staff_member("finance"), an_account()
    period, claiming = a_period(account), [kept(a_document()) for _ in range(6)]
    period = again(period)
    db.session.commit()  # what was read stays, and no transaction is left open

    answers = all_at_once(
        [within(app, partial(assigning.link_periods, invoice.id, 1, [period.ref], finance)) for invoice in claiming]
    )

    assert answers.count("done") == 1
    claimed = again(period).invoice_id
    linked = [invoice.id for invoice in claiming if again(invoice).account_id is not None]
    assert linked == [claimed]


def test_an_invoice_never_stays_on_an_account_that_is_merged_meanwhile(app: Flask, context: None) -> None:
    leader, finance = s.a_staff_member("team_leader"), s.a_staff_member("finance")
    survivor, other = an_account(), an_account()
    period, by_hand = a_period(other), kept(a_document())
    documents = [a_document(buyer_number=other.company_number) for _ in range(4)]
    documents.append(a_document(period_refs=(again(period).ref,)))
    versions = again(survivor).version, again(other).version
    db.session.commit()  # what was read stays, and no transaction is left open

    answers = all_at_once(
        [
            within(app, partial(customers.merge, survivor.id, other.id, versions, {}, leader)),
            within(app, partial(assigning.choose_account, by_hand.id, 1, other.id, finance)),
            within(app, partial(_entered_for, other.id)),
            *(within(app, partial(kept, document)) for document in documents),
        ]
    )

    assert answers == ["done"] * len(answers)
    assert again(other).merged_into_id == survivor.id
    assert db.session.scalars(db.select(Invoice.ref).where(Invoice.account_id == other.id)).all() == []
    assert again(by_hand).account_id == survivor.id


def test_an_account_chosen_before_a_merge_means_the_one_that_it_became(app: Flask, context: None) -> None:
    leader, finance = s.a_staff_member("team_leader"), s.a_staff_member("finance")
    survivor, other, by_hand = an_account(), an_account(), kept(a_document())
    customers.merge(survivor.id, other.id, (survivor.version, other.version), {}, leader)

    assert _entered_for(other.id).account_id == survivor.id
    assert assigning.choose_account(by_hand.id, 1, other.id, finance).account_id == survivor.id


def _entered_for(account_id: int) -> Invoice:
    with write():
        return invoices.keep(a_document(), None, account_id=account_id)
