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
from app.customers import story
from app.customers.fields import name_of
from app.customers.models import Account
from app.leads import states
from app.leads.desk import blueprint
from app.leads.forms.decision import AnswerForm
from app.leads.models import ChangeRequest, ChangeRequestState
from app.leads.queries import desk as at_desk
from app.leads.service import answers


@blueprint.get("/requests")
@requires(P.LEADS_READ)
def change_requests() -> Response:
    waiting = request.args.get("show") != "answered"
    listing = at_desk.change_requests(waiting=waiting, cursor=request.args.get("cursor"))
    return render_page("leads/desk_requests.html", listing=listing, waiting=waiting)


@blueprint.get("/requests/<ref>")
@requires(P.LEADS_READ)
def change_request(ref: str) -> Response:
    found = at_desk.change_request(ref)
    return _page(found, AnswerForm(formdata=None, data={"version": str(found.version)}))


@blueprint.post("/requests/<ref>/answer")
@requires(P.CHANGE_REQUESTS_DECIDE)
def answer(ref: str) -> Response:
    found = at_desk.change_request(ref)
    form = AnswerForm()
    chosen = frozenset(item.id for item in found.items if request.form.get(f"item-{item.id}") == "accept")
    if form.validate_on_submit():
        undecided = [item for item in found.items if request.form.get(f"item-{item.id}") not in ("accept", "decline")]
        if undecided and found.state == ChangeRequestState.SUBMITTED:
            form.form_errors.append(_("Choose for each wish whether you accept or decline it."))
            return _page(found, form, 422)
        try:
            with form.attempt() as saved:
                answers.decide(found.id, form.seen, chosen, form.answer.data, actor())
        except answers.RequestMovedOn as moved:
            now_there = at_desk.change_request(ref)
            form.version.data = str(now_there.version)
            form.form_errors.append(moved.message)
            return _page(now_there, form, 409)
        if saved:
            flash(_("The request was answered. The reseller gets a mail."), "done")
            return redirect_see_other(url_for(".change_request", ref=ref))
    return _page(at_desk.change_request(ref), form, form.status)


def _page(found: ChangeRequest, form: AnswerForm, status: int = 200) -> Response:
    names = {service.code: service.name for service in catalogue.everything()}
    country = found.lead.country
    wishes = [
        {
            "item": item,
            "label": name_of(item.field, country),
            "old": answers.item_words(item, item.old, country, names),
            "new": answers.item_words(item, item.new, country, names),
            "chosen": request.form.get(f"item-{item.id}", "" if request.method == "POST" else "accept"),
        }
        for item in found.items
    ]
    return render_page(
        "leads/desk_request.html",
        found=found,
        said=states.request_said(found),
        wishes=wishes,
        form=form,
        waits=found.state == ChangeRequestState.SUBMITTED and may(P.CHANGE_REQUESTS_DECIDE),
        status=status,
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
    return story.Part("leads/panel_account_part.html", {"leads": leads})


story.DESK_PARTS.append(_of_account)
story.PANEL_PARTS.append(_of_account_in_panel)
