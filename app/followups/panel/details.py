"""What the vendor holds about a service partner, for its owners, and the days on which it takes nothing on."""

from __future__ import annotations

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import identifiers
from app.core.clock import today
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.followups.forms.partners import AbsenceForm
from app.followups.panel import blueprint
from app.followups.queries import followups as queries
from app.followups.queries.partners import absences_of
from app.followups.service import partners as service
from app.settings.models import vendor


@blueprint.get("/details")
@requires(P.PARTNER_DETAILS)
def details() -> Response:
    return _page(AbsenceForm(formdata=None))


@blueprint.post("/details/absences")
@requires(P.PARTNER_DETAILS)
def note_absence() -> Response:
    form = AbsenceForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.note_absence(queries.partner_of(actor()).id, *form.to_details(), actor())
        if saved:
            flash(_("The absence is noted. We propose you for no new company on these days."), "done")
            return redirect_see_other(url_for(".details") + "#absences")
    return _page(form)


@blueprint.post("/details/absences/<ref>/end")
@requires(P.PARTNER_DETAILS)
def end_absence(ref: str) -> Response:
    service.end_absence(queries.partner_of(actor()).id, ref, actor())
    flash(_("The absence is taken back."), "done")
    return redirect_see_other(url_for(".details") + "#absences")


def _page(form: AbsenceForm) -> Response:
    partner = queries.partner_of(actor())
    day = today(vendor().timezone)
    return render_page(
        "followups/panel_details.html",
        partner=partner,
        number=partner.shown_number,
        number_rule=identifiers.rule_of(partner.country, "company_number"),
        absences=absences_of(partner, day),
        day=day,
        form=form,
        status=form.status,
    )
