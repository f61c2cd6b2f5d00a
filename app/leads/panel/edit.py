"""Editing a lead as a whole; once it is an account, the same page sends the typed text as a change request (R11)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers.models import Account
from app.leads import contents
from app.leads.forms.edit import LeadForm
from app.leads.models import Lead, LeadState
from app.leads.panel import blueprint, own, wish
from app.leads.service import change_requests, editing
from app.leads.service.change_requests import own_account_of, stamp
from app.leads.service.editing import CompanyRegistered, LeadMovedOn, LeadNotEditable

FRAGMENTS = {"country": "leads/_company.html", "tva": "leads/_company.html"}


@dataclass
class _Outcome:
    """What happened to a form that was sent, for the page that shows it again."""

    taken: str = ""
    compared: list[dict[str, Any]] = field(default_factory=list)
    overtaken: bool = False


@blueprint.route("/panel/leads/<ref>/edit", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def edit(ref: str) -> Response:
    lead = own(ref)
    account = own_account_of(lead)
    form = LeadForm.of(account or lead, stamp(account) if account else lead.version)
    outcome = _Outcome()
    if request.method == "POST" and form.rearrange(wish()):
        return _page(lead, account, form, outcome, fragment=FRAGMENTS.get(wish(), "leads/_shops.html"))
    if not lead.is_editable and account is None and request.method == "GET":
        flash(_closed_words(lead), "warning")
        return redirect_see_other(url_for(".lead", ref=ref))
    if form.validate_on_submit():
        if wish() == "request":
            answer = _ask(lead, form, outcome)
        else:
            answer = _save(lead, form, outcome)
        if answer is not None:
            return answer
        if form.status == 409:
            lead = own(ref)
            account = own_account_of(lead)
    return _page(lead, account, form, outcome)


def _closed_words(lead: Lead) -> str:
    if lead.state == LeadState.CONVERTED:
        return _("The account of this lead is not credited to you. Write to us if something should change.")
    return _("This lead is closed and cannot be edited.")


def _page(
    lead: Lead, account: Account | None, form: LeadForm, outcome: _Outcome, fragment: str | None = None
) -> Response:
    return render_page(
        "leads/edit.html",
        fragment=fragment,
        lead=lead,
        account=account,
        form=form,
        taken=outcome.taken,
        compared=outcome.compared,
        overtaken=outcome.overtaken,
        status=200 if fragment else form.status,
    )


def _save(lead: Lead, form: LeadForm, outcome: _Outcome) -> Response | None:
    """Saves, or leaves in the form and the outcome what stands in the way."""
    try:
        with form.attempt() as saved:
            try:
                editing.edit(lead.id, form.seen, form.to_details(), actor())
            except CompanyRegistered as other:
                outcome.taken = other.ref
                raise
    except (LeadMovedOn, LeadNotEditable) as conflict:
        _show_both(own(lead.ref), form, conflict, outcome)
        return None
    if not saved:
        return None
    flash(_("Your changes were saved. Our staff see them too."), "done")
    return redirect_see_other(url_for(".lead", ref=lead.ref))


def _show_both(lead: Lead, form: LeadForm, conflict: Conflict, outcome: _Outcome) -> None:
    """What was typed beside what stands there now, field by field."""
    outcome.overtaken = True
    account = own_account_of(lead)
    form.overtaken(conflict, stamp(account) if account else lead.version)
    names = {service.code: service.name for service in catalogue.everything()}
    outcome.compared = contents.compared(form.to_details(), account or lead, names)


def _ask(lead: Lead, form: LeadForm, outcome: _Outcome) -> Response | None:
    """Sends what differs from the account as a change request, or leaves in the form what stands in the way."""
    try:
        with form.attempt() as saved:
            change_requests.ask_change(lead.id, form.to_details(), str(form.note.data), actor(), seen=form.seen)
    except Conflict as conflict:
        _show_both(own(lead.ref), form, conflict, outcome)
        return None
    if not saved:
        return None
    flash(_("We have your request. You see its state below, and our answer comes by mail."), "done")
    return redirect_see_other(url_for(".lead", ref=lead.ref) + "#requests")
