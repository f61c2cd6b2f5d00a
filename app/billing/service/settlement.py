"""How far an invoice is settled: by the sums alone, whatever the order in which money and credit notes came."""

from __future__ import annotations

from decimal import Decimal

import sqlalchemy as sa

from app.billing.models import Invoice, InvoiceKind, InvoicePayment, Settlement
from app.core.db import db

ZERO = Decimal("0.00")


def settlement_of(gross: Decimal, paid: Decimal, credited: Decimal) -> Settlement:
    """The state that the sums say (R15).

    Credited: credit notes take away all of it. Paid: nothing is open. Partly paid: some of the money came. Unpaid:
    none came, or all of it went back; a credit note over a part does not make an invoice partly paid.
    """
    if gross > 0 and credited >= gross:
        return Settlement.CREDITED
    if gross - credited - paid <= 0:
        return Settlement.PAID
    return Settlement.PARTLY_PAID if paid > 0 else Settlement.UNPAID


def settle(invoice: Invoice) -> dict[str, tuple[str, str]]:
    """Sums a locked invoice's payments and credit notes anew, inside this `write()`, and tells what changed.

    A credit note asks for no money: it stands as credited from the start, and counts at the invoice it names.
    """
    before = (invoice.paid, invoice.credited, invoice.settlement)
    db.session.flush()
    invoice.paid = _sum(sa.select(sa.func.sum(InvoicePayment.amount)).where(InvoicePayment.invoice_id == invoice.id))
    if invoice.kind == InvoiceKind.CREDIT_NOTE:
        invoice.credited, invoice.settlement = ZERO, Settlement.CREDITED
    else:
        invoice.credited = _sum(
            sa.select(sa.func.sum(Invoice.gross)).where(
                Invoice.credits_number == invoice.number,
                Invoice.kind == InvoiceKind.CREDIT_NOTE,
                Invoice.currency == invoice.currency,
            )
        )
        invoice.settlement = settlement_of(invoice.gross, invoice.paid, invoice.credited)
    after = (invoice.paid, invoice.credited, invoice.settlement)
    return {
        name: (str(old), str(new))
        for name, old, new in zip(("paid", "credited", "settlement"), before, after, strict=True)
        if old != new
    }


def _sum(query: sa.Select[Decimal]) -> Decimal:
    """The type goes through SUM: `Hundredths` reads whole numbers."""
    found: Decimal | None = db.session.scalar(query)
    return ZERO if found is None else found
