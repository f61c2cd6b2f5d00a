"""Payments of an invoice: partial, several, returned; a wrong one is taken off again, with history."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from app.billing.models import Invoice, InvoiceKind, InvoicePayment
from app.billing.service.invoices import held, plain, saved, unchanged_since
from app.core.clock import now, today
from app.core.db import write
from app.core.errors import DomainError, FieldError
from app.core.i18n import _l
from app.core.money import LARGEST
from app.history import words
from app.people.models import Person
from app.settings.models import vendor

words.name(
    {
        "invoice.payment_recorded": _l("Payment recorded"),
        "invoice.payment_returned": _l("Returned payment recorded"),
        "invoice.payment_removed": _l("Payment taken off"),
    }
)


@dataclass(frozen=True)
class Payment:
    """Money that came in, or, negative, went back."""

    amount: Decimal
    paid_on: date
    note: str = ""


class NothingToPay(DomainError):
    """A credit note asks for no money."""


def record_payment(invoice_id: int, version: int, payment: Payment, by: Person, *, key: str | None = None) -> Invoice:
    """Records a payment. The same form sent twice (`key`) is one payment.

    Raises:
        InvoiceMovedOn: the invoice was changed since `version`; somebody may have recorded the same money.
        NothingToPay: it is a credit note: money that went back is recorded on the invoice that it credits.
        FieldError: the amount or the day cannot be.
    """
    with write():
        invoice = held(invoice_id)
        if key and any(payment.key == key for payment in invoice.payments):
            return invoice  # pressed twice
        unchanged_since(invoice, version)
        if invoice.kind == InvoiceKind.CREDIT_NOTE:
            raise NothingToPay(_l("Payments are recorded on the invoice, not on its credit note."))
        _check(invoice, payment)
        invoice.payments.append(
            InvoicePayment(
                paid_on=payment.paid_on,
                amount=payment.amount,
                note=payment.note,
                by_id=by.id,
                key=key or None,
                created_at=now(),
            )
        )
        verb = "invoice.payment_recorded" if payment.amount > 0 else "invoice.payment_returned"
        saved(invoice, verb, by, {"payment": (None, _told(payment.amount, payment.paid_on, payment.note))})
    return invoice


def remove_payment(invoice_id: int, payment_id: int, by: Person) -> Invoice:
    """Takes off a payment that was recorded wrongly; one that is gone already stays gone.

    Raises: NotFound
    """
    with write():
        invoice = held(invoice_id)
        payment = next((one for one in invoice.payments if one.id == payment_id), None)
        if payment is None:
            return invoice
        told = _told(payment.amount, payment.paid_on, payment.note)
        invoice.payments.remove(payment)
        saved(invoice, "invoice.payment_removed", by, {"payment": (told, None)})
    return invoice


def _check(invoice: Invoice, payment: Payment) -> None:
    if payment.amount == 0:
        raise FieldError("amount", _l("Enter the amount that was paid."))
    if abs(payment.amount) > LARGEST:
        raise FieldError("amount", _l("This amount is too large. Check the digits."))
    if payment.paid_on > today(vendor().timezone):
        raise FieldError("paid_on", _l("This day lies in the future. Enter the day on which the money moved."))
    if invoice.paid + payment.amount < 0:
        raise FieldError("amount", _l("More would have gone back than came in. Check the amount."))


def _told(amount: Decimal, paid_on: date, note: str) -> str:
    return " · ".join(part for part in (plain(amount), plain(paid_on), note) if part)
