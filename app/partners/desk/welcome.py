"""What every reseller gets: the welcome package in each language, and the systems to which access is given (R4)."""

from __future__ import annotations

from flask import Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, _, current_locale
from app.documents import queries as documents
from app.partners import queries
from app.partners.desk.door import blueprint
from app.partners.forms import ButtonForm, SystemForm, WelcomeForm
from app.partners.models import VendorSystem
from app.partners.service import accesses, welcome


@blueprint.get("/desk/welcome-package")
@requires(P.RESELLERS_MANAGE)
def welcome_package() -> Response:
    everything = queries.welcome_items()
    shown = _language(request.args.get("language", current_locale()))
    return render_page(
        "partners/welcome.html",
        items=[item for item in everything if item.locale == shown],
        counts={code: sum(item.locale == code for item in everything) for code in LOCALES},
        shown=shown,
    )


def _language(code: str) -> str:
    return code if code in LOCALES else "en"


@blueprint.route("/desk/welcome-package/<locale>/new", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def add_welcome_item(locale: str) -> Response:
    if locale not in LOCALES:
        raise NotFound
    form = WelcomeForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            item = welcome.add(locale, **form.to_details(), by=actor())
        if saved:
            flash(str(_("Added to the welcome package: %(title)s", title=item.title)), "done")
            return redirect_see_other(url_for(".welcome_package", language=locale))
    return render_page("partners/welcome_add.html", form=form, locale=locale, status=form.status)


@blueprint.post("/desk/welcome-package/items/<ref>/place")
@requires(P.RESELLERS_MANAGE)
def move_welcome_item(ref: str) -> Response:
    item = welcome.move(ref, down=request.form.get("to") == "down")
    return redirect_see_other(url_for(".welcome_package", language=item.locale, _anchor="list"))


@blueprint.route("/desk/welcome-package/items/<ref>/removal", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def remove_welcome_item(ref: str) -> Response:
    item = queries.welcome_item(ref)
    form = ButtonForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            welcome.remove(ref, actor())
        if saved:
            flash(str(_("Removed from the welcome package: %(title)s", title=item.title)), "done")
            return redirect_see_other(url_for(".welcome_package", language=item.locale))
    return render_page("partners/welcome_remove.html", item=item, form=form, status=form.status)


@blueprint.get("/desk/welcome-package/items/<ref>")
@requires(P.RESELLERS_MANAGE)
def welcome_file(ref: str) -> Response:
    item = queries.welcome_item(ref)
    if item.upload_id is None:
        raise NotFound
    upload = documents.upload(item.upload_id)
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


# --- systems ----------------------------------------------------------------------------------------------------------


@blueprint.route("/desk/systems", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def systems() -> Response:
    form = SystemForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            accesses.add_system(form.to_details(), actor())
        if saved:
            flash(str(_("Added: %(name)s", name=form.name.data)), "done")
            return redirect_see_other(url_for(".systems"))
    return render_page("partners/systems.html", form=form, systems=queries.systems(), status=form.status)


@blueprint.route("/desk/systems/<int:id>", methods=["GET", "POST"])
@requires(P.RESELLERS_MANAGE)
def system(id: int) -> Response:
    found = _system(id)
    form = SystemForm(data={"name": found.name})
    if form.validate_on_submit():
        with form.attempt() as saved:
            accesses.change_system(found.id, form.to_details(), found.offered, actor())
        if saved:
            flash(str(_("Saved.")), "done")
            return redirect_see_other(url_for(".systems"))
    return render_page("partners/system.html", form=form, system=found, status=form.status)


@blueprint.post("/desk/systems/<int:id>/offer")
@requires(P.RESELLERS_MANAGE)
def offer_system(id: int) -> Response:
    """Offered to new resellers, or no longer. What was granted stays as it is."""
    found = _system(id)
    accesses.change_system(found.id, found.name, request.form.get("offered") == "yes", actor())
    flash(str(_("Saved.")), "done")
    return redirect_see_other(url_for(".systems"))


@blueprint.post("/desk/systems/<int:id>/place")
@requires(P.RESELLERS_MANAGE)
def move_system(id: int) -> Response:
    found = _system(id)
    accesses.move_system(found.id, down=request.form.get("to") == "down")
    return redirect_see_other(url_for(".systems", _anchor="list"))


def _system(id: int) -> VendorSystem:
    found = next((system for system in queries.systems() if system.id == id), None)
    if found is None:
        raise NotFound
    return found
