"""Suspending and resuming a reseller at the desk (R16)."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.partners import queries
from app.partners.desk.door import blueprint
from app.partners.desk.resellers import page_about
from app.partners.forms import SuspendForm
from app.partners.models import AccessState, Reseller
from app.partners.service import suspension
from app.people.queries import owners_of


@blueprint.route("/desk/resellers/<ref>/suspension", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def suspend(ref: str) -> Response:
    """What it means, and the reason that the reseller reads."""
    found = queries.reseller(actor(), ref)
    form = SuspendForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                found = suspension.suspend(found, form.to_details(), actor())
        except Conflict as error:
            return _conflict(ref, error)
        if saved:
            message: Any = {
                "text": str(_("Suspended. The reason is on its way to the reseller.")),
                "undo_url": url_for(".resume", ref=ref),
                "undo_fields": {"version": found.version},
            }
            flash(message, "done")
            return redirect_see_other(url_for(".reseller", ref=ref))
    elif not found.is_active and not form.is_submitted():
        return redirect_see_other(url_for(".reseller", ref=ref))
    return render_page(
        "partners/reseller_suspend.html", form=form, status=form.status, **_consequences(found), reseller=found
    )


def _consequences(found: Reseller) -> dict[str, Any]:
    return {
        "accesses": [one for one in queries.accesses_of(found) if one.state != AccessState.WITHDRAWN],
        "owners": owners_of(found.organisation_id),
    }


@blueprint.post("/desk/resellers/<ref>/resumption")
@requires(P.RESELLERS_MANAGE)
def resume(ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    try:
        suspension.resume(found, number_in(request.form.get("version")), actor())
    except Conflict as error:
        return _conflict(ref, error)
    flash(str(_("Resumed. Link and panel are open again, and the reseller gets a mail.")), "done")
    return redirect_see_other(url_for(".reseller", ref=ref))


def _conflict(ref: str, error: Conflict) -> Response:
    """The reseller as it stands now."""
    return page_about(queries.reseller(actor(), ref), conflict=error.message, status=409)
