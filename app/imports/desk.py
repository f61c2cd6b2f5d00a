"""Imports at the desk: sending a file, watching it being compared, deciding about the preview, seeing what was done."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import Blueprint, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core import heartbeat
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l, current_locale
from app.core.tables import table_response
from app.imports import queries, registry, service
from app.imports.forms import SendForm
from app.imports.importer import Importer
from app.imports.models import ImportRun, ImportState, Verdict
from app.imports.reading import REASON

blueprint = Blueprint("imports_desk", __name__, url_prefix="/desk/imports")


@blueprint.get("")
@requires(P.IMPORT)
def imports() -> Response:
    return render_page(
        "imports/imports.html",
        fragment="imports/_runs.html",
        importers=registry.open_to(actor()),
        listing=queries.page(actor(), request.args.get("cursor")),
        titles=_titles(),
    )


STATE_NAMES = {
    ImportState.READING: _l("Being compared"),
    ImportState.READY: _l("Preview ready"),
    ImportState.APPLYING: _l("Being imported"),
    ImportState.STOPPED: _l("Stopped"),
    ImportState.DONE: _l("Imported"),
    ImportState.DISCARDED: _l("Discarded"),
    ImportState.REFUSED: _l("Cannot be read"),
}


@blueprint.get("/imports.<any(csv, xlsx):format>")
@requires(P.IMPORT)
def imports_file(format: str) -> Response:
    titles = _titles()
    header = [
        _("Reference"),
        _("List"),
        _("File"),
        _("State"),
        _("Lines"),
        _("New"),
        _("Changed"),
        _("Unchanged"),
        _("Wrong"),
        _("Sent by"),
        _("Sent"),
        _("Ended"),
    ]
    rows = (
        [
            run.ref,
            str(titles.get(run.kind, run.kind)),
            run.upload.filename if run.upload else "",
            str(STATE_NAMES[ImportState(run.state)]),
            run.total,
            run.new,
            run.changed,
            run.unchanged,
            run.wrong,
            run.by.name,
            run.created_at,
            run.ended_at,
        ]
        for run in queries.everything(actor())
    )
    return table_response(format, _("imports"), header, rows)


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@requires(P.IMPORT)
def new(kind: str) -> Response:
    importer = _importer(kind)
    form = SendForm.of(importer)
    if form.validate_on_submit():
        run: ImportRun | None = None
        with form.attempt() as saved:
            run = service.send(importer, form.to_details(), form.once, current_locale(), actor())
        if saved and run is not None:
            return redirect_see_other(url_for(".run", ref=run.ref))
    return render_page("imports/new.html", importer=importer, form=form, status=form.status)


@blueprint.get("/new/<kind>/example.<any(csv, xlsx):format>")
@requires(P.IMPORT)
def example(kind: str, format: str) -> Response:
    """The columns with one line as a pattern."""
    columns = [column for column in _importer(kind).columns if not column.ignored]
    return table_response(
        format, _("example"), [column.label for column in columns], [[column.example for column in columns]]
    )


@blueprint.get("/<ref>")
@requires(P.IMPORT)
def run(ref: str) -> Response:
    """Whatever the import's state shows: progress, the preview, or what was done."""
    found = queries.one(actor(), ref)
    show = request.args.get("show", "")
    if show not in set(Verdict):
        show = next((each for each in _first(found) if getattr(found, each)), Verdict.NEW)
    listed = found.state in (ImportState.READY, ImportState.STOPPED, ImportState.DONE) and found.forgotten_at is None
    return render_page(
        "imports/run.html",
        fragment="imports/_run.html",
        run=found,
        importer=registry.of_code(found.kind),
        labels=_labels(registry.of_code(found.kind)),
        show=show,
        listing=queries.lines(found, show, request.args.get("cursor")) if listed else None,
        taken=queries.taken_out(found.id)[0] if found.state == ImportState.READING and not found.total else 0,
        off=bool(registry.switched_off(registry.of_code(found.kind))),
        worker_runs=not found.is_working or heartbeat.is_alive(heartbeat.last_seen()),
    )


def _first(found: ImportRun) -> tuple[Verdict, ...]:
    """Which lines to look at first: what would happen; after the import, what did not."""
    if found.state == ImportState.DONE:
        return (Verdict.WRONG, Verdict.NEW, Verdict.CHANGED, Verdict.UNCHANGED)
    return (Verdict.NEW, Verdict.CHANGED, Verdict.WRONG, Verdict.UNCHANGED)


@blueprint.get("/<ref>/wrong.<any(csv, xlsx):format>")
@requires(P.IMPORT)
def wrong(ref: str, format: str) -> Response:
    """The wrong lines as they were sent, with the reasons in the reader's language: to be corrected and sent again."""
    found = queries.one(actor(), ref)
    importer = registry.of_code(found.kind)
    labels = _labels(importer)
    header = [*(labels.get(code, code) for code in found.columns), str(REASON.label)]
    return table_response(format, _("wrong lines"), header, _wrong_rows(found, labels))


def _wrong_rows(found: ImportRun, labels: Mapping[str, str]) -> Iterator[list[Any]]:
    for line in queries.wrong_lines(found):
        reasons = [f"{labels[column]}: {said}" if column in labels else said for column, said in line.why]
        yield [*(line.cells.get(code, "") for code in found.columns), " · ".join(reasons)]


@blueprint.route("/<ref>/application", methods=["GET", "POST"])
@requires(P.IMPORT)
def application(ref: str) -> Response:
    """Asks once more, then has the worker do what the preview says."""
    found = queries.one(actor(), ref)
    if request.method == "POST":
        service.apply(found.id, actor(), request.form)
        return redirect_see_other(url_for(".run", ref=ref))
    if found.state != ImportState.READY or not found.to_import:
        return redirect_see_other(url_for(".run", ref=ref))
    return render_page("imports/application.html", run=found, importer=registry.of_code(found.kind))


@blueprint.post("/<ref>/resumption")
@requires(P.IMPORT)
def resume(ref: str) -> Response:
    """Goes on with what stopped when its process was switched off."""
    service.resume(queries.one(actor(), ref).id, actor())
    return redirect_see_other(url_for(".run", ref=ref))


@blueprint.post("/<ref>/discard")
@requires(P.IMPORT)
def discard(ref: str) -> Response:
    found = queries.one(actor(), ref)
    service.discard(found.id, actor())
    return redirect_see_other(url_for(".run", ref=ref))


def _importer(kind: str) -> Importer:
    """The importer, if this person may use it. Raises NotFound."""
    found = registry.of_code(kind)
    if found not in registry.open_to(actor()):
        raise NotFound
    return found


def _titles() -> dict[str, Any]:
    return {importer.code: importer.title for importer in registry.everything()}


def _labels(importer: Importer) -> dict[str, str]:
    return {column.code: str(column.label) for column in importer.columns}
