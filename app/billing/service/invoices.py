"""Invoices as the invoicing system issued them (R15): `judge` tells what a document would change, `keep` keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from app.billing.models import (
    Invoice,
    InvoiceKind,
    InvoicePayment,
    InvoiceSource,
    InvoiceVat,
    Settlement,
)
from app.billing.received import ReceivedInvoice, VatTotal
from app.billing.service import matching
from app.billing.service.settlement import ZERO, settle
from app.core.clock import now, today
from app.core.db import db, lock, lock_named
from app.core.errors import FieldError, MovedOn
from app.core.i18n import _l
from app.core.money import CENT, LARGEST, known_currency, vat_of
from app.core.search import search_text
from app.customers import service as customers
from app.documents.models import Upload
from app.history import words
from app.history.service import record
from app.people.models import Person
from app.settings.models import vendor

words.name(
    {
        "invoice.received": _l("Invoice received"),
        "invoice.entered": _l("Invoice entered by hand"),
        "invoice.updated": _l("A newer document was received"),
        "invoice.credited": _l("Credit note counted"),
    }
)

Changes = dict[str, tuple[Any, Any]]
"""Field code -> (as it is, as it will be), both as plain text."""

NEVER = date(9999, 12, 31)
"""The `due_sort` of what has no due date."""
VAT_SLACK = Decimal(1)
"""By how much the VAT of a rate may differ from rate times net: invoices that round line by line differ by cents, and
the European standard's own check allows one unit of the currency."""

ORIGINALS = frozenset({InvoiceSource.UBL, InvoiceSource.FA3, InvoiceSource.FINVOICE, InvoiceSource.CII})
"""The invoice itself. What tells of it (a hand, a table, another system) never takes its place as source."""


# --- judging ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """What is kept already of the things that a batch of documents speaks of."""

    invoices: Mapping[str, Invoice] = field(default_factory=dict)
    """Number -> invoice, its VAT totals, payments and periods loaded."""
    periods: Mapping[str, matching.Found] = field(default_factory=dict)

    def periods_of(self, received: ReceivedInvoice) -> list[matching.Found]:
        """Those that a document names."""
        return [self.periods[ref] for ref in received.period_refs if ref in self.periods]


def known(batch: Iterable[ReceivedInvoice]) -> Known:
    """Looks everything up that `judge` needs for these documents, in six queries however many they are."""
    batch = list(batch)
    numbers = {one.number for one in batch} | {one.credits_number for one in batch if one.credits_number}
    found = db.session.scalars(
        sa.select(Invoice)
        .where(Invoice.number.in_(numbers))
        .options(selectinload(Invoice.vat_totals), selectinload(Invoice.payments), selectinload(Invoice.periods))
        .execution_options(populate_existing=True)
    )
    return Known(
        {invoice.number: invoice for invoice in found},
        matching.found_by_refs(ref for one in batch for ref in one.period_refs),
    )


def judge(received: ReceivedInvoice, among: Known | None = None) -> tuple[Invoice | None, Changes]:
    """The invoice of this number, if there is one, and what keeping the document would change: nothing for the same
    document again. For a new invoice the changes are all that it says. Reads only.

    For many documents, give `among=known(batch)`: then nothing is asked here.

    Raises:
        FieldError: the document cannot be kept; `field` is the name of what is wrong in `ReceivedInvoice`.
    """
    there = among if among is not None else known([received])
    check(received)
    invoice = there.invoices.get(received.number)
    check_against(received, invoice, there.invoices.get(received.credits_number or ""))
    return invoice, _changes(received, invoice, there)


def check(received: ReceivedInvoice) -> None:
    """Whether a document makes sense by itself.

    Raises:
        FieldError: it does not.
    """
    if not received.number.strip():
        raise FieldError("number", _l("The invoice has no number."))
    if len(received.number) > 60:
        raise FieldError("number", _l("The invoice's number is longer than 60 characters."))
    if not received.buyer_name.strip():
        raise FieldError("buyer_name", _l("The invoice does not name the customer."))
    if not known_currency(received.currency):
        raise FieldError(
            "currency", _l("Amounts in the currency %(currency)s cannot be kept.", currency=received.currency or "–")
        )
    if received.credits_number == received.number:
        raise FieldError("credits_number", _l("A credit note cannot credit itself."))
    if received.credits_number and received.kind != InvoiceKind.CREDIT_NOTE:
        raise FieldError("credits_number", _l("Only a credit note names the invoice that it credits."))
    _check_totals(received)


