"""An invoice as a document gives it, whatever its format: what hands, files and other systems all bring."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from app.billing.models import InvoiceKind, InvoiceSource


@dataclass(frozen=True)
class VatTotal:
    """What an invoice charges at one rate."""

    rate: Decimal | None
    """In per cent; None where no VAT is charged."""
    net: Decimal
    vat: Decimal


@dataclass(frozen=True)
class ReceivedInvoice:
    """One invoice or credit note. Amounts of a credit note are positive here, whatever sign its format uses."""

    number: str
    issued_on: date
    currency: str
    buyer_name: str
    vat_totals: tuple[VatTotal, ...]
    source: InvoiceSource
    kind: InvoiceKind = InvoiceKind.INVOICE
    due_on: date | None = None
    buyer_country: str = ""
    buyer_number: str = ""
    """Company or VAT number, or SIRET, as the document gives it, without blanks."""
    payment_reference: str = ""
    ksef_number: str | None = None
    credits_number: str | None = None
    """The number of the invoice that a credit note corrects."""
    period_refs: tuple[str, ...] = field(default=())
    """Stable ids of billing periods found in it, such as `B-7K3F9Q2M/3`."""
    paid: Decimal | None = None
    """What is paid by now, where the document says so."""
    total: Decimal | None = None
    """The gross amount as the document states it, where it does: it may differ from the sum by a cent a rate."""

    @property
    def net(self) -> Decimal:
        return sum((total.net for total in self.vat_totals), Decimal(0))

    @property
    def vat(self) -> Decimal:
        return sum((total.vat for total in self.vat_totals), Decimal(0))

    @property
    def gross(self) -> Decimal:
        return self.net + self.vat if self.total is None else self.total
