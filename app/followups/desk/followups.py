"""Follow-ups at the desk: the queue, sales' own, asking for one, its page, phone calls, taking back, closing."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.crypto import token
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.customers.story import Part
from app.followups import words
from app.followups.desk import blueprint
from app.followups.forms.followups import AskForm, CallForm, CloseForm, TakeBackForm
from app.followups.models import TO_ASSIGN, WITH_PARTNER, FollowUp
from app.followups.queries import followups as queries
from app.followups.queries import interest, partners
from app.followups.queries.followups import Tab
from app.followups.service import followups as service
from app.followups.story import timeline
from app.leads import queries as leads
from app.leads import story
from app.leads.models import Lead

TABS = {
    Tab.TO_ASSIGN: _l("To be assigned"),
    Tab.WITH_PARTNER: _l("With a service partner"),
    Tab.DONE: _l("Done"),
}


@blueprint.get("/follow-ups")
@requires(P.FOLLOWUPS_READ)
def followups() -> Response:
    tab, mine = _tab(), _mine()
    query = queries.narrowed(queries.visible_to(actor()), asked_by=actor() if mine else None)
    return render_page(
        "followups/desk_followups.html",
        fragment="followups/_desk_followup_rows.html",
        listing=queries.page(query, tab, request.args.get("cursor")),
        tabs=_tabs(tab, mine, queries.counts(query)),
        tab=tab,
        mine=mine,
        words=words,
    )


@blueprint.get("/follow-ups/follow-ups.<any(csv, xlsx):format>")
@requires(P.FOLLOWUPS_READ)
def followups_file(format: str) -> Response:
    query = queries.narrowed(queries.visible_to(actor()), asked_by=actor() if _mine() else None)
    header = [
        _("Reference"),
        _("State"),
        _("Company"),
        _("Lead"),
        _("Occasion"),
        _("Urgent"),
        _("Service partner"),
        _("Asked by"),
        _("Asked on"),
        _("In this state since"),
    ]
    rows = queries.everything(query, _tab())
    return table_response(format, _("follow-ups"), header, (_columns(found) for found in rows))


def _columns(found: FollowUp) -> list[Any]:
    return [
        found.ref,
        str(words.STATES[found.state]),
        found.lead.company_name,
        found.lead.ref,
        str(words.OCCASIONS[found.occasion]),
        _("Yes") if found.urgent else _("No"),
        _partner_name(found),
        found.asked_by.name if found.asked_by else "",
        found.asked_at,
        found.moved_at,
    ]


def _tab() -> Tab:
    """Who assigns reads what waits for that first, others what is under way."""
    asked = request.args.get("tab", "")
    return Tab(asked) if asked in set(Tab) else Tab.TO_ASSIGN


def _mine() -> bool:
    """Who does not assign sees first what they asked for themselves."""
    return request.args.get("whose", "all" if may(P.FOLLOWUPS_ASSIGN) else "mine") == "mine"


def _tabs(current: Tab, mine: bool, counts: dict[Tab, int]) -> list[dict[str, Any]]:
    whose = "mine" if mine else "all"
    return [
        {
            "label": label,
            "url": url_for(".followups", tab=tab.value, whose=whose),
            "current": tab == current,
            "count": counts[tab] if counts[tab] <= COUNT_CAP else "10,000+",
        }
        for tab, label in TABS.items()
    ]


@blueprint.route("/leads/<ref>/follow-up", methods=["GET", "POST"])
@requires(P.FOLLOWUPS_ASK)
def ask_followup(ref: str) -> Response:
    lead = leads.find_by_ref(actor(), ref)
    form = AskForm(data={"key": token()[:40]})
    form.choose_from(queries.partners_to_choose())
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                made = service.ask(lead.id, form.to_details(), actor())
            if saved:
                flash(_("The follow-up was asked for. A coordinator assigns it."), "done")
                return redirect_see_other(url_for(".followup", ref=made.ref))
        except service.FollowUpUnderWay as under_way:
            form.refused(under_way)
    return render_page("followups/desk_ask.html", lead=lead, form=form, status=form.status)


@blueprint.get("/follow-ups/<ref>")
@requires(P.FOLLOWUPS_READ)
def followup(ref: str) -> Response:
    return _page(queries.find(actor(), ref))


def _page(found: FollowUp, call: CallForm | None = None) -> Response:
    held = partners.active_assignment(found.lead_id) if found.state in TO_ASSIGN else None
    asks_call = found.urgent and found.state in WITH_PARTNER and may(P.FOLLOWUPS_ASSIGN)
    if asks_call and call is None and found.phoned_at is None:
        call = CallForm.of(found.version, actor(), interest.askers(), formdata=None)
    return render_page(
        "followups/desk_followup.html",
        found=found,
        said=words.said(found, _partner_name(found)),
        words=words,
        partner=_partner(found),
        held=held,
        call=call if asks_call else None,
        may_assign=may(P.FOLLOWUPS_ASSIGN),
        to_assign=found.state in TO_ASSIGN,
        with_partner=found.state in WITH_PARTNER,
        told=timeline(found),
        status=call.status if call else 200,
    )


def _partner(found: FollowUp) -> Any:
    return found.assignment.partner if found.assignment else None


def _partner_name(found: FollowUp) -> str:
    return found.assignment.partner.organisation.name if found.assignment else ""


@blueprint.post("/follow-ups/<ref>/assignment")
@requires(P.FOLLOWUPS_ASSIGN)
def give_to_current(ref: str) -> Response:
    """The company is assigned already; its service partner gets the follow-up too."""
    found = queries.find(actor(), ref)
    service.give_to_current(found.id, number_in(request.form.get("version"), -1), actor())
    flash(_("The follow-up was assigned. The service partner gets a mail."), "done")
    return redirect_see_other(url_for(".followup", ref=ref))


@blueprint.post("/follow-ups/<ref>/call")
@requires(P.FOLLOWUPS_ASSIGN)
def note_call(ref: str) -> Response:
    found = queries.find(actor(), ref)
    form = CallForm.of(found.version, actor(), interest.askers())
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.note_call(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The phone call was noted."), "done")
                return redirect_see_other(url_for(".followup", ref=ref))
        except service.FollowUpMovedOn as moved:
            found = queries.find(actor(), ref)
            form.overtaken(moved, found.version)
    return _page(queries.find(actor(), ref), form)


@blueprint.route("/follow-ups/<ref>/taking-back", methods=["GET", "POST"])
@requires(P.FOLLOWUPS_ASSIGN)
def take_back(ref: str) -> Response:
    found = queries.find(actor(), ref)
    form = TakeBackForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.take_back(found.id, form.seen, form.why.data, actor())
            if saved:
                flash(_("The follow-up was taken back. The service partner gets a mail and sees it no longer."), "done")
                return redirect_see_other(url_for(".followup", ref=ref))
        except Conflict as moved:
            found = queries.find(actor(), ref)
            form.overtaken(moved, found.version)
    return render_page(
        "followups/desk_take_back.html", found=found, partner=_partner_name(found), form=form, status=form.status
    )


@blueprint.route("/follow-ups/<ref>/closing", methods=["GET", "POST"])
@requires(P.FOLLOWUPS_ASK)
def close_followup(ref: str) -> Response:
    found = queries.find(actor(), ref)
    form = CloseForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.close(found.id, form.seen, form.why.data, actor())
            if saved:
                flash(_("The follow-up was closed."), "done")
                return redirect_see_other(url_for(".followup", ref=ref))
        except Conflict as moved:
            found = queries.find(actor(), ref)
            form.overtaken(moved, found.version)
    return render_page(
        "followups/desk_close.html",
        found=found,
        with_partner=found.state in WITH_PARTNER,
        form=form,
        status=form.status,
    )


def _of_lead(lead: Lead) -> Part | None:
    found = queries.of_lead(lead.id) if may(P.FOLLOWUPS_READ) else []
    asks = may(P.FOLLOWUPS_ASK) and not any(one.is_open for one in found) and partners.may_have_partner(lead)
    if not found and not asks:
        return None
    return Part("followups/desk_lead_followups.html", {"lead": lead, "found": found, "asks": asks, "words": words})


story.DESK_PARTS.append(_of_lead)