def _check_totals(received: ReceivedInvoice) -> None:
    if not received.vat_totals:
        raise FieldError("vat_totals", _l("The invoice has no totals by VAT rate."))
    amounts = [amount for one in received.vat_totals for amount in (one.net, one.vat)]
    amounts += [amount for amount in (received.total, received.paid) if amount is not None]
    if any(abs(amount) > LARGEST or amount != amount.quantize(CENT) for amount in amounts):
        raise FieldError("vat_totals", _l("An amount has more than two decimals, or is too large to be kept."))
    for one in received.vat_totals:
        if one.rate is not None and not 0 <= one.rate < 100:
            raise FieldError("vat_totals", _l("A VAT rate lies between 0 and 100 %%."))
        expected = vat_of(one.net, one.rate)
        if abs(one.vat - expected) > (VAT_SLACK if one.rate else 0):
            raise FieldError(
                "vat_totals",
                _l(
                    "The VAT of a rate does not fit its net amount: it is %(found)s instead of about %(expected)s.",
                    found=str(one.vat),
                    expected=str(expected),
                ),
            )
    summed = received.net + received.vat
    if abs(received.gross - summed) > CENT * len(received.vat_totals):
        raise FieldError(
            "total",
            _l(
                "The totals by VAT rate do not add up: together they are %(sum)s, and the invoice says %(total)s.",
                sum=str(summed),
                total=str(received.gross),
            ),
        )
    if received.gross < 0:
        raise FieldError("total", _l("The total is negative. What credits an invoice is kept as a credit note."))


def check_against(received: ReceivedInvoice, invoice: Invoice | None, credited: Invoice | None) -> None:
    if invoice is not None:
        if invoice.kind != received.kind:
            raise FieldError(
                "number",
                _l("This number is kept already, once as an invoice and once as a credit note. Check the number."),
            )
        if invoice.currency != received.currency and (invoice.payments or invoice.periods or invoice.credited):
            raise FieldError(
                "currency",
                _l(
                    "This invoice is kept in %(currency)s, with payments, credit notes or periods in that currency.",
                    currency=invoice.currency,
                ),
            )
    if credited is not None:
        if credited.kind == InvoiceKind.CREDIT_NOTE:
            raise FieldError(
                "credits_number", _l("A credit note credits an invoice, and this number is a credit note.")
            )
        if credited.currency != received.currency:
            raise FieldError(
                "currency",
                _l("The invoice that it credits is in %(currency)s.", currency=credited.currency),
            )


_FIELDS = (
    "number",
    "kind",
    "issued_on",
    "due_on",
    "currency",
    "buyer_name",
    "buyer_country",
    "buyer_number",
    "payment_reference",
    "ksef_number",
    "credits_number",
)
"""What a document says in one value each. One that it leaves out never empties what is kept."""


def _changes(received: ReceivedInvoice, invoice: Invoice | None, there: Known) -> Changes:
    changes: Changes = {}
    for name in _FIELDS:
        new = getattr(received, name)
        old = getattr(invoice, name) if invoice is not None else None
        if new not in (None, "") and new != old:
            changes[name] = (plain(old), plain(new))
    if vat_text(received.vat_totals) != (old_vat := vat_text(_totals_of(invoice)) if invoice else None):
        changes["vat_totals"] = (old_vat, vat_text(received.vat_totals))
    for name in ("net", "vat", "gross"):
        old = getattr(invoice, name) if invoice is not None else None
        if getattr(received, name) != old:
            changes[name] = (plain(old), plain(getattr(received, name)))
    if invoice is None or _takes_place(received.source, invoice.source):
        changes["source"] = (invoice.source if invoice else None, received.source.value)
    if came := _newly_paid(received, invoice):
        paid = invoice.paid if invoice else ZERO
        changes["paid"] = (plain(paid), plain(paid + came))
    linked = _linkable(received, there, invoice)
    if linked:
        had = sorted(period.ref for period in invoice.periods) if invoice else []
        changes["periods"] = (", ".join(had), ", ".join(sorted([*had, *(one.ref for one in linked)])))
    return changes


def _linkable(received: ReceivedInvoice, there: Known, invoice: Invoice | None) -> list[matching.Found]:
    """A credit note takes a period away from nobody: it is on the invoice that is credited."""
    if received.kind == InvoiceKind.CREDIT_NOTE:
        return []
    return matching.linkable(received.period_refs, there.periods, received.currency, invoice)


def _takes_place(new: str, old: str) -> bool:
    return new in ORIGINALS and old not in ORIGINALS


