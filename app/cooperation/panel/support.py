"""The support agreement in the panel: read by everybody of the software partner, confirmed by an owner."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import comparing, told, words
from app.cooperation.models import SupportAgreement
from app.cooperation.panel import blueprint
from app.cooperation.queries import agreements as queries
from app.cooperation.service import agreements as service
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import partner_of


@blueprint.get("/support")
@requires(P.SOFTWARE_PANEL)
def support() -> Response:
    return _page(partner_of(actor()))


def _page(partner: SoftwarePartner, refused: Conflict | None = None) -> Response:
    standing = queries.of_partner(partner.id)
    shown = standing.proposed or standing.in_force
    rows = comparing.rows(standing.in_force, standing.proposed) if standing.in_force and standing.proposed else []
    rows = [row for row in rows if row["differs"]]
    return render_page(
        "cooperation/panel_support.html",
        standing=standing,
        shown=shown,
        rows=rows,
        invoicing=queries.invoicing(shown),
        words=words,
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


@blueprint.get("/support/versions.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def support_file(format: str) -> Response:
    found = queries.of_partner(partner_of(actor()).id).shown
    header = [
        _("Reference"),
        _("Version"),
        _("State"),
        *(str(told.FIELDS[name]) for name in comparing.COMPARED),
        _("In force since"),
    ]
    rows = (
        [one.ref, one.number, words.AGREEMENT_STATES[one.state], *comparing.values_of(one), one.in_force_at]
        for one in found
    )
    return table_response(format, _("support agreements"), header, rows)


@blueprint.get("/support/<int:number>")
@requires(P.SOFTWARE_PANEL)
def support_version(number: int) -> Response:
    """One version; `?with=` puts another one beside it. Drafts are not shown."""
    standing = queries.of_partner(partner_of(actor()).id)
    found = queries.version(standing, number, drafts=False)
    return render_page(
        "cooperation/panel_support_version.html",
        agreement=found,
        invoicing=queries.invoicing(found),
        words=words,
        **comparing.beside(found, standing.shown, request.args.get("with", "")),
    )


@blueprint.post("/support/<int:number>/confirmation")
@requires(P.SOFTWARE_OWNER)
def confirm_support(number: int) -> Response:
    partner = partner_of(actor())
    found: SupportAgreement = queries.version(queries.of_partner(partner.id), number, drafts=True)
    try:
        service.confirm(found.id, number_in(request.form.get("version"), -1), actor(), for_vendor=False)
    except Conflict as refused:
        return _page(partner, refused)
    flash(_("Confirmed. Thank you."), "done")
    return redirect_see_other(url_for(".support"))
