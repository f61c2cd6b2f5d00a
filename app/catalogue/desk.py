"""The catalogue at the desk."""

from __future__ import annotations

from flask import Blueprint, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries, service, words
from app.catalogue.forms import ServiceForm
from app.catalogue.models import Service
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _
from app.core.tables import table_response
from app.history.service import entries_of
from app.people.queries import names_of

blueprint = Blueprint("catalogue_desk", __name__, url_prefix="/desk/services")


@blueprint.get("")
@requires(P.CATALOGUE_MANAGE)
def services() -> Response:
    return render_page("catalogue/services.html", services=queries.everything())


@blueprint.get("/services.<any(csv, xlsx):format>")
@requires(P.CATALOGUE_MANAGE)
def services_file(format: str) -> Response:
    header = [
        _("Code"),
        *(NAMES[locale] for locale in LOCALES),
        _("Offered"),
        _("Net amount"),
        _("Currency"),
        _("VAT rate in per cent"),
        _("Months of a period"),
    ]
    rows = (
        [
            each.code,
            *(each.names.get(locale, "") for locale in LOCALES),
            _("Yes") if each.offered else _("No"),
            each.net,
            each.currency,
            each.vat_rate,
            each.months,
        ]
        for each in queries.everything()
    )
    return table_response(format, _("services"), header, rows)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.CATALOGUE_MANAGE)
def new() -> Response:
    form = ServiceForm(data={"offered": True, "currency": queries.usual_currency(), "months": 1})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(form.to_details(), actor())
        if saved:
            flash(_("The service was added."), "done")
            return redirect_see_other(url_for(".services"))
    return render_page("catalogue/service.html", form=form, service=None, status=form.status)


@blueprint.route("/<code>", methods=["GET", "POST"])
@requires(P.CATALOGUE_MANAGE)
def edit(code: str) -> Response:
    found = _service(code)
    form = ServiceForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The service was saved."), "done")
                return redirect_see_other(url_for(".services"))
        except Conflict as conflict:
            form.overtaken(conflict, _service(code).version)
    entries = entries_of(found)
    history = words.told(entries, names_of(entry.actor_id for entry in entries))
    return render_page("catalogue/service.html", form=form, service=found, history=history, status=form.status)


@blueprint.post("/<code>/position")
@requires(P.CATALOGUE_MANAGE)
def position(code: str) -> Response:
    service.move(_service(code).id, up=request.form.get("to") == "up", by=actor())
    return redirect_see_other(url_for(".services"))


def _service(code: str) -> Service:
    found = queries.by_code(code)
    if found is None:
        raise NotFound
    return found
