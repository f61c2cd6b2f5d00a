"""Invoices by hand: entered, corrected, given their PDF, and deleted when they should never have been there."""

from __future__ import annotations

from dataclasses import replace

import sqlalchemy as sa

from app.billing.models import Invoice, InvoiceKind, InvoiceSource, InvoiceVat
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service.invoices import (
    ORIGINALS,
    Changes,
    InvoiceMovedOn,
    check,
    check_against,
    held,
    hold,
    judge,
    keep,
    known,
    plain,
    recount,
    saved,
    unchanged_since,
    vat_text,
)
from app.core.db import db, write
from app.core.errors import DomainError, FieldError
from app.core.files import Received
from app.core.i18n import _l
from app.documents import service as documents
from app.documents.models import Upload
from app.history import words
from app.history.service import record
from app.people.models import Person

words.name(
    {
        "invoice.edited": _l("Invoice corrected"),
        "invoice.pdf_attached": _l("PDF attached"),
        "invoice.deleted": _l("Invoice deleted"),
    }
)


class NumberTaken(FieldError):
    """There is an invoice of this number."""

    def __init__(self, invoice: Invoice) -> None:
        super().__init__("number", _l("There is an invoice with the number %(number)s already.", number=invoice.number))
        self.invoice = invoice


class CannotDelete(DomainError):
    """It came from a document, or something hangs on it."""


class FixedByDocument(DomainError):
    """The value is what the invoice itself says: another document may change it, nobody by hand."""


FIXED = ("number", "issued_on", "currency", "vat_totals", "gross", "credits_number", "ksef_number")
"""What nobody corrects by hand on an invoice that was read from the original."""


def enter(received: ReceivedInvoice, by: Person, *, account_id: int | None = None, note: str = "") -> Invoice:
    """A new invoice or credit note, typed from its paper. The same form sent twice is one invoice.

    Raises:
        NumberTaken: there is another one of this number.
        FieldError: what was typed does not go together.
    """
    check(received)
    _check_due(received)
    with write():
        hold(received)
        there = known([received])
        found = there.invoices.get(received.number)
        if found is not None:
            if found.source == InvoiceSource.HAND and found.kind == received.kind and not judge(received, there)[1]:
                return found
            raise NumberTaken(found)
        invoice = keep(received, by, account_id=account_id)
        invoice.note = note or None
    return invoice


def tell(received: ReceivedInvoice, by: Person) -> tuple[Invoice, bool]:
    """What another system tells of an invoice, kept as a document is; and whether it is a new one. The same told again
    changes nothing.

    Raises:
        FieldError: it cannot be kept.
    """
    check(received)
    _check_due(received)
    with write():
        hold(received)
        is_new = db.session.scalar(sa.select(Invoice.id).where(Invoice.number == received.number)) is None
        return keep(received, by), is_new


def edit(invoice_id: int, version: int, typed: ReceivedInvoice, note: str, by: Person) -> Invoice:
    """Corrects an invoice: everything that was entered by hand or told by a table or another system; of one read from
    the original only what the original does not fix. Unlike in a document, what is empty here becomes empty.

    Raises:
        InvoiceMovedOn: it was changed since `version`.
        NumberTaken, FixedByDocument, FieldError
    """
    check(typed)
    _check_due(typed)
    with write():
        before = db.session.scalar(sa.select(Invoice.number).where(Invoice.id == invoice_id))
        credited_before = db.session.scalar(sa.select(Invoice.credits_number).where(Invoice.id == invoice_id))
        hold(typed, before, credited_before)
        invoice = held(invoice_id)
        changes = _changes(invoice, typed, note)
        if not changes:
            return invoice  # pressed twice
        unchanged_since(invoice, version)
        typed = replace(typed, kind=InvoiceKind(invoice.kind), source=InvoiceSource(invoice.source), paid=None)
        _check_number(typed, invoice)
        _put(invoice, typed, note, changes)
        saved(invoice, "invoice.edited", by, changes)
        for number in sorted({credited_before or "", invoice.credits_number or ""} - {""}):
            recount(number, by)
    return invoice


def _check_due(received: ReceivedInvoice) -> None:
    if received.due_on is not None and received.due_on < received.issued_on:
        raise FieldError("due_on", _l("The due date lies before the date of the invoice. Check the two days."))


