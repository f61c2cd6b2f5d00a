"""Asking for a change of an account, or for more, where the reseller has no lead of it (R13)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers import queries as customers
from app.customers.models import Account
from app.leads import contents, queries
from app.leads.forms.edit import LeadForm
from app.leads.forms.requests import AdditionForm
from app.leads.models import Lead
from app.leads.panel import blueprint, wish
from app.leads.panel.edit import FRAGMENTS
from app.leads.service import change_requests
from app.leads.service.change_requests import stamp
from app.partners.gate import standing


def _own(ref: str) -> Account:
    """The account of this reference, if it is credited to the reseller in whose name the person works. Raises
    NotFound."""
    return customers.whole(customers.own_of(actor()), ref)


def _lead_of(account: Account) -> Lead | None:
    """The reseller's own lead of it, which then stands for the account in everything that is asked."""
    return queries.latest_of_account(account.id, standing().reseller.id)


@blueprint.route("/panel/accounts/<ref>/change", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def account_change(ref: str) -> Response:
    account = _own(ref)
    lead = _lead_of(account)
    if lead is not None:
        return redirect_see_other(url_for(".edit", ref=lead.ref))
    form = LeadForm.of(account, stamp(account))
    compared: list[dict[str, Any]] = []
    overtaken = False
    if request.method == "POST" and form.rearrange(wish()):
        return _page("leads/edit.html", account, form, fragment=FRAGMENTS.get(wish(), "leads/_shops.html"))
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                change_requests.ask_change_of(
                    account.id,
                    standing().reseller.id,
                    form.to_details(),
                    str(form.note.data),
                    actor(),
                    seen=form.seen,
                )
        except Conflict as conflict:
            account = _own(ref)
            overtaken = True
            form.overtaken(conflict, stamp(account))
            names = {service.code: service.name for service in catalogue.everything()}
            compared = contents.compared(form.to_details(), account, names)
        else:
            if saved:
                return _sent(ref)
    return _page("leads/edit.html", account, form, compared=compared, overtaken=overtaken, taken="", status=form.status)


@blueprint.route("/panel/accounts/<ref>/additions", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def account_addition(ref: str) -> Response:
    account = _own(ref)
    lead = _lead_of(account)
    if lead is not None:
        return redirect_see_other(url_for(".addition", ref=lead.ref))
    form = AdditionForm()
    if request.method == "POST" and form.change_shops(wish()):
        return _page("leads/addition.html", account, form, fragment="leads/_shops.html")
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                change_requests.ask_addition_to(account.id, standing().reseller.id, *form.to_details(), actor())
        except Conflict as conflict:
            form.refused(conflict)
        else:
            if saved:
                return _sent(ref)
    return _page("leads/addition.html", account, form, status=form.status)


@blueprint.post("/panel/accounts/<ref>/requests/<request_ref>/withdrawal")
@requires(P.PANEL_LEADS_WRITE)
def withdraw_account_request(ref: str, request_ref: str) -> Response:
    account = _own(ref)
    found = queries.request_about(account.id, standing().reseller.id, request_ref)
    if found is None:
        raise NotFound
    try:
        change_requests.withdraw(found.id, actor())
    except Conflict as conflict:
        flash(str(conflict.message), "warning")
    else:
        flash(_("The request was withdrawn."), "done")
    return redirect_see_other(url_for("customers_panel.account", ref=ref) + "#requests")


def _sent(ref: str) -> Response:
    flash(_("We have your request. You see its state below, and our answer comes by mail."), "done")
    return redirect_see_other(url_for("customers_panel.account", ref=ref) + "#requests")


def _page(template: str, account: Account, form: LeadForm | AdditionForm, **context: Any) -> Response:
    return render_page(
        template,
        lead=account,
        account=account,
        of_account=True,
        page_url=url_for("customers_panel.account", ref=account.ref),
        form=form,
        **context,
    )
