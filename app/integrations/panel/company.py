"""What the vendor holds about a software partner; its owners change the website."""

from __future__ import annotations

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Forbidden
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.integrations.forms.registering import CompanyForm
from app.integrations.panel import blueprint
from app.integrations.queries.partners import partner_of
from app.integrations.service import cooperating


@blueprint.route("/software-company", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def company() -> Response:
    partner = partner_of(actor())
    form = CompanyForm.of(partner)
    if form.is_submitted() and not may(P.SOFTWARE_OWNER):
        raise Forbidden
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                cooperating.edit_website(partner.id, form.seen, form.website.data or "", actor())
            if saved:
                flash(_("The details are saved."), "done")
                return redirect_see_other(url_for(".company"))
        except cooperating.PartnerMovedOn as moved:
            partner = partner_of(actor())
            form.overtaken(moved, partner.version)
    return render_page("integrations/panel_company.html", partner=partner, form=form, status=form.status)
