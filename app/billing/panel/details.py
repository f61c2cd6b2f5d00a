"""What a reseller's customers are invoiced for: the details credited to it, with the next invoice date (R14).

Details of the same customers that the vendor sold itself do not exist here: not in a list, a count, a file or a search.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from flask import request
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.billing import outlook
from app.billing.models import BillingDetail
from app.billing.panel import blueprint
from app.billing.panel_words import said
from app.billing.queries import details as queries
from app.billing.queries.details import Filter
from app.catalogue import queries as catalogue
from app.catalogue.words import period_name
from app.core.clock import today
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers import story
from app.customers.models import Account
from app.partners.gate import standing
from app.settings import processes
from app.settings.models import vendor


@blueprint.get("/billing")
@requires(P.PANEL_BILLING_READ)
def details() -> Response:
    by, day = _filter(), today(vendor().timezone)
    query = _narrowed(by)
    return render_page(
        "billing/panel_details.html",
        fragment="billing/_panel_rows.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        total=queries.count(query),
        by=by,
        service_options=[(str(service.id), service.name) for service in catalogue.everything()],
        said=lambda detail: said(detail, day),
        price=lambda detail: outlook.price_of(detail.prices, max(detail.next_on or day, day)),
    )


@blueprint.get("/billing/details.<any(csv, xlsx):format>")
@requires(P.PANEL_BILLING_READ)
def details_file(format: str) -> Response:
    by = _filter()
    header = [
        _("Billing detail"),
        _("Account"),
        _("Company name"),
        _("Service"),
        _("Text on the invoice"),
        _("Net amount"),
        _("Currency"),
        _("VAT rate in per cent"),
        _("How often it is invoiced"),
        _("First day"),
        _("Last day"),
        _("Next invoice"),
        _("State"),
    ]
    return table_response(format, _("billing"), header, _columns(queries.everything(_narrowed(by), by.sort)))


def _columns(rows: Iterator[BillingDetail]) -> Iterator[list[Any]]:
    day = today(vendor().timezone)
    for detail in rows:
        price = outlook.price_of(detail.prices, max(detail.next_on or day, day))
        yield [
            detail.ref,
            detail.account.ref,
            detail.account.company_name,
            detail.service.name,
            detail.text,
            price.net,
            detail.currency,
            price.vat_rate,
            str(period_name(detail.months)),
            detail.starts_on,
            detail.ends_on,
            detail.next_on,
            said(detail, day).word,
        ]


@blueprint.get("/billing/<ref>")
@requires(P.PANEL_BILLING_READ)
def detail(ref: str) -> Response:
    found = queries.whole(queries.own_of(actor()), ref)
    own, day = standing().reseller, today(vendor().timezone)
    return render_page(
        "billing/panel_detail.html",
        detail=found,
        said=said(found, day),
        price=outlook.price_of(found.prices, max(found.next_on or day, day)),
        is_own_account=found.account.reseller_id == own.id and found.account.is_live,
        coming=outlook.of_detail(found, day),
        # A period keeps the credit it had: what was somebody else's then does not become theirs.
        past=[held for held in reversed(found.periods) if held.reseller_id == own.id],
    )


def _filter() -> Filter:
    asked = request.args
    return Filter(
        q=asked.get("q", "").strip()[:200],
        service=asked.get("service", ""),
        state=asked.get("state", "") if asked.get("state") in queries.STATES else "",
        sort=asked.get("sort", "newest") if asked.get("sort") in queries.SORTS else "newest",
    )


def _narrowed(by: Filter) -> sa.Select[BillingDetail]:
    query = queries.own_of(actor())
    if by.q:
        query = queries.searched_by(standing().reseller.id, query, by.q)
    narrower = Filter(service=by.service, state=by.state, sort=by.sort)
    return queries.narrowed(query, narrower, today(vendor().timezone))


def _of_account(account: Account) -> story.Part | None:
    """On the panel's page of an account: what is invoiced to it, and when next."""
    if not (may(P.PANEL_BILLING_READ) and processes.has_page("billing_panel.details")):
        return None
    day = today(vendor().timezone)
    context = {
        "details": queries.of_account(account.id, queries.own_of(actor())),
        "said": lambda detail: said(detail, day),
        "price": lambda detail: outlook.price_of(detail.prices, max(detail.next_on or day, day)),
    }
    return story.Part("billing/panel_account_part.html", context)


story.PANEL_PARTS.append(_of_account)
