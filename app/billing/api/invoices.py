"""Invoices for programs: read, and told by the invoicing system."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from flask import Response, url_for
from marshmallow import fields

from app.access.guard import actor, may, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.billing import invoice_words as words
from app.billing.api import blueprint
from app.billing.forms.api import InvoiceDocument, InvoiceFilter, InvoiceNumber
from app.billing.models import BillingPeriod, Invoice, InvoiceKind, InvoicePayment, InvoiceSource, InvoiceVat
from app.billing.queries import invoices as queries
from app.billing.queries.invoices import Filter, Share
from app.billing.service import entering
from app.core.api import Amount, Moment, Shape, asked, changes_page, listing, shown, taken
from app.core.errors import FieldError
from app.customers.models import Account
from app.outbox.webhooks.events import ENDPOINTS
from app.partners import gate

ENDPOINTS["invoice"] = "billing_api.invoice"

Pair = tuple[Decimal, str]


@dataclass(frozen=True)
class Seen:
    """An invoice as this reader may see it: staff all of it, a reseller its `share`."""

    invoice: Invoice
    share: Share | None
    day: date

    @property
    def version(self) -> int:
        return self.invoice.version

    @property
    def state(self) -> str:
        return words.state_of(self.invoice, self.day)

    @property
    def of_staff(self) -> Invoice | None:
        """What only staff read is read here."""
        return self.invoice if self.share is None else None

    @property
    def customer(self) -> str:
        return self.invoice.account.company_name if self.invoice.account else self.invoice.buyer_name

    @property
    def account(self) -> str | None:
        return account_ref(self.invoice.account)

    @property
    def periods(self) -> list[BillingPeriod]:
        return self.invoice.periods if self.share is None else self.share.periods

    @property
    def share_net(self) -> Pair | None:
        return None if self.share is None else (self.share.net, self.invoice.currency)

    def amount(self, name: str) -> Pair | None:
        """A total: to a reseller only when all of the invoice is theirs."""
        if self.share is not None and not self.share.is_whole:
            return None
        value = words.open_amount(self.invoice) if name == "open" else getattr(self.invoice, name)
        return value, self.invoice.currency

    @property
    def net(self) -> Pair | None:
        return self.amount("net")

    @property
    def vat(self) -> Pair | None:
        return self.amount("vat")

    @property
    def total(self) -> Pair | None:
        return self.amount("gross")

    @property
    def paid(self) -> Pair | None:
        return self.amount("paid")

    @property
    def credited(self) -> Pair | None:
        return self.amount("credited")

    @property
    def open(self) -> Pair | None:
        return self.amount("open") if self.invoice.kind == InvoiceKind.INVOICE else None

    @property
    def vat_lines(self) -> list[InvoiceVat]:
        return self.invoice.vat_totals if self.share is None else []

    @property
    def payments(self) -> list[InvoicePayment]:
        return self.invoice.payments if self.share is None else []


def account_ref(account: Account | None) -> str | None:
    """To a reseller only while the account is credited to it."""
    if account is None or may(P.ACCOUNTS_READ):
        return account.ref if account else None
    return account.ref if account.is_live and account.reseller_id == gate.standing().reseller.id else None


def rate(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


RATE = {"type": ["string", "null"], "description": "In per cent; null where no VAT is charged", "examples": ["23.00"]}


class VatLineShape(Shape):
    rate = fields.Function(lambda line: rate(line.rate), metadata=RATE)
    net = fields.Function(lambda line: f"{line.net:.2f}", metadata={"type": "string", "example": "100.00"})
    vat = fields.Function(lambda line: f"{line.vat:.2f}", metadata={"type": "string", "example": "23.00"})


class PaymentShape(Shape):
    paid_on = fields.Date()
    amount = fields.Function(
        lambda payment: f"{payment.amount:.2f}",
        metadata={"type": "string", "description": "Negative where money went back", "example": "123.00"},
    )


class InvoicePeriodShape(Shape):
    ref = fields.String(metadata={"description": "The stable id", "example": "B-7K3F9Q2M/3"})
    billing_detail = fields.String(attribute="detail.ref", metadata={"description": "Reference of its billing detail"})
    service = fields.String(attribute="detail.service.code", metadata={"description": "Code of the service"})
    starts_on = fields.Date()
    ends_on = fields.Date()
    net = fields.Function(lambda period: f"{period.net:.2f}", metadata={"type": "string", "example": "149.00"})


def _told(name: str, **metadata: Any) -> Any:
    """What stands on the paper and only staff read."""
    return fields.String(attribute=f"of_staff.{name}", dump_default=None, allow_none=True, metadata=metadata)


def _money(words: str) -> Any:
    return fields.Nested(Amount, allow_none=True, metadata={"description": words})


class InvoiceShape(Shape):
    """Resellers read of an invoice what is credited to them; totals only when all of it is."""

    ref = fields.String(attribute="invoice.ref", metadata={"example": "N-5T2H8Q4R"})
    number = fields.String(attribute="invoice.number", metadata={"example": "FV/2026/03/0017"})
    kind = fields.String(attribute="invoice.kind", metadata={"enum": [kind.value for kind in InvoiceKind]})
    state = fields.String(
        metadata={"enum": ["unpaid", "partly_paid", "overdue", "paid", "credited", "credit_note"], "example": "paid"}
    )
    issued_on = fields.Date(attribute="invoice.issued_on")
    due_on = fields.Date(attribute="invoice.due_on", allow_none=True)
    currency = fields.String(attribute="invoice.currency", metadata={"example": "PLN"})
    customer = fields.String(metadata={"description": "The account's name, else the one on the invoice"})
    account = fields.String(allow_none=True, metadata={"description": "Reference of the account, where it is known"})
    net = _money("Without VAT")
    vat = _money("VAT")
    total = _money("With VAT")
    paid = _money("What came in")
    credited = _money("What credit notes took away")
    open = _money("What is still to be paid; null for a credit note")
    share_net = _money("To a reseller: the net sum of what is credited to it; null to the vendor's own")
    vat_lines = fields.List(
        fields.Nested(VatLineShape), metadata={"description": "Totals by VAT rate; empty to resellers"}
    )
    payments = fields.List(fields.Nested(PaymentShape), metadata={"description": "Empty to resellers"})
    periods = fields.List(
        fields.Nested(InvoicePeriodShape),
        metadata={"description": "Billing periods that it is for; to a reseller its own"},
    )
    buyer_name = _told("buyer_name", description="As it stands on the invoice; null to resellers, as all below")
    buyer_country = _told("buyer_country")
    buyer_number = _told("buyer_number", description="Company or VAT number")
    payment_reference = _told("payment_reference")
    ksef_number = _told("ksef_number")
    credits_number = _told("credits_number", description="Number of the invoice that a credit note credits")
    source = _told("source", enum=[*(source.value for source in InvoiceSource), None])
    note = _told("note", description="Internal note")
    created_at = Moment(attribute="invoice.created_at")
    updated_at = Moment(attribute="invoice.updated_at")
    version = fields.Integer(attribute="invoice.version", metadata={"description": "Raised by every change"})


def _seen(invoices: Iterable[Invoice]) -> list[Seen]:
    """In one query however many they are."""
    found, day = list(invoices), queries.vendor_today()
    shares = {} if may(P.INVOICES_READ) else queries.whole_shares_of(actor(), found)
    return [Seen(invoice, shares.get(invoice.id), day) for invoice in found]


@blueprint.operation("GET", "/invoices", gives=InvoiceShape, lists=True, asks=InvoiceFilter)
@requires(P.API_BILLING_READ)
@scope(Scope.BILLING_READ)
def invoices() -> Response:
    """List invoices and credit notes.

    The one that changed longest ago comes first. A reseller's token shows the invoices with a period that is credited
    to the reseller.
    """
    by, day = asked(InvoiceFilter), queries.vendor_today()
    query = queries.with_parts(queries.visible_to(actor()))
    theirs = None
    if by.q.data and not may(P.INVOICES_READ):
        theirs = queries.accounts_searched_by(gate.standing().reseller.id, by.q.data)
    query = queries.narrowed(query, Filter(q=by.q.data, currency=by.currency.data), day, accounts=theirs)
    if by.number.data:
        query = query.where(Invoice.number == by.number.data)
    if by.state.data == "credit_note":
        query = query.where(Invoice.kind == InvoiceKind.CREDIT_NOTE)
    elif by.state.data:
        query = query.where(queries.in_group(by.state.data, day), Invoice.kind == InvoiceKind.INVOICE)
    page = changes_page(query, by, Invoice.updated_at, Invoice.id)
    return listing(InvoiceShape, replace(page, items=_seen(page.items)))


@blueprint.operation("GET", "/invoices/<ref>", gives=InvoiceShape)
@requires(P.API_BILLING_READ)
@scope(Scope.BILLING_READ)
def invoice(ref: str) -> Response:
    """Read an invoice."""
    return shown(InvoiceShape, _seen([queries.whole(queries.visible_to(actor()), ref)])[0])


@blueprint.operation("PUT", "/invoices", gives=InvoiceShape, asks=InvoiceNumber, takes=InvoiceDocument, upserts=True)
@requires(P.INVOICES_EDIT)
@scope(Scope.INVOICES_WRITE)
def put() -> Response:
    """Send an invoice as the invoicing system issued it.

    The number stands in the address, for example `?number=FV%2F2026%2F03%2F0017`: a new one is kept (201), a known one
    is brought up to date (200), and the same sent again changes nothing. What is left out or empty never empties what
    is kept. Payments are added and never taken away: `paid` is all that has come in by now. The account is found by the
    periods, or by the buyer's country and number. VAT that is left out is reckoned from its rate.
    """
    number = asked(InvoiceNumber).number.data
    form = taken(InvoiceDocument)
    try:
        kept, is_new = entering.tell(form.of_number(number), actor())
    except FieldError as error:
        raise FieldError({"vat_totals": "vat_lines"}.get(error.field, error.field), error.message) from error
    found = _seen([queries.whole(queries.visible_to(actor()), kept.ref)])[0]
    status, where = (201, url_for("billing_api.invoice", ref=kept.ref)) if is_new else (200, None)
    return shown(InvoiceShape, found, status=status, location=where)
