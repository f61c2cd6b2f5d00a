"""What the reseller asks of staff: the list, asking for a further service or shop, withdrawing what was asked (R13)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.leads import contents, queries
from app.leads.forms.requests import AdditionForm
from app.leads.models import LeadState
from app.leads.panel import blueprint, own, wish
from app.leads.queries import panel
from app.leads.service import change_requests
from app.partners.gate import standing


@blueprint.get("/panel/requests")
@requires(P.PANEL_LEADS_READ)
def requests() -> Response:
    waiting = request.args.get("show") != "answered"
    names = {service.code: service.name for service in catalogue.everything()}
    return render_page(
        "leads/requests.html",
        waiting=waiting,
        page=panel.requests(standing().reseller, waiting=waiting, cursor=request.args.get("cursor")),
        wishes=lambda asked: contents.wishes_told(asked, names, asked.about.country),
    )


@blueprint.get("/panel/requests/requests.<any(csv, xlsx):format>")
@requires(P.PANEL_LEADS_READ)
def requests_file(format: str) -> Response:
    names = {service.code: service.name for service in catalogue.everything()}
    rows = panel.all_requests(standing().reseller, waiting=request.args.get("show") != "answered")
    return table_response(
        format, _("requests"), contents.request_header(), (contents.request_row(found, names) for found in rows)
    )


@blueprint.route("/panel/leads/<ref>/additions", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def addition(ref: str) -> Response:
    lead = own(ref)
    if request.method == "GET" and not lead.is_open and lead.state != LeadState.CONVERTED:
        flash(_("This lead is closed: nothing can be added to it."), "warning")
        return redirect_see_other(url_for(".lead", ref=ref))
    form = AdditionForm()
    if request.method == "POST" and form.change_shops(wish()):
        return render_page("leads/addition.html", fragment="leads/_shops.html", lead=lead, form=form)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                change_requests.ask_addition(lead.id, *form.to_details(), actor())
        except Conflict as conflict:
            form.refused(conflict)
        else:
            if saved:
                flash(_("We have your request. You see its state below, and our answer comes by mail."), "done")
                return redirect_see_other(url_for(".lead", ref=ref) + "#requests")
    return render_page("leads/addition.html", lead=lead, form=form, status=form.status)


@blueprint.post("/panel/leads/<ref>/requests/<request_ref>/withdrawal")
@requires(P.PANEL_LEADS_WRITE)
def withdraw_request(ref: str, request_ref: str) -> Response:
    lead = own(ref)
    found = next((asked for asked in queries.change_requests_of(lead) if asked.ref == request_ref), None)
    if found is None:
        raise NotFound
    try:
        change_requests.withdraw(found.id, actor())
    except Conflict as conflict:
        flash(str(conflict.message), "warning")
    else:
        flash(_("The request was withdrawn."), "done")
    return redirect_see_other(url_for(".lead", ref=ref) + "#requests")