def _check_number(typed: ReceivedInvoice, invoice: Invoice) -> None:
    there = known([typed]).invoices
    other = there.get(typed.number)
    if other is not None and other.id != invoice.id:
        raise NumberTaken(other)
    check_against(typed, invoice, there.get(typed.credits_number or ""))


_TYPED = (
    "number",
    "issued_on",
    "due_on",
    "currency",
    "buyer_name",
    "buyer_country",
    "buyer_number",
    "payment_reference",
    "ksef_number",
    "credits_number",
    "net",
    "vat",
    "gross",
)


def _changes(invoice: Invoice, typed: ReceivedInvoice, note: str) -> Changes:
    changes: Changes = {}
    for name in _TYPED:
        old, new = getattr(invoice, name), getattr(typed, name)
        if (old or None) != (new or None):
            changes[name] = (plain(old), plain(new))
    totals = vat_text(VatTotal(one.rate, one.net, one.vat) for one in invoice.vat_totals)
    if totals != vat_text(typed.vat_totals):
        changes["vat_totals"] = (totals, vat_text(typed.vat_totals))
    if (invoice.note or "") != note:
        changes["note"] = (invoice.note, note or None)
    return changes


def _put(invoice: Invoice, typed: ReceivedInvoice, note: str, changes: Changes) -> None:
    if invoice.source in ORIGINALS and any(name in changes for name in FIXED):
        raise FixedByDocument(
            _l("This invoice was read from the original. Number, dates and amounts are corrected by a document only.")
        )
    for name in _TYPED:
        setattr(invoice, name, getattr(typed, name))
    if "vat_totals" in changes:
        invoice.vat_totals = [InvoiceVat(rate=one.rate, net=one.net, vat=one.vat) for one in typed.vat_totals]
    invoice.note = note or None


def attach_pdf(invoice_id: int, received: Received, by: Person) -> Invoice:
    """Puts the invoice's PDF beside it, in place of an earlier one, whose file stays in the store. The same file again
    changes nothing.

    Raises: NotFound
    """
    upload = documents.keep_upload(received, by)
    with write():
        invoice = held(invoice_id)
        before = db.session.get(Upload, invoice.pdf_id) if invoice.pdf_id is not None else None
        if before is not None and before.sha256 == upload.sha256:
            return invoice
        db.session.add(upload)
        db.session.flush()
        invoice.pdf_id = upload.id
        saved(invoice, "invoice.pdf_attached", by, {"pdf": (before.filename if before else None, upload.filename)})
    return invoice


def may_be_deleted(invoice: Invoice, credit_notes: int) -> bool:
    """Whether it was entered by hand and nothing hangs on it; payments and periods are loaded."""
    return invoice.source == InvoiceSource.HAND and not (invoice.payments or invoice.periods or credit_notes)


def delete(invoice_id: int, version: int, by: Person) -> None:
    """Deletes what was entered by hand and wrongly. Its history stays, and its key is never given again. Whatever came
    from the invoicing system stays: there it is credited, not deleted.

    Raises:
        InvoiceMovedOn: it was changed since `version`.
        CannotDelete: it came from a document, or has payments, periods or credit notes.
    """
    with write():
        invoice = held(invoice_id, version)
        naming = db.session.scalar(
            sa.select(sa.func.count())
            .select_from(Invoice)
            .where(Invoice.credits_number == invoice.number, Invoice.kind == InvoiceKind.CREDIT_NOTE)
        )
        if not may_be_deleted(invoice, naming or 0):
            raise CannotDelete(
                _l(
                    "Only an invoice that was entered by hand can be deleted, and only while it has no payments, "
                    "periods and credit notes. Take those off first."
                )
            )
        record(
            invoice,
            "invoice.deleted",
            by,
            {
                "number": (invoice.number, None),
                "buyer_name": (invoice.buyer_name, None),
                "issued_on": (plain(invoice.issued_on), None),
                "gross": (plain(invoice.gross), None),
                "currency": (invoice.currency, None),
            },
        )
        credited = invoice.credits_number
        db.session.delete(invoice)
        db.session.flush()
        if credited:
            recount(credited, by)


__all__ = [
    "CannotDelete",
    "FixedByDocument",
    "InvoiceMovedOn",
    "NumberTaken",
    "attach_pdf",
    "delete",
    "edit",
    "enter",
    "may_be_deleted",
    "tell",
]
