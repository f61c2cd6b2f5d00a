"""Billing details, their periods, hand-overs to the invoicing system, and invoices mirrored from it.

A billing detail belongs to a service of an account and says what the customer is invoiced for. Its calendar is made of
periods; a period gets a row when somebody dealt with it: handed over, taken over from another system, or found on an
invoice. What is due is the calendar less those rows (see `calendar.py`), so nothing can be invoiced twice or missed.
"""

from __future__ import annotations

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.catalogue.models import Service
from app.core.db import Base, new_ref
from app.core.money import Hundredths
from app.customers.models import Account
from app.documents.models import Upload
from app.partners.models import Reseller
from app.people.models import Person


class BillingDetail(Base):
    """What a customer is invoiced for: once, or every so many months from the first day on."""

    __tablename__ = "billing_detail"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["account_id", "service_id"],
            ["account_service.account_id", "account_service.service_id"],
            name="fk_billing_detail_account_service",
        ),
        sa.Index("ix_billing_detail_account", "account_id", "service_id"),
        sa.Index(
            "ix_billing_detail_due",
            "next_on",
            "id",
            sqlite_where=sa.text("next_on IS NOT NULL"),
            postgresql_where=sa.text("next_on IS NOT NULL"),
        ),
        sa.Index(
            "ix_billing_detail_reseller_due",
            "reseller_id",
            "next_on",
            "id",
            sqlite_where=sa.text("next_on IS NOT NULL"),
            postgresql_where=sa.text("next_on IS NOT NULL"),
        ),
        sa.Index("ix_billing_detail_recent", "created_at", "id"),
        sa.Index("ix_billing_detail_changed", "updated_at", "id"),
        sa.Index("ix_billing_detail_reseller_recent", "reseller_id", "created_at", "id"),
        sa.Index(
            "ix_billing_detail_unclear",
            "created_at",
            "id",
            sqlite_where=sa.text("past_unclear"),
            postgresql_where=sa.text("past_unclear"),
        ),
        # The key of one that was removed is never given again: its history must not become another's.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("B"))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    service_id: Mapped[int] = mapped_column(sa.ForeignKey("service.id"), index=True)
    reseller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reseller.id"))
    """To whom it is credited; nobody for what the vendor sold directly, and no reseller ever sees that."""
    text: Mapped[str] = mapped_column(sa.String(200), default="")
    """What stands on the invoice beside the service's name, if anything."""
    months: Mapped[int]
    """Length of a period: 0 for one-off, else 1, 6, 12 or 36."""
    currency: Mapped[str] = mapped_column(sa.String(3))
    starts_on: Mapped[date]
    """First day of the first period; the calendar is anchored to it."""
    ends_on: Mapped[date | None]
    """No period begins after this day."""
    next_on: Mapped[date | None]
    """First day of the earliest period that is due or will be: kept so that lists find it. None when none follows."""
    past_unclear: Mapped[bool] = mapped_column(default=False)
    """It began well before it was kept here, and nobody has said yet whether those periods were invoiced elsewhere."""
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one detail."""
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")

    account: Mapped[Account] = relationship(lazy="raise", foreign_keys=[account_id])
    service: Mapped[Service] = relationship(lazy="raise", foreign_keys=[service_id])
    reseller: Mapped[Reseller | None] = relationship(lazy="raise")
    prices: Mapped[list[BillingPrice]] = relationship(
        lazy="raise", order_by="BillingPrice.from_on", cascade="all, delete-orphan", back_populates="detail"
    )
    pauses: Mapped[list[BillingPause]] = relationship(
        lazy="raise", order_by="BillingPause.from_on", cascade="all, delete-orphan", back_populates="detail"
    )
    periods: Mapped[list[BillingPeriod]] = relationship(
        lazy="raise", order_by="BillingPeriod.number", back_populates="detail"
    )


class BillingPrice(Base):
    """The net amount of a period that begins on `from_on` or later, until the next price begins."""

    __tablename__ = "billing_price"
    __table_args__ = (sa.UniqueConstraint("detail_id", "from_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    detail_id: Mapped[int] = mapped_column(sa.ForeignKey("billing_detail.id"))
    from_on: Mapped[date]
    net: Mapped[Decimal] = mapped_column(Hundredths)
    vat_rate: Mapped[Decimal | None] = mapped_column(Hundredths)
    """In per cent; None where no VAT is charged."""

    detail: Mapped[BillingDetail] = relationship(back_populates="prices", lazy="raise")


class BillingPause(Base):
    """Periods that begin within it are not invoiced; the calendar goes on underneath."""

    __tablename__ = "billing_pause"

    id: Mapped[int] = mapped_column(primary_key=True)
    detail_id: Mapped[int] = mapped_column(sa.ForeignKey("billing_detail.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date | None]
    """The last day; None while nobody said when it ends."""

    detail: Mapped[BillingDetail] = relationship(back_populates="pauses", lazy="raise")


class PeriodState(enum.StrEnum):
    HANDED_OVER = "handed_over"
    """In a hand-over to the invoicing system."""
    INVOICED = "invoiced"
    """On an invoice that we mirror."""
    TAKEN_OVER = "taken_over"
    """Invoiced before this detail was kept here."""


class BillingPeriod(Base):
    """One period of a detail that somebody dealt with, its figures as they were then."""

    __tablename__ = "billing_period"
    __table_args__ = (
        sa.UniqueConstraint("detail_id", "number"),
        sa.Index("ix_billing_period_invoice", "invoice_id"),
        sa.Index("ix_billing_period_reseller_invoice", "reseller_id", "invoice_id"),
        sa.Index("ix_billing_period_hand_over", "hand_over_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    detail_id: Mapped[int] = mapped_column(sa.ForeignKey("billing_detail.id"))
    number: Mapped[int]
    """Counts from 0 at the detail's first day. `ref` is the stable id that other systems know."""
    ref: Mapped[str] = mapped_column(sa.String(30), unique=True)
    """`B-7K3F9Q2M/3`: the detail's reference and the number."""
    state: Mapped[str] = mapped_column(sa.String(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    """The last day; the first day itself for one-off."""
    net: Mapped[Decimal] = mapped_column(Hundredths)
    vat_rate: Mapped[Decimal | None] = mapped_column(Hundredths)
    currency: Mapped[str] = mapped_column(sa.String(3))
    reseller_id: Mapped[int | None] = mapped_column(sa.ForeignKey("reseller.id"))
    """The credit as it was then: a later change of the detail's does not move what was invoiced."""
    hand_over_id: Mapped[int | None] = mapped_column(sa.ForeignKey("hand_over.id"))
    invoice_id: Mapped[int | None] = mapped_column(sa.ForeignKey("invoice.id"))
    given: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON)
    """What the hand-over's file says beside the figures (customer, service, text), as it was then: the file never
    changes."""
    created_at: Mapped[datetime]

    detail: Mapped[BillingDetail] = relationship(back_populates="periods", lazy="raise")
    invoice: Mapped[Invoice | None] = relationship(back_populates="periods", lazy="raise")
    hand_over: Mapped[HandOver | None] = relationship(lazy="raise")


class HandOver(Base):
    """Everything that was due until a day, given to the invoicing system as one file that never changes again."""

    __tablename__ = "hand_over"

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("H"))
    until_on: Mapped[date]
    made_at: Mapped[datetime] = mapped_column(index=True)
    made_by_id: Mapped[int] = mapped_column(sa.ForeignKey("person.id"))
    count: Mapped[int] = mapped_column(default=0)
    key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one hand-over."""
    taken_back_at: Mapped[datetime | None]
    """Then its periods are due again, with the same stable ids."""
    taken_back_by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))

    made_by: Mapped[Person] = relationship(lazy="raise", foreign_keys=[made_by_id])
    taken_back_by: Mapped[Person | None] = relationship(lazy="raise", foreign_keys=[taken_back_by_id])


# --- invoices ---------------------------------------------------------------------------------------------------------


class InvoiceKind(enum.StrEnum):
    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"


class InvoiceSource(enum.StrEnum):
    HAND = "hand"
    CSV = "csv"
    UBL = "ubl"
    FA3 = "fa3"
    FINVOICE = "finvoice"
    CII = "cii"
    API = "api"


class Settlement(enum.StrEnum):
    """How far an invoice is settled, kept with it. Overdue is not: it comes with the days, see `queries.invoices`."""

    UNPAID = "unpaid"
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    CREDITED = "credited"


class Invoice(Base):
    """An invoice or credit note as the invoicing system issued it. Amounts of a credit note are positive."""

    __tablename__ = "invoice"
    __table_args__ = (
        sa.Index("ix_invoice_recent", "issued_on", "id"),
        sa.Index("ix_invoice_changed", "updated_at", "id"),
        sa.Index("ix_invoice_due", "due_sort", "id"),
        sa.Index("ix_invoice_settlement", "settlement", "due_sort", "id"),
        sa.Index("ix_invoice_account", "account_id", "issued_on"),
        sa.Index("ix_invoice_buyer_number", "buyer_number"),
        # The key of one that was deleted is never given again: its history must not become another's.
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    ref: Mapped[str] = mapped_column(sa.String(20), unique=True, default=lambda: new_ref("N"))
    kind: Mapped[str] = mapped_column(sa.String(20), default=InvoiceKind.INVOICE)
    number: Mapped[str] = mapped_column(sa.String(60), unique=True)
    issued_on: Mapped[date]
    due_on: Mapped[date | None]
    due_sort: Mapped[date]
    """The due date for ordering and for what is overdue; the end of time where there is none."""
    currency: Mapped[str] = mapped_column(sa.String(3))
    net: Mapped[Decimal] = mapped_column(Hundredths)
    vat: Mapped[Decimal] = mapped_column(Hundredths)
    gross: Mapped[Decimal] = mapped_column(Hundredths)
    paid: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    credited: Mapped[Decimal] = mapped_column(Hundredths, default=Decimal(0))
    settlement: Mapped[str] = mapped_column(sa.String(20), default=Settlement.UNPAID)
    buyer_name: Mapped[str] = mapped_column(sa.String(200))
    buyer_country: Mapped[str] = mapped_column(sa.String(2), default="")
    buyer_number: Mapped[str] = mapped_column(sa.String(40), default="")
    """As the document gives it, without blanks."""
    payment_reference: Mapped[str] = mapped_column(sa.String(60), default="")
    ksef_number: Mapped[str | None] = mapped_column(sa.String(40))
    credits_number: Mapped[str | None] = mapped_column(sa.String(60), index=True)
    """The number of the invoice that a credit note corrects, known here or not."""
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("account.id"))
    """The customer; none while nobody knows which account it is."""
    source: Mapped[str] = mapped_column(sa.String(10))
    document_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    """The file from which it was read."""
    pdf_id: Mapped[int | None] = mapped_column(sa.ForeignKey("upload.id"))
    note: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    search: Mapped[str] = mapped_column(sa.Text, default="")

    account: Mapped[Account | None] = relationship(lazy="raise")
    pdf: Mapped[Upload | None] = relationship(lazy="raise", foreign_keys=[pdf_id])
    document: Mapped[Upload | None] = relationship(lazy="raise", foreign_keys=[document_id])
    vat_totals: Mapped[list[InvoiceVat]] = relationship(
        lazy="raise", order_by="InvoiceVat.id", cascade="all, delete-orphan", back_populates="invoice"
    )
    payments: Mapped[list[InvoicePayment]] = relationship(
        lazy="raise",
        order_by="InvoicePayment.paid_on, InvoicePayment.id",
        cascade="all, delete-orphan",
        back_populates="invoice",
    )
    periods: Mapped[list[BillingPeriod]] = relationship(
        lazy="raise", order_by="BillingPeriod.starts_on", back_populates="invoice"
    )


class InvoiceVat(Base):
    """The totals of an invoice for one VAT rate."""

    __tablename__ = "invoice_vat"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    rate: Mapped[Decimal | None] = mapped_column(Hundredths)
    """In per cent; None where no VAT is charged (exempt, reverse charge, outside the scope)."""
    net: Mapped[Decimal] = mapped_column(Hundredths)
    vat: Mapped[Decimal] = mapped_column(Hundredths)

    invoice: Mapped[Invoice] = relationship(back_populates="vat_totals", lazy="raise")


class InvoicePayment(Base):
    """Money that came in for an invoice, or, negative, went back."""

    __tablename__ = "invoice_payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    invoice_id: Mapped[int] = mapped_column(sa.ForeignKey("invoice.id"), index=True)
    paid_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Hundredths)
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    by_id: Mapped[int | None] = mapped_column(sa.ForeignKey("person.id"))
    key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    """Of the form that was sent: the same form sent twice is one payment."""
    created_at: Mapped[datetime]

    invoice: Mapped[Invoice] = relationship(back_populates="payments", lazy="raise")