def _newly_paid(received: ReceivedInvoice, invoice: Invoice | None) -> Decimal:
    """What a document says has been paid beyond what is known here, 0 for nothing.

    It never lowers: a document knows what was paid when it was written. Money that came and went back is not taken
    twice: what came in at any time counts, also when it was returned since.
    """
    if received.paid is None or received.kind == InvoiceKind.CREDIT_NOTE:
        return ZERO
    came = [payment.amount for payment in invoice.payments if payment.amount > 0] if invoice else []
    reached = max(sum(came, ZERO), invoice.paid if invoice else ZERO)
    return max(ZERO, received.paid - reached)


def _totals_of(invoice: Invoice) -> list[VatTotal]:
    return [VatTotal(one.rate, one.net, one.vat) for one in invoice.vat_totals]


def vat_text(totals: Iterable[VatTotal]) -> str:
    """`23.00: 100.00 + 23.00; –: 50.00 + 0.00`, the same for the same totals in any order."""
    ordered = sorted(totals, key=lambda one: (one.rate is None, one.rate or 0, one.net, one.vat))
    return "; ".join(
        f"{'–' if one.rate is None else plain(one.rate)}: {plain(one.net)} + {plain(one.vat)}" for one in ordered
    )


def plain(value: Any) -> str | None:
    """As preview and history keep it: text, dates in ISO, amounts with two decimals and a point."""
    match value:
        case None:
            return None
        case Decimal():
            return f"{value:.2f}"
        case date():
            return value.isoformat()
        case _:
            return str(value)


# --- keeping ----------------------------------------------------------------------------------------------------------


def keep(
    received: ReceivedInvoice, by: Person | None, *, upload: Upload | None = None, account_id: int | None = None
) -> Invoice:
    """Keeps what a document says, inside this `write()`: a new invoice, or a newer state of a known one, with history.
    The same document again changes nothing. `upload` is the document's own file, not yet added; `account_id` whose
    invoice a new one is, where somebody says so.

    What staff recorded stays: a document adds payments and never takes any away, links periods and unlinks none, and
    leaves the account as it is once somebody chose one.

    Raises:
        FieldError: the document cannot be kept, see `judge`.
    """
    hold(received)
    hold_accounts(_whose(received, account_id))
    held = db.session.scalar(sa.select(Invoice.id).where(Invoice.number == received.number))
    if held is not None:
        lock(Invoice, held)
    there = known([received])
    invoice, changes = judge(received, there)
    if invoice is None:
        invoice = _new(received)
    elif not changes:
        return invoice
    before = invoice.credits_number
    _put(invoice, received, changes)
    if upload is not None:
        db.session.add(upload)
        db.session.flush()
        changes["document"] = (None, upload.filename)
        invoice.document_id = upload.id
    is_new = invoice.id is None
    if is_new:
        db.session.add(invoice)
    db.session.flush()
    _pay_as_told(invoice, received, changes, by)
    if is_new and account_id is not None:
        changes |= matching.set_account(invoice, account_id)
    _match(invoice, received, there, changes, is_new)
    changes |= settle(invoice)
    touch(invoice)
    db.session.flush()
    by_hand = received.source == InvoiceSource.HAND
    verb = "invoice.updated" if not is_new else "invoice.entered" if by_hand else "invoice.received"
    record(invoice, verb, by, changes)
    for number in sorted({before or "", invoice.credits_number or ""} - {""}):
        recount(number, by)
    return invoice


def hold(received: ReceivedInvoice, *also: str | None) -> None:
    """Holds every number that this document touches, so that an invoice and its credit note cannot miss each other."""
    before = db.session.scalar(sa.select(Invoice.credits_number).where(Invoice.number == received.number))
    for number in sorted({received.number, received.credits_number or "", before or "", *(one or "" for one in also)}):
        if number:
            lock_named(f"invoice:{number}")


def hold_accounts(ids: Iterable[int]) -> None:
    """Holds accounts before their invoices and periods, as a merge does: so neither waits for the other in a circle,
    and what is read afterwards is theirs for good."""
    for account_id in sorted(set(ids)):
        customers.held_through(account_id)


def _whose(received: ReceivedInvoice, chosen: int | None) -> set[int]:
    """The account that a document's invoice has or will get, as far as one sees before anything is held."""
    there = known([received])
    invoice = there.invoices.get(received.number)
    if invoice is not None and invoice.account_id is not None:
        return {invoice.account_id, *(one.detail.account_id for one in there.periods_of(received))}
    if invoice is None and chosen is not None:
        return {chosen, *(one.detail.account_id for one in there.periods_of(received))}
    account_id = _told_account(received, there, (received.buyer_country, received.buyer_number))
    return {account_id} if account_id is not None else set()


def _told_account(received: ReceivedInvoice, there: Known, buyer: tuple[str, str] | None) -> int | None:
    """Whose invoice it is by its periods; and where the buyer's country and number are given, by these or by the
    invoice that it credits."""
    for one in there.periods_of(received):
        return one.detail.account_id
    if buyer is None:
        return None
    account = matching.account_by_number(*buyer)
    credited = there.invoices.get(received.credits_number or "")
    return account.id if account else credited.account_id if credited else None


