"""What billing details and mirrored invoices hold, and what the law keeps of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.billing.models import (
    BillingDetail,
    BillingPause,
    BillingPeriod,
    BillingPrice,
    HandOver,
    Invoice,
    InvoicePayment,
    InvoiceVat,
)
from app.core.db import after_commit, db
from app.core.errors import NotFound
from app.core.files import store
from app.core.i18n import _l
from app.core.privacy import ERASED, Holding, Is, Kept, Kind, Rule, Whom, are
from app.documents.models import Upload
from app.history.privacy import forget_records

_BILLING = Kind(
    "billing",
    _l("Billing details"),
    _l("To invoice what was agreed: performance of the contract."),
    _l("As long as the account."),
)
_INVOICES = Kind(
    "invoices",
    _l("Invoices"),
    _l("To keep invoices as the tax law of the vendor's country demands: a legal obligation."),
    _l("Ten years after the invoice was issued."),
)
_TAX = Kept(
    _l("Tax law demands that invoices are kept as they were issued (article 17, paragraph 3, letter b of the GDPR)."),
    _l("Ten years after the invoice was issued."),
)


def _files(whom: Whom, erase: bool) -> tuple[int, int]:
    """Documents of invoices that name the person; they stay. A PDF is not looked into: it stays in any case."""
    rows = db.session.execute(
        sa.select(Upload.key, Upload.content_type).where(
            sa.or_(
                Upload.id.in_(sa.select(Invoice.document_id)),
                Upload.id.in_(sa.select(Invoice.pdf_id)),
            ),
            Upload.content_type != "application/pdf",
        )
    )
    return 0, sum(_names(whom, row.key) for row in rows)


def _names(whom: Whom, key: str) -> bool:
    try:
        with store().open(key) as file:
            return whom.is_named_in(file.read().decode("utf-8", "replace"))
    except NotFound:
        return False


def _old(before: datetime) -> sa.Select[Any]:
    """By the day of issue; one whose buyer is blanked was dealt with."""
    return (
        sa.select(Invoice.id)
        .where(Invoice.issued_on < before.date(), Invoice.buyer_name != ERASED)
        .order_by(Invoice.id)
    )


def _forget(ids: Sequence[int]) -> None:
    invoices = db.session.scalars(sa.select(Invoice).where(Invoice.id.in_(ids))).all()
    uploads = {id for invoice in invoices for id in (invoice.document_id, invoice.pdf_id) if id}
    for invoice in invoices:
        invoice.buyer_name, invoice.buyer_number, invoice.payment_reference = ERASED, "", ""
        invoice.note, invoice.search = None, invoice.number.casefold()
        invoice.document_id = invoice.pdf_id = None
        invoice.version += 1
    db.session.flush()
    db.session.execute(sa.update(InvoicePayment).where(InvoicePayment.invoice_id.in_(ids)).values(note=""))
    keys = db.session.scalars(sa.select(Upload.key).where(Upload.id.in_(uploads))).all()
    db.session.execute(sa.delete(Upload).where(Upload.id.in_(uploads)))
    for key in keys:
        after_commit(partial(store().delete, key))
    forget_records("invoice", ids)


HOLDINGS = (
    Holding(
        InvoicePayment,
        _INVOICES,
        {"note": Is.TEXT, "key": Is.CODE},
        actors=("by_id",),
        part_of=("invoice_id", "invoice"),
    ),
    Holding(InvoiceVat, _INVOICES),
    Holding(
        Invoice,
        _INVOICES,
        {
            **are(Is.CODE, "ref", "kind", "number", "currency", "settlement", "buyer_country", "buyer_number"),
            **are(Is.CODE, "ksef_number", "credits_number", "source"),
            **are(Is.STAYS, "buyer_name", "payment_reference"),
            "note": Is.TEXT,
            "search": Is.SEARCH,
        },
        part_of=("account_id", "account"),
        stays={"buyer_name": _TAX, "payment_reference": _TAX, "files": _TAX},
        files=_files,
    ),
    Holding(
        BillingPeriod,
        _BILLING,
        {**are(Is.CODE, "ref", "state", "currency"), "given": Is.STAYS},
        stays={"given": _TAX},
    ),
    Holding(BillingPause, _BILLING),
    Holding(BillingPrice, _BILLING),
    Holding(HandOver, _BILLING, are(Is.CODE, "ref", "key"), actors=("made_by_id", "taken_back_by_id")),
    Holding(
        BillingDetail,
        _BILLING,
        {**are(Is.CODE, "ref", "currency", "key"), "text": Is.TEXT, "search": Is.SEARCH},
        part_of=("account_id", "account"),
    ),
)

RULES = (
    Rule(
        "invoices",
        _l("Invoices and their documents"),
        _l("the day of issue"),
        3653,
        _old,
        _forget,
        least=1827,
        after=_l("Number, dates and amounts."),
    ),
)
