"""Noting a lead's interest in the total service, on its page and on one of its own."""

from __future__ import annotations

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.customers.story import Part
from app.followups import story as _story  # noqa: F401 - gives the verbs their words
from app.followups import words
from app.followups.desk import blueprint
from app.followups.forms.interest import InterestForm
from app.followups.models import ALIVE
from app.followups.queries import interest as queries
from app.followups.service import interest as service
from app.leads import queries as leads
from app.leads import story
from app.leads.models import Lead


@blueprint.route("/leads/<ref>/interest", methods=["GET", "POST"])
@requires(P.INTEREST_NOTE)
def interest(ref: str) -> Response:
    lead = leads.find_by_ref(actor(), ref)
    form = InterestForm.of(queries.of_lead(lead.id), actor(), queries.askers(), sent=True)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.note(lead.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The interest was noted."), "done")
                return redirect_see_other(url_for("leads_desk.lead", ref=ref) + "#interest")
        except service.InterestMovedOn as moved:
            now_there = queries.of_lead(lead.id)
            form.overtaken(moved, now_there.version if now_there else 0)
    return render_page("followups/desk_interest.html", lead=lead, form=form, status=form.status)


def _of_lead(lead: Lead) -> Part:
    found = queries.of_lead(lead.id)
    may_note = may(P.INTEREST_NOTE) and lead.state in ALIVE
    context = {
        "lead": lead,
        "found": found,
        "form": InterestForm.of(None, actor(), queries.askers()) if may_note and found is None else None,
        "may_change": may_note,
        "levels": words.LEVELS,
        "answered": words.answered,
    }
    return Part("followups/desk_lead_interest.html", context)


story.DESK_PARTS.append(_of_lead)
