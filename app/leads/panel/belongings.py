"""The panel's lists of shops and of services, over leads and accounts."""

from __future__ import annotations

from typing import Any

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.catalogue.models import PLATFORMS
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers.models import AccountState
from app.leads.contents import platform_name
from app.leads.panel import blueprint
from app.leads.queries import belongings
from app.leads.queries.belongings import Wanted
from app.leads.states import STATE_NAMES
from app.partners.gate import standing


@blueprint.get("/panel/shops")
@requires(P.PANEL_LEADS_READ)
def shops() -> Response:
    by = _wanted()
    return render_page(
        "leads/belongings.html",
        fragment="leads/_belongings.html",
        what="shops",
        by=by,
        page=belongings.shops(standing().reseller, by, request.args.get("cursor")),
        kinds=[(code, platform_name(code)) for code in PLATFORMS],
        kind_names={},
        owner_said=_owner_said,
        owner_url=_owner_url,
    )


@blueprint.get("/panel/shops/shops.<any(csv, xlsx):format>")
@requires(P.PANEL_LEADS_READ)
def shops_file(format: str) -> Response:
    header = [_("Shop address"), _("Platform"), _("Company"), _("Lead or account"), _("State")]
    rows = belongings.all_shops(standing().reseller, _wanted())
    return table_response(
        format,
        _("shops"),
        header,
        ([row.thing, platform_name(row.kind), row.company, row.ref, _owner_said(row)] for row in rows),
    )


@blueprint.get("/panel/services")
@requires(P.PANEL_LEADS_READ)
def services() -> Response:
    by = _wanted()
    kinds = [(service.code, service.name) for service in catalogue.everything()]
    return render_page(
        "leads/belongings.html",
        fragment="leads/_belongings.html",
        what="services",
        by=by,
        page=belongings.services(standing().reseller, by, request.args.get("cursor")),
        kinds=kinds,
        kind_names=dict(kinds),
        owner_said=_owner_said,
        owner_url=_owner_url,
    )


@blueprint.get("/panel/services/services.<any(csv, xlsx):format>")
@requires(P.PANEL_LEADS_READ)
def services_file(format: str) -> Response:
    names = {service.code: service.name for service in catalogue.everything()}
    header = [_("Service"), _("Company"), _("Lead or account"), _("State")]
    rows = belongings.all_services(standing().reseller, _wanted())
    return table_response(
        format,
        _("services"),
        header,
        ([names.get(row.kind, row.kind), row.company, row.ref, _owner_said(row)] for row in rows),
    )


def _wanted() -> Wanted:
    asked = request.args
    return Wanted(
        q=asked.get("q", "").strip()[:200],
        kind=asked.get("kind", "")[:40],
        sort="name" if asked.get("sort") == "name" else "thing",
    )


def _owner_said(row: Any) -> Any:
    return _("Account") if row.owner == "account" and row.state == AccountState.ACTIVE else STATE_NAMES[row.state]


def _owner_url(row: Any) -> str:
    return url_for("customers_panel.account" if row.owner == "account" else ".lead", ref=row.ref)
