"""Staff draft, preview and publish the versioned texts."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, flash, request, url_for

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, NAMES, _, _l, current_locale
from app.core.markdown import render
from app.core.tables import table_response
from app.documents import queries, service
from app.documents.forms import TextForm, VersionForm
from app.documents.models import DocumentKind, DocumentVersion
from app.settings.processes import Process, is_on

blueprint = Blueprint("documents_desk", __name__)
blueprint.add_app_template_filter(render, "markdown")

KINDS = {
    DocumentKind.RESELLER_TERMS: (
        _l("Reseller terms"),
        _l("Every reseller accepts them in the panel. A new version asks again."),
    ),
    DocumentKind.PRIVACY_NOTICE: (
        _l("Privacy notice"),
        _l("Shown to everybody and sent to contact persons. Nobody has to accept it."),
    ),
    DocumentKind.INVOICING_PROCESS: (
        _l("Standard invoicing process"),
        _l("Software partners read it with the support agreement, which may deviate from it."),
    ),
}


def _kinds() -> list[DocumentKind]:
    """Those of the processes that are switched on."""
    off = set() if is_on(Process.SOFTWARE_PARTNERS) else {DocumentKind.INVOICING_PROCESS}
    return [kind for kind in DocumentKind if kind not in off]


@blueprint.get("/desk/documents")
@requires(P.DOCUMENTS_MANAGE)
def documents() -> Response:
    shelves = [(kind, *KINDS[kind], queries.versions(kind)) for kind in _kinds()]
    return render_page("documents/documents.html", shelves=shelves)


@blueprint.get("/desk/documents.<any(csv, xlsx):format>")
@requires(P.DOCUMENTS_MANAGE)
def documents_file(format: str) -> Response:
    """Every text of every version, without the words themselves."""
    header = [_("Document"), _("Version"), _("Language"), _("Title"), _("Published on"), "SHA-256"]
    rows = (
        [KINDS[kind][0], found.number, NAMES[text.locale], text.title, found.published_at, text.sha256]
        for kind in _kinds()
        for found in queries.versions(kind)
        for text in found.texts
    )
    return table_response(format, _("documents"), header, rows)


@blueprint.post("/desk/documents/<kind>/versions")
@requires(P.DOCUMENTS_MANAGE)
def draft(kind: str) -> Response:
    found = service.start_draft(_kind(kind), actor())
    return redirect_see_other(url_for(".version", kind=kind, number=found.number))


@blueprint.get("/desk/documents/<kind>/<int:number>")
@requires(P.DOCUMENTS_MANAGE)
def version(kind: str, number: int) -> Response:
    found = _version(kind, number)
    return render_page("documents/version.html", **_about(found))


@blueprint.route("/desk/documents/<kind>/<int:number>/texts/<locale>", methods=["GET", "POST"])
@requires(P.DOCUMENTS_MANAGE)
def text(kind: str, number: int, locale: str) -> Response:
    found = _version(kind, number)
    if locale not in LOCALES:
        raise NotFound
    if found.published_at is not None:
        raise service.AlreadyPublished
    words = next((text for text in found.texts if text.locale == locale), None)
    form = TextForm(
        data={
            "title": words.title if words else "",
            "body": words.body if words else "",
            "row_version": str(found.row_version),
        }
    )
    preview = None
    status = 200
    if form.validate_on_submit():
        details = form.to_details()
        if request.form.get("do") == "preview":
            preview = details
        else:
            try:
                with form.attempt() as saved:
                    service.save_text(found, locale, details.title, details.body, details.row_version, actor())
            except service.ChangedMeanwhile as error:
                # What was typed stays in the form; the text that somebody else saved is shown beside it.
                form.fail(error)
                newest = _version(kind, number)
                form.row_version.data = str(newest.row_version)
                theirs = next((text for text in newest.texts if text.locale == locale), None)
                return render_page(
                    "documents/edit.html", **_about(newest), form=form, locale=locale, theirs=theirs, status=409
                )
            if saved:
                flash(str(_("Text saved.")), "done")
                return redirect_see_other(url_for(".version", kind=kind, number=number, text=locale))
    status = form.status
    return render_page(
        "documents/edit.html", **_about(found), form=form, locale=locale, preview=preview, theirs=None, status=status
    )


@blueprint.route("/desk/documents/<kind>/<int:number>/publication", methods=["GET", "POST"])
@requires(P.DOCUMENTS_MANAGE)
def publication(kind: str, number: int) -> Response:
    found = _version(kind, number)
    if found.published_at is not None:
        raise service.AlreadyPublished
    form = VersionForm(data={"row_version": str(found.row_version)})
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.publish(found, form.to_details(), actor())
        if saved:
            flash(str(_("Version %(number)s is in force.", number=number)), "done")
            return redirect_see_other(url_for(".documents"))
    asked = queries.resellers_to_ask() if kind == DocumentKind.RESELLER_TERMS else 0
    return render_page("documents/publish.html", **_about(found), form=form, asked=asked, status=form.status)


@blueprint.post("/desk/documents/<kind>/<int:number>/disposal")
@requires(P.DOCUMENTS_MANAGE)
def discard(kind: str, number: int) -> Response:
    found = _version(kind, number)
    form = VersionForm()
    service.discard(found, form.to_details(), actor())
    flash(str(_("Draft thrown away.")), "done")
    return redirect_see_other(url_for(".documents"))


def _kind(code: str) -> DocumentKind:
    try:
        return DocumentKind(code)
    except ValueError:
        raise NotFound from None


def _version(kind: str, number: int) -> DocumentVersion:
    if number > 2_000_000_000:
        raise NotFound
    return queries.version(_kind(kind), number)


def _about(found: DocumentVersion) -> dict[str, Any]:
    shown = request.args.get("text", current_locale())
    return {
        "version": found,
        "kind_name": KINDS[DocumentKind(found.kind)][0],
        "missing": service.missing_locales(found),
        "shown": next((text for text in found.texts if text.locale == shown), None),
        "shown_locale": shown if shown in LOCALES else "en",
    }
