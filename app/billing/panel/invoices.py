"""The invoices on which a reseller has a share: their state, its own periods on them, its totals by month (R15).

Of an invoice that is not wholly theirs a reseller sees number, dates, state and the own periods, and nothing that would
tell what else is on it: no totals, no payments, no PDF.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from flask import request
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import invoice_words as words
from app.billing.models import Invoice
from app.billing.panel import blueprint
from app.billing.queries import invoices as queries
from app.billing.queries.invoices import Filter
from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers import story
from app.customers.models import Account
from app.partners.gate import standing
from app.settings import processes

MONTHS = 12
SHOWN = 5


@blueprint.get("/invoices")
@requires(P.PANEL_BILLING_READ)
def invoices() -> Response:
    by, day = _filter(), queries.vendor_today()
    query = _narrowed(by, day)
    listing = queries.page(query, by.sort, request.args.get("cursor"))
    return render_page(
        "billing/panel_invoices.html",
        fragment="billing/_panel_invoice_rows.html",
        listing=listing,
        shares=queries.shares_of(actor(), listing.items),
        total=queries.count(query),
        by=by,
        day=day,
        words=words,
    )


@blueprint.get("/invoices/invoices.<any(csv, xlsx):format>")
@requires(P.PANEL_BILLING_READ)
def invoices_file(format: str) -> Response:
    by, day = _filter(), queries.vendor_today()
    own_id = standing().reseller.id
    header = [
        _("Reference"),
        _("Invoice number"),
        _("Date of the invoice"),
        _("Due date"),
        _("State"),
        _("Customer"),
        _("Currency"),
        _("Your share, net"),
        _("Your periods"),
    ]
    rows = queries.everything(_narrowed(by, day), by.sort)
    return table_response(format, _("invoices"), header, (_columns(found, day, own_id) for found in rows))


def _columns(found: Invoice, day: date, own_id: int) -> list[Any]:
    own = [period for period in found.periods if period.reseller_id == own_id]
    return [
        found.ref,
        found.number,
        found.issued_on,
        found.due_on,
        str(words.STATE_NAMES[words.state_of(found, day)]),
        found.account.company_name if found.account else found.buyer_name,
        found.currency,
        sum(period.net for period in own),
        ", ".join(period.ref for period in own),
    ]


@blueprint.get("/invoices/totals")
@requires(P.PANEL_BILLING_READ)
def invoice_totals() -> Response:
    """The last twelve months, this one included."""
    since = _first_month()
    return render_page("billing/panel_invoice_totals.html", totals=queries.totals_by_month(actor(), since), since=since)


@blueprint.get("/invoices/totals/totals.<any(csv, xlsx):format>")
@requires(P.PANEL_BILLING_READ)
def invoice_totals_file(format: str) -> Response:
    header = [_("Month"), _("Currency"), _("Invoiced"), _("Paid"), _("Still to pay"), _("Credited")]
    rows = (
        [f"{one.month:%Y-%m}", one.currency, one.invoiced, one.paid, one.open, one.credited]
        for one in queries.totals_by_month(actor(), _first_month())
    )
    return table_response(format, _("totals by month"), header, rows)


def _first_month() -> date:
    return queries.vendor_today().replace(day=1) - relativedelta(months=MONTHS - 1)


@blueprint.get("/invoices/<ref>")
@requires(P.PANEL_BILLING_READ)
def invoice(ref: str) -> Response:
    found, day, own = queries.whole(queries.own_of(actor()), ref), queries.vendor_today(), standing().reseller
    share = queries.share_of(actor(), found)
    return render_page(
        "billing/panel_invoice.html",
        invoice=found,
        share=share,
        said=words.said(found, day, share=share),
        own=own,
        open_amount=words.open_amount(found),
        credit_notes=queries.related(found) if share.is_whole else [],
        is_own_account=found.account is not None and found.account.reseller_id == own.id and found.account.is_live,
    )


@blueprint.get("/invoices/<ref>/invoice.pdf")
@requires(P.PANEL_BILLING_READ)
def invoice_pdf_file(ref: str) -> Response:
    found = queries.whole(queries.own_of(actor()), ref)
    if found.pdf is None or not queries.share_of(actor(), found).is_whole:
        raise NotFound
    return attachment(found.pdf.key, found.pdf.filename, found.pdf.content_type, found.pdf.size)


def _filter() -> Filter:
    asked = request.args
    return Filter(
        q=asked.get("q", "").strip()[:200],
        group=asked.get("group", "") if asked.get("group") in queries.STATES else "",
        sort=asked.get("sort", "newest") if asked.get("sort") in queries.SORTS else "newest",
    )


def _narrowed(by: Filter, day: date) -> sa.Select[Invoice]:
    accounts = queries.accounts_searched_by(standing().reseller.id, by.q)
    return queries.narrowed(queries.own_of(actor()), by, day, accounts=accounts)


def _of_account(account: Account) -> story.Part | None:
    """On the panel's page of an account: its latest invoices that the reseller may see."""
    if not (may(P.PANEL_BILLING_READ) and processes.has_page("billing_panel.invoices")):
        return None
    found = queries.of_account(queries.own_of(actor()), account.id, SHOWN)
    if not found:
        return None
    context = {
        "invoices": found[:SHOWN],
        "more": len(found) > SHOWN,
        "account": account,
        "day": queries.vendor_today(),
        "words": words,
    }
    return story.Part("billing/panel_account_invoices.html", context)


story.PANEL_PARTS.append(_of_account)
