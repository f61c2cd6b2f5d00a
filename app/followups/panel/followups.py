"""What a service partner sees: follow-ups to answer, the companies that are assigned to it, and one of each.

Everything is read through what is assigned at this moment; what was taken back is not found, as if it had never been.
"""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.followups import words
from app.followups.forms.followups import AnswerForm
from app.followups.models import WITH_PARTNER, FollowUp, FollowUpState
from app.followups.panel import blueprint
from app.followups.queries import followups as queries
from app.followups.service import followups as service

ON_HOME = 10


@blueprint.get("/follow-ups")
@requires(P.PARTNER_FOLLOWUPS)
def followups() -> Response:
    partner = queries.partner_of(actor())
    companies = queries.companies(partner, None)
    return render_page(
        "followups/panel_followups.html",
        partner=partner,
        listing=queries.open_ones(partner, request.args.get("cursor")),
        companies=companies.items[:ON_HOME],
        more=len(companies.items) > ON_HOME,
        words=words,
    )


@blueprint.get("/companies")
@requires(P.PARTNER_PANEL)
def companies() -> Response:
    partner = queries.partner_of(actor())
    return render_page(
        "followups/panel_companies.html",
        partner=partner,
        listing=queries.companies(partner, request.args.get("cursor")),
    )


@blueprint.get("/companies/<ref>")
@requires(P.PARTNER_PANEL)
def company(ref: str) -> Response:
    found, latest = queries.own_company(queries.partner_of(actor()), ref)
    return render_page("followups/panel_company.html", found=found, lead=found.lead, latest=latest)


@blueprint.get("/follow-ups/<ref>")
@requires(P.PARTNER_FOLLOWUPS)
def followup(ref: str) -> Response:
    found = queries.own_followup(queries.partner_of(actor()), ref)
    return _page(found, AnswerForm(formdata=None, data={"version": str(found.version)}))


@blueprint.post("/follow-ups/<ref>/answer")
@requires(P.PARTNER_FOLLOWUPS)
def answer(ref: str) -> Response:
    partner = queries.partner_of(actor())
    found = queries.own_followup(partner, ref)
    form = AnswerForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.answer(found.id, form.seen, partner.id, form.answer.data, form.words.data or "", actor())
            if saved:
                return _answered(form.answer.data, ref)
        except service.FollowUpMovedOn as moved:
            found = queries.own_followup(partner, ref)  # not found, if it was taken back
            form.overtaken(moved, found.version)
    return _page(queries.own_followup(partner, ref), form)


def _answered(state: FollowUpState, ref: str) -> Response:
    if state == FollowUpState.NOT_POSSIBLE:
        flash(_("Thank you. We ask another service partner, and the company stands in your panel no longer."), "done")
        return redirect_see_other(url_for(".followups"))
    flash(_("Thank you. Your answer was sent."), "done")
    return redirect_see_other(url_for(".followup", ref=ref))


def _page(found: FollowUp, form: AnswerForm) -> Response:
    return render_page(
        "followups/panel_followup.html",
        found=found,
        lead=found.lead,
        form=form if found.state in WITH_PARTNER else None,
        words=words,
        status=form.status,
    )
