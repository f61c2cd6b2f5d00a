"""A reseller's own accounts in the panel."""

from __future__ import annotations

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.customers import queries, story
from app.customers.fields import file_header, file_row
from app.customers.queries import Filter

blueprint = Blueprint("customers_panel", __name__, url_prefix="/panel/accounts")


@blueprint.get("")
@requires(P.PANEL_LEADS_READ)
def accounts() -> Response:
    by = Filter.of(request.args)
    query = queries.narrowed(queries.own_of(actor()), by, direct=False)
    return render_page(
        "customers/panel_accounts.html",
        fragment="customers/_panel_rows.html",
        listing=queries.page(query, by.sort, request.args.get("cursor")),
        total=queries.count(query),
        by=by,
        service_options=[(str(service.id), service.name) for service in catalogue.everything()],
    )


@blueprint.get("/accounts.<any(csv, xlsx):format>")
@requires(P.PANEL_LEADS_READ)
def accounts_file(format: str) -> Response:
    by = Filter.of(request.args)
    rows = queries.everything(queries.narrowed(queries.own_of(actor()), by, direct=False), by.sort)
    return table_response(format, _("accounts"), file_header(), (file_row(found, direct=False) for found in rows))


@blueprint.get("/<ref>")
@requires(P.PANEL_LEADS_READ)
def account(ref: str) -> ResponseReturnValue:
    """An account that was merged goes on in another, if that one is this reseller's too."""
    try:
        found = queries.whole(queries.own_of(actor()), ref)
    except NotFound:
        target = queries.merged_target(actor(), ref)
        if target is None:
            raise
        return redirect(url_for(".account", ref=target), 302)
    return render_page(
        "customers/panel_account.html",
        account=found,
        parts=story.parts(found, story.PANEL_PARTS),
    )
