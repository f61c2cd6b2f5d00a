"""Invoices at the desk: their list, one with all that belongs to it, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import invoice_words as words
from app.billing.desk import blueprint
from app.billing.models import Invoice, InvoiceKind, InvoiceSource
from app.billing.queries import invoices as queries
from app.billing.queries.invoices import Filter
from app.billing.service.entering import may_be_deleted
from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.money import CURRENCIES
from app.core.tables import table_response
from app.customers import queries as accounts
from app.customers import story
from app.customers.models import Account
from app.documents.models import Upload
from app.people.queries import names_of
from app.settings import processes

COUNTED = ("open", "overdue", "unmatched")


@blueprint.get("/invoices")
@requires(P.INVOICES_READ)
def invoices() -> Response:
    by, day = _filter(), queries.vendor_today()
    visible = queries.visible_to(actor())
    query = queries.narrowed(visible, by, day)
    return render_page(
        "billing/desk_invoices.html",
        fragment="billing/_desk_invoice_rows.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        tabs=_tabs(by, queries.counts(queries.narrowed(visible, by, day, group=False), COUNTED, day)),
        by=by,
        day=day,
        words=words,
        resellers=accounts.resellers_to_choose(),
        currencies=[(code, code) for code in CURRENCIES],
        sources=[(code.value, words.SOURCE_NAMES[code]) for code in InvoiceSource],
    )


@blueprint.get("/invoices/invoices.<any(csv, xlsx):format>")
@requires(P.INVOICES_READ)
def invoices_file(format: str) -> Response:
    by, day = _filter(), queries.vendor_today()
    rows = queries.everything(queries.narrowed(queries.visible_to(actor()), by, day), by.sort)
    header = [
        _("Reference"),
        _("Kind"),
        _("Invoice number"),
        _("Date of the invoice"),
        _("Due date"),
        _("State"),
        _("Currency"),
        _("Net"),
        _("VAT"),
        _("Total"),
        _("Paid"),
        _("Credited"),
        _("Still to pay"),
        _("Customer on the invoice"),
        _("Country of the customer"),
        _("Number of the customer"),
        _("Account"),
        _("Payment reference"),
        _("KSeF number"),
        _("Credits the invoice"),
        _("Periods"),
        _("Source"),
    ]
    return table_response(format, _("invoices"), header, (_columns(found, day) for found in rows))


def _columns(found: Invoice, day: date) -> list[Any]:
    return [
        found.ref,
        str(words.KIND_NAMES[InvoiceKind(found.kind)]),
        found.number,
        found.issued_on,
        found.due_on,
        str(words.STATE_NAMES[words.state_of(found, day)]),
        found.currency,
        found.net,
        found.vat,
        found.gross,
        found.paid,
        found.credited,
        words.open_amount(found) if found.kind == InvoiceKind.INVOICE else None,
        found.buyer_name,
        found.buyer_country,
        found.buyer_number,
        found.account.ref if found.account else "",
        found.payment_reference,
        found.ksef_number or "",
        found.credits_number or "",
        ", ".join(period.ref for period in found.periods),
        str(words.SOURCE_NAMES[InvoiceSource(found.source)]),
    ]


@blueprint.get("/invoices/<ref>")
@requires(P.INVOICES_READ)
def invoice(ref: str) -> Response:
    found, day = found_invoice(ref), queries.vendor_today()
    related = queries.related(found)
    return render_page(
        "billing/desk_invoice.html",
        invoice=found,
        words=words,
        said=words.said(found, day),
        open_amount=words.open_amount(found),
        related=related,
        resellers=queries.resellers_on(found),
        people=names_of(payment.by_id for payment in found.payments),
        told=words.history_of(found),
        may_edit=may(P.INVOICES_EDIT),
        may_delete=may(P.INVOICES_EDIT)
        and may_be_deleted(found, len(related) if found.kind == InvoiceKind.INVOICE else 0),
    )


@blueprint.get("/invoices/<ref>/invoice.pdf")
@requires(P.INVOICES_READ)
def invoice_pdf_file(ref: str) -> Response:
    return _file(found_invoice(ref).pdf)


@blueprint.get("/invoices/<ref>/document")
@requires(P.INVOICES_READ)
def invoice_document_file(ref: str) -> Response:
    """The file from which it was read."""
    return _file(found_invoice(ref).document)


def _file(upload: Upload | None) -> Response:
    if upload is None:
        raise NotFound
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


def found_invoice(ref: str) -> Invoice:
    """The invoice with all it holds. Raises NotFound."""
    return queries.whole(queries.visible_to(actor()), ref)


def _filter() -> Filter:
    asked = request.args
    group, source, currency = asked.get("group", ""), asked.get("source", ""), asked.get("currency", "")
    return Filter(
        q=asked.get("q", "").strip()[:200],
        group=group if group in queries.GROUPS else "",
        reseller=asked.get("reseller", "")[:20],
        currency=currency if currency in CURRENCIES else "",
        source=source if source in set(InvoiceSource) else "",
        sort=asked.get("sort", "newest") if asked.get("sort") in queries.SORTS else "newest",
    )


def _tabs(by: Filter, counts: Mapping[str, int]) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name not in ("group", "cursor")}
    tabs: list[dict[str, Any]] = [{"label": _("All"), "url": url_for(".invoices", **kept), "current": not by.group}]
    for group in queries.GROUPS:
        tab = {
            "label": words.GROUP_NAMES[group],
            "url": url_for(".invoices", **{**kept, "group": group}),
            "current": by.group == group,
        }
        if group in counts:
            tab["count"] = counts[group] if counts[group] <= 10_000 else "10,000+"
        tabs.append(tab)
    return tabs


# --- on the page of an account ----------------------------------------------------------------------------------------

SHOWN = 10


def _of_account(account: Account) -> story.Part | None:
    if not (may(P.INVOICES_READ) and processes.has_page("billing_desk.invoices")):
        return None
    found = queries.of_account(queries.visible_to(actor()), account.id, SHOWN)
    return story.Part(
        "billing/desk_account_invoices.html",
        {
            "invoices": found[:SHOWN],
            "more": len(found) > SHOWN,
            "account": account,
            "day": queries.vendor_today(),
            "words": words,
        },
    )


story.DESK_PARTS.append(_of_account)
