"""Packages at the desk: the list, a new one, one with its texts by language and its integrations."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _, current_locale
from app.core.paging import page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations import words
from app.integrations.desk import blueprint
from app.integrations.forms.packages import PackageForm, PackageTextForm
from app.integrations.models import Integration, PassedOn
from app.integrations.queries import products as queries
from app.integrations.service import packages as service
from app.integrations.told import timeline


@blueprint.get("/packages")
@requires(P.SOFTWARE_PARTNERS_READ)
def packages() -> Response:
    return render_page(
        "integrations/desk_packages.html",
        packages=queries.packages(offered=False),
        used=queries.integrations_by_package(),
        words=words,
        locales=LOCALES,
    )


@blueprint.get("/packages/packages.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PARTNERS_READ)
def packages_file(format: str) -> Response:
    """As it is read back by the import; the texts stay at the desk."""
    header = [_("Code"), _("Name of the package"), _("Kind"), _("Website"), _("What it can take"), _("Can be chosen")]
    rows = (
        [
            each.slug,
            each.name,
            words.PACKAGE_KINDS[each.kind],
            each.website or "",
            ", ".join(words.said(each.passes, words.PASSED_ON)),
            _("Yes") if each.offered else _("No"),
        ]
        for each in queries.packages(offered=False)
    )
    return table_response(format, _("packages"), header, rows)


@blueprint.route("/packages/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def new_package() -> Response:
    form = PackageForm(data={"offered": True, "passes": [PassedOn.SALES.value, PassedOn.VAT.value]})
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = service.add(form.to_details(), actor())
        if saved:
            flash(_("The package was added. Its texts come next."), "done")
            return redirect_see_other(url_for(".package", ref=made.ref))
    return render_page("integrations/desk_package_form.html", form=form, package=None, status=form.status)


@blueprint.get("/packages/<ref>")
@requires(P.SOFTWARE_PARTNERS_READ)
def package(ref: str) -> Response:
    found = queries.package(ref)
    asked = request.args.get("text", current_locale())
    shown = asked if asked in LOCALES else "en"
    return render_page(
        "integrations/desk_package.html",
        package=found,
        shown=shown,
        texts=service.texts_in(found, shown),
        written=[code for code in LOCALES if any(service.texts_in(found, code).values())],
        locales=LOCALES,
        names=NAMES,
        page=page_of(
            queries.integrations_with(found),
            Integration.name_sort,
            Integration.id,
            descending=False,
            cursor=request.args.get("cursor"),
        ),
        history=timeline(entries_of(found, limit=20)),
        may_write=_may_write(),
        words=words,
    )


def _may_write() -> bool:
    """Whoever keeps packages, and whoever writes manuals."""
    return may(P.SOFTWARE_PARTNERS_MANAGE) or may(P.MANUALS_EDIT)


@blueprint.route("/packages/<ref>/edit", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def edit_package(ref: str) -> Response:
    found = queries.package(ref)
    form = PackageForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The package was saved."), "done")
                return redirect_see_other(url_for(".package", ref=ref))
        except Conflict as conflict:
            found = queries.package(ref)
            form.overtaken(conflict, found.version)
    return render_page("integrations/desk_package_form.html", form=form, package=found, status=form.status)


@blueprint.route("/packages/<ref>/texts/<locale>", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_READ)
def package_texts(ref: str, locale: str) -> Response:
    found = queries.package(ref)
    if locale not in LOCALES:
        raise NotFound
    if not _may_write():
        raise Forbidden
    form = PackageTextForm.of(found, locale)
    preview = theirs = None
    if form.validate_on_submit():
        if request.form.get("do") == "preview":
            preview = form.to_details()
        else:
            try:
                with form.attempt() as saved:
                    service.write_texts(found.id, locale, form.base.data, form.to_details(), actor())
                if saved:
                    flash(_("The texts were saved."), "done")
                    return redirect_see_other(url_for(".package", ref=ref, text=locale))
            except Conflict as conflict:
                found = queries.package(ref)
                theirs = service.texts_in(found, locale)
                form.base.data = service.digest(found, locale)
                form.refused(conflict)
    return render_page(
        "integrations/desk_package_texts.html",
        package=found,
        locale=locale,
        form=form,
        preview=preview,
        theirs=theirs,
        status=form.status,
    )


@blueprint.post("/packages/<ref>/position")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def package_position(ref: str) -> Response:
    service.move(queries.package(ref).id, up=request.form.get("to") == "up", by=actor())
    return redirect_see_other(url_for(".packages"))
