"""Asking for a further service or shop, and withdrawing what was asked (R13)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.leads import queries
from app.leads.forms.requests import AdditionForm
from app.leads.models import LeadState
from app.leads.panel import blueprint, own, wish
from app.leads.service import change_requests


@blueprint.route("/panel/leads/<ref>/additions", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def addition(ref: str) -> Response:
    lead = own(ref)
    if not lead.is_open and lead.state != LeadState.CONVERTED:
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
            flash(str(conflict.message), "warning")
            return redirect_see_other(url_for(".lead", ref=ref))
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
