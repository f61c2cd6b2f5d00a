"""Billing details at the desk: their list, one with its calendar, and their part of an account's page."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import outlook, story
from app.billing.desk import blueprint
from app.billing.models import BillingDetail
from app.billing.queries import details as queries
from app.billing.queries.details import Filter
from app.billing.queries.invoices import vendor_today
from app.catalogue import queries as catalogue
from app.catalogue.words import period_name
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.money import CURRENCIES
from app.core.tables import table_response
from app.customers import queries as accounts
from app.customers import story as account_story
from app.customers.models import Account


@blueprint.get("/billing/details")
@requires(P.BILLING_READ)
def details() -> Response:
    by = _filter()
    query = queries.narrowed(queries.visible_to(actor()), by, vendor_today())
    return render_page(
        "billing/details.html",
        fragment="billing/_details.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        total=queries.count(query),
        by=by,
        day=vendor_today(),
        said=story.said,
        resellers=accounts.resellers_to_choose(),
        service_options=[(str(each.id), each.name) for each in catalogue.everything()],
        currencies=[(code, code) for code in CURRENCIES],
        price_of=outlook.price_of,
    )


@blueprint.get("/billing/details.<any(csv, xlsx):format>")
@requires(P.BILLING_READ)
def details_file(format: str) -> Response:
    by, day = _filter(), vendor_today()
    rows = queries.everything(queries.narrowed(queries.visible_to(actor()), by, day), by.sort)
    header = [
        _("Reference"),
        _("Account"),
        _("Company"),
        _("Service"),
        _("Text on the invoice"),
        _("How often it is invoiced"),
        _("Net amount of one period"),
        _("VAT rate"),
        _("Currency"),
        _("First day"),
        _("Last day on which a period may begin"),
        _("Next period"),
        _("State"),
        _("Credited reseller"),
        _("Added"),
    ]
    return table_response(format, _("billing-details"), header, (_columns(each, day) for each in rows))


def _columns(detail: BillingDetail, day: date) -> list[Any]:
    price = outlook.price_of(detail.prices, detail.next_on or day)
    return [
        detail.ref,
        detail.account.ref,
        detail.account.company_name,
        detail.service.name,
        detail.text,
        str(period_name(detail.months)),
        price.net,
        price.vat_rate,
        detail.currency,
        detail.starts_on,
        detail.ends_on,
        detail.next_on,
        story.said(detail, day).word,
        detail.reseller.organisation.name if detail.reseller else _("Sold directly"),
        detail.created_at,
    ]


@blueprint.get("/billing/details/<ref>")
@requires(P.BILLING_READ)
def detail(ref: str) -> Response:
    found, day = found_detail(ref), vendor_today()
    return render_page(
        "billing/detail.html",
        detail=found,
        day=day,
        said=story.said(found, day),
        period_states=story.PERIOD_STATES,
        price=outlook.price_of(found.prices, found.next_on or day),
        lines=outlook.of_detail(found, day),
        dealt_with=list(reversed(found.periods))[:60],
        told=story.history_of(found),
        may_edit=may(P.BILLING_EDIT) and found.account.is_live,
        may_remove=not found.periods,
    )


def found_detail(ref: str) -> BillingDetail:
    """The detail with all it holds. Raises NotFound."""
    return queries.whole(queries.visible_to(actor()), ref)


def _filter() -> Filter:
    asked = request.args
    return Filter(
        q=asked.get("q", "").strip()[:200],
        service=asked.get("service", ""),
        reseller=asked.get("reseller", "")[:20],
        state=asked.get("state", "") if asked.get("state") in queries.STATES else "",
        currency=asked.get("currency", "") if asked.get("currency") in CURRENCIES else "",
        sort=asked.get("sort", "newest") if asked.get("sort") in queries.SORTS else "newest",
    )


# --- on the page of an account ----------------------------------------------------------------------------------------


def _of_account(account: Account) -> account_story.Part | None:
    if not may(P.BILLING_READ):
        return None
    context = {
        "details": queries.of_account(account.id),
        "day": vendor_today(),
        "said": story.said,
        "price_of": outlook.price_of,
        "new_url": url_for("billing_desk.new", ref=account.ref) if account.is_live and may(P.BILLING_EDIT) else "",
    }
    return account_story.Part("billing/desk_account_part.html", context)


account_story.DESK_PARTS.append(_of_account)
