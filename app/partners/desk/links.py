"""Personal links at the desk: a new address, and a withdrawal."""

from __future__ import annotations

from flask import Response, flash, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.partners import queries
from app.partners.desk.door import blueprint
from app.partners.forms import ButtonForm
from app.partners.service import links


@blueprint.route("/desk/resellers/<ref>/links/rotation", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def rotate_link(ref: str) -> Response:
    found = queries.reseller(actor(), ref)
    form = ButtonForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            links.rotate(found, actor())
        if saved:
            flash(
                str(_("The reseller has a new address. The earlier one keeps working until it is withdrawn.")), "done"
            )
            return redirect_see_other(url_for(".reseller", ref=ref, _anchor="links"))
    return render_page("partners/reseller_link_rotate.html", reseller=found, form=form, status=form.status)


@blueprint.route("/desk/resellers/<ref>/links/<int:id>/withdrawal", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def withdraw_link(ref: str, id: int) -> Response:
    found = queries.reseller(actor(), ref)
    link = queries.link_of(found, id if id < 2_000_000_000 else 0)
    form = ButtonForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            links.withdraw(link, actor())
        if saved:
            flash(str(_("The address is withdrawn.")), "done")
            return redirect_see_other(url_for(".reseller", ref=ref, _anchor="links"))
    return render_page("partners/reseller_link_withdraw.html", reseller=found, link=link, form=form, status=form.status)
