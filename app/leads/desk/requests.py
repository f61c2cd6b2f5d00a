"""Change requests: the list, one with its wishes, the answer; and what the page of an account shows of leads."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import FORMATS, table_response
from app.customers import story
from app.customers.fields import name_of
from app.customers.models import Account
from app.leads import contents, states
from app.leads.desk import blueprint
from app.leads.forms.decision import AnswerForm
from app.leads.models import ChangeRequest, ChangeRequestState
from app.leads.queries import desk as at_desk
from app.leads.service import answers
from app.leads.service.change_requests import account_asked


@blueprint.get("/requests")
@requires(P.LEADS_READ)
def change_requests() -> Response:
    waiting = request.args.get("show") != "answered"
    listing = at_desk.change_requests(waiting=waiting, cursor=request.args.get("cursor"))
    return render_page("leads/desk_requests.html", listing=listing, waiting=waiting)


@blueprint.get(f"/requests/requests.<any({','.join(FORMATS)}):format>")
@requires(P.LEADS_READ)
def change_requests_file(format: str) -> Response:
    rows = at_desk.all_change_requests(waiting=request.args.get("show") != "answered")
    names = {service.code: service.name for service in catalogue.everything()}
    header = [*contents.request_header(), _("Reseller")]
    return table_response(
        format,
        _("requests"),
        header,
        ([*contents.request_row(found, names), found.reseller.organisation.name] for found in rows),
    )


@blueprint.get("/requests/<ref>")
@requires(P.LEADS_READ)
def change_request(ref: str) -> Response:
    found = at_desk.change_request(ref)
    stands = answers.as_it_stands(found, account_asked(found))
    return _page(found, stands, _form(found, stands, formdata=None))


@blueprint.post("/requests/<ref>/answer")
@requires(P.CHANGE_REQUESTS_DECIDE)
def answer(ref: str) -> Response:
    found = at_desk.change_request(ref)
    stands = answers.as_it_stands(found, account_asked(found))
    form = _form(found, stands)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                answers.decide(found.id, form.seen, form.accepted, form.answer.data, actor(), form.notes)
        except answers.RequestMovedOn as moved:
            found = at_desk.change_request(ref)
            form.overtaken(moved, found.version)
            return _page(found, answers.as_it_stands(found, account_asked(found)), form)
        if saved:
            flash(_("The request was answered. The reseller gets a mail."), "done")
            return redirect_see_other(url_for(".change_request", ref=ref))
    return _page(found, stands, form)


def _form(found: ChangeRequest, stands: answers.Standing, **values: Any) -> AnswerForm:
    country = found.about.country
    chosen = "decline" if stands.closed else "accept"
    data = {"version": str(found.version), **{f"item-{item.id}": chosen for item in found.items}}
    labelled = [(item.id, name_of(item.field, country)) for item in found.items]
    return AnswerForm.on(labelled, data=data, **values)


def _page(found: ChangeRequest, stands: answers.Standing, form: AnswerForm) -> Response:
    names = {service.code: service.name for service in catalogue.everything()}
    country = found.about.country
    wishes = [
        {
            "item": item,
            "label": name_of(item.field, country),
            "old": answers.item_words(item, item.old, country, names),
            "new": answers.item_words(item, item.new, country, names),
            "now": stands.told(item, country, names),
            "choice": form[f"item-{item.id}"],
            "note": form.note_on(item.id),
        }
        for item in found.items
    ]
    return render_page(
        "leads/desk_request.html",
        found=found,
        said=states.request_said(found),
        wishes=wishes,
        form=form,
        closed=stands.closed,
        waits=found.state == ChangeRequestState.SUBMITTED and may(P.CHANGE_REQUESTS_DECIDE),
        status=form.status,
    )


def _of_account(account: Account) -> story.Part:
    context: dict[str, Any] = {
        "leads": at_desk.leads_of_account(account.id),
        "requests": at_desk.requests_of_account(account.id),
        "said": states.said,
        "request_said": states.request_said,
    }
    return story.Part("leads/desk_account_part.html", context)


def _of_account_in_panel(account: Account) -> story.Part:
    leads = [lead for lead in at_desk.leads_of_account(account.id) if lead.reseller_id == account.reseller_id]
    asked = [
        request
        for request in at_desk.requests_of_account(account.id)
        if request.lead_id is None and request.reseller_id == account.reseller_id
    ]
    names = {service.code: service.name for service in catalogue.everything()} if asked else {}
    context = {
        "leads": leads,
        "account": account,
        "requests": asked,
        "said": states.request_said,
        "wishes": lambda request: contents.wishes_told(request, names, account.country),
    }
    return story.Part("leads/panel_account_part.html", context)


story.DESK_PARTS.append(_of_account)
story.PANEL_PARTS.append(_of_account_in_panel)
