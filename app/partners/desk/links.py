"""Personal links at the desk: a new address, a withdrawal, and the import of addresses already in circulation."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.partners import queries
from app.partners.desk.door import blueprint
from app.partners.forms import ButtonForm, ImportForm
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


@blueprint.route("/desk/resellers/addresses", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def import_addresses() -> Response:
    """First the lines with what each would do, then the import of those without a problem."""
    whom = request.values.get("reseller", "")
    try:
        fallback = queries.reseller(actor(), whom) if whom else None
    except NotFound:
        fallback = None
    form = ImportForm()
    preview = None
    if form.validate_on_submit():
        preview = links.read_import(form.to_details(), fallback)
        ready = sum(not line.problem for line in preview)
        if request.form.get("do") == "import" and ready:
            added = 0
            with form.attempt() as saved:
                added = links.import_aliases(preview, actor())
            if saved:
                flash(str(ngettext("%(num)s address imported.", "%(num)s addresses imported.", added)), "done")
                target = url_for(".reseller", ref=fallback.ref, _anchor="links") if fallback else url_for(".resellers")
                return redirect_see_other(target)
    return render_page("partners/addresses.html", form=form, preview=preview, fallback=fallback, status=form.status)
