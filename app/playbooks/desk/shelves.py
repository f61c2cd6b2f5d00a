"""The list of playbooks, the page of one, and what brings new ones: an empty draft or a file."""

from __future__ import annotations

from typing import Any

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.history.service import entries_of
from app.people.queries import names_of
from app.playbooks import queries, service, uses, words
from app.playbooks.desk import blueprint
from app.playbooks.faults import Fault, NotAPlaybook
from app.playbooks.forms.playbook import ImportForm, NewForm


@blueprint.get("")
@requires(P.PLAYBOOKS_MANAGE)
def playbooks() -> Response:
    found = queries.everything()
    running = uses.running([version.id for playbook in found for version in playbook.versions])
    rows = [
        (playbook, sum(running.get(version.id, 0) for version in playbook.versions), service.offered(playbook))
        for playbook in found
    ]
    return render_page("playbooks/playbooks.html", rows=rows, words=words)


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.PLAYBOOKS_MANAGE)
def new() -> Response:
    form = NewForm()
    if form.validate_on_submit():
        ref = ""
        with form.attempt() as saved:
            ref = service.create(form.to_details(), actor()).playbook.ref
        if saved:
            flash(_("The playbook was added. Write its phases and tasks now."), "done")
            return redirect_see_other(url_for(".draft", ref=ref))
    return render_page("playbooks/new.html", form=form, status=form.status)


@blueprint.route("/import", methods=["GET", "POST"])
@requires(P.PLAYBOOKS_MANAGE)
def bring_in() -> Response:
    """A file becomes a draft, or every mistake in it is told with its line."""
    form = ImportForm()
    faults: tuple[Fault, ...] = ()
    if form.validate_on_submit():
        name, content = form.to_details()
        brought: service.Brought | None = None
        try:
            with form.attempt():
                try:
                    brought = service.import_file(content, name, actor())
                except NotAPlaybook as refusal:
                    faults = refusal.faults
                    raise
        except service.DraftExists as conflict:
            form.refused(conflict)
        if brought is not None:
            return _brought(brought)
    return render_page("playbooks/import.html", form=form, faults=faults, status=form.status)


def _brought(brought: service.Brought) -> Response:
    ref = brought.playbook.ref
    if brought.version is None:
        flash(_("This file says what is here already. Nothing was imported."), "done")
        return redirect_see_other(url_for(".playbook", ref=ref))
    flash(_("Imported as a draft. Look at it, then publish it."), "done")
    return redirect_see_other(url_for(".draft", ref=ref))


@blueprint.get("/<ref>")
@requires(P.PLAYBOOKS_MANAGE)
def playbook(ref: str) -> Response:
    found = queries.one(ref)
    entries = entries_of(found)
    history = words.told(entries, names_of(entry.actor_id for entry in entries))
    return render_page(
        "playbooks/playbook.html",
        playbook=found,
        draft=next((version for version in found.versions if version.published_at is None), None),
        published=[version for version in found.versions if version.published_at is not None],
        running=uses.running([version.id for version in found.versions]),
        offered=service.offered(found),
        history=history,
        words=words,
    )


@blueprint.post("/<ref>/archive")
@requires(P.PLAYBOOKS_MANAGE)
def archive(ref: str) -> Response:
    service.archive(queries.one(ref), actor())
    said = str(_("Archived. No new plans are started from it."))
    told: Any = {"text": said, "undo_url": url_for(".restore", ref=ref)}
    flash(told, "done")
    return redirect_see_other(url_for(".playbook", ref=ref))


@blueprint.post("/<ref>/restoration")
@requires(P.PLAYBOOKS_MANAGE)
def restore(ref: str) -> Response:
    service.restore(queries.one(ref), actor())
    flash(_("Plans can be started from it again."), "done")
    return redirect_see_other(url_for(".playbook", ref=ref))