def _new(received: ReceivedInvoice) -> Invoice:
    moment = now()
    return Invoice(
        kind=received.kind,
        number=received.number,
        account_id=None,
        document_id=None,
        pdf_id=None,
        note=None,
        ksef_number=None,
        credits_number=None,
        due_on=None,
        due_sort=NEVER,
        buyer_country="",
        buyer_number="",
        payment_reference="",
        paid=ZERO,
        credited=ZERO,
        settlement=Settlement.UNPAID,
        source=received.source,
        created_at=moment,
        updated_at=moment,
        version=0,
        vat_totals=[],
        payments=[],
        periods=[],
    )


def _put(invoice: Invoice, received: ReceivedInvoice, changes: Changes) -> None:
    for name in (*_FIELDS, "net", "vat", "gross", "source"):
        if name in changes:
            setattr(invoice, name, getattr(received, name))
    if "vat_totals" in changes:
        invoice.vat_totals = [InvoiceVat(rate=one.rate, net=one.net, vat=one.vat) for one in received.vat_totals]


def _pay_as_told(invoice: Invoice, received: ReceivedInvoice, changes: Changes, by: Person | None) -> None:
    changes.pop("paid", None)  # `settle` tells what came of it
    came = _newly_paid(received, invoice)
    if came:
        invoice.payments.append(
            InvoicePayment(
                paid_on=max(today(vendor().timezone), received.issued_on),
                amount=came,
                note="",
                by_id=by.id if by else None,
                key=None,
                created_at=now(),
            )
        )


def _match(invoice: Invoice, received: ReceivedInvoice, there: Known, changes: Changes, is_new: bool) -> None:
    """Periods by their stable ids, the account by them or by the buyer's number; of a credit note by its invoice."""
    linked = _linkable(received, there, None if is_new else invoice)
    changes.pop("periods", None)
    if linked:
        changes |= matching.link(invoice, linked)
    if invoice.account_id is not None:
        return
    by_number = is_new or "buyer_number" in changes or "buyer_country" in changes
    account_id = _told_account(received, there, (invoice.buyer_country, invoice.buyer_number) if by_number else None)
    if account_id is not None:
        changes |= matching.set_account(invoice, account_id)


def recount(number: str, by: Person | None) -> None:
    """Sums the invoice of this number anew, because one of its credit notes changed, inside this `write()`."""
    found = db.session.scalar(sa.select(Invoice).where(Invoice.number == number, Invoice.kind == InvoiceKind.INVOICE))
    if found is None:
        return
    invoice = lock(Invoice, found.id)
    changes = settle(invoice)
    if changes:
        touch(invoice)
        db.session.flush()
        record(invoice, "invoice.credited", by, changes)


def touch(invoice: Invoice) -> None:
    """After a change: version, time, order and the text by which it is found."""
    invoice.version += 1
    invoice.updated_at = now()
    invoice.due_sort = invoice.due_on or NEVER
    invoice.search = search_text(
        invoice.ref,
        invoice.number,
        invoice.buyer_name,
        invoice.buyer_number,
        invoice.payment_reference,
        invoice.ksef_number,
        invoice.credits_number,
    )


class InvoiceMovedOn(MovedOn):
    """Somebody else, or a document, changed the invoice meanwhile."""


def held(invoice_id: int, version: int | None = None) -> Invoice:
    """The invoice locked and as it is now, with all that is its own, inside this `write()`.

    Raises:
        NotFound: it is gone.
        InvoiceMovedOn: it was changed since `version`.
    """
    invoice = lock(Invoice, invoice_id)
    if version is not None:
        unchanged_since(invoice, version)
    return db.session.scalars(
        sa.select(Invoice)
        .where(Invoice.id == invoice_id)
        .options(selectinload(Invoice.vat_totals), selectinload(Invoice.payments), selectinload(Invoice.periods))
        .execution_options(populate_existing=True)
    ).one()


def unchanged_since(invoice: Invoice, version: int) -> None:
    """Raises InvoiceMovedOn: the locked invoice was changed since `version`."""
    if invoice.version != version:
        raise InvoiceMovedOn(_l("This invoice was changed a moment ago, by somebody else or by a document."))


def saved(invoice: Invoice, verb: str, by: Person | None, changes: Changes) -> None:
    """Settles a held invoice after a change, and writes its history, inside this `write()`."""
    changes |= settle(invoice)
    touch(invoice)
    db.session.flush()
    record(invoice, verb, by, changes)
