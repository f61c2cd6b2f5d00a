"""One lead in the panel: its page, notes, withdrawing it and taking it up again."""

from __future__ import annotations

from typing import Any

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.history.service import entries_of
from app.leads import contents, queries, states, story
from app.leads.forms.requests import NoteForm, WithdrawForm
from app.leads.models import Lead, LeadState
from app.leads.panel import blueprint, own
from app.leads.service import editing, notes
from app.people.models import Person
from app.people.queries import names_of


@blueprint.get("/panel/leads/<ref>")
@requires(P.PANEL_LEADS_READ)
def lead(ref: str) -> Response:
    return _page(own(ref), NoteForm(formdata=None))


def _page(found: Lead, form: NoteForm) -> Response:
    entries = entries_of(found)
    names = {service.code: service.name for service in catalogue.everything()}
    return render_page(
        "leads/lead.html",
        lead=found,
        said=states.said(found),
        form=form,
        notes=queries.notes_of(found, internal=False),
        requests=queries.change_requests_of(found),
        wishes=lambda request: contents.wishes_told(request, names, found.country),
        history=story.timeline(found, entries, names_of(entry.actor_id for entry in entries), names, staff=False),
        ask=_whom_to_ask(found),
        status=form.status,
    )


def _whom_to_ask(found: Lead) -> Person | None:
    """Whoever of the staff decided last; None: the vendor's contact address."""
    return found.decided_by if found.state != LeadState.WITHDRAWN else None


@blueprint.post("/panel/leads/<ref>/notes")
@requires(P.PANEL_LEADS_WRITE)
def add_note(ref: str) -> Response:
    found = own(ref)
    form = NoteForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            notes.add(found.id, form.to_details(), actor())
        if saved:
            flash(_("Your note was added. Our staff see it too."), "done")
            return redirect_see_other(url_for(".lead", ref=ref) + "#notes")
    return _page(found, form)


@blueprint.route("/panel/leads/<ref>/withdrawal", methods=["GET", "POST"])
@requires(P.PANEL_LEADS_WRITE)
def withdrawal(ref: str) -> Response:
    found = own(ref)
    form = WithdrawForm()
    if form.validate_on_submit():
        with form.attempt() as saved:
            editing.withdraw(found.id, form.to_details(), actor())
        if saved:
            message: Any = {"text": str(_("The lead was withdrawn.")), "undo_url": url_for(".reopening", ref=ref)}
            flash(message, "done")
            return redirect_see_other(url_for(".lead", ref=ref))
    if not found.may_become(LeadState.WITHDRAWN):
        flash(_("This lead cannot be withdrawn in its present state."), "warning")
        return redirect_see_other(url_for(".lead", ref=ref))
    return render_page("leads/withdraw.html", lead=found, form=form, status=form.status)


@blueprint.post("/panel/leads/<ref>/reopening")
@requires(P.PANEL_LEADS_WRITE)
def reopening(ref: str) -> Response:
    """Undoes a withdrawal. What staff declined, staff take up again."""
    found = own(ref)
    try:
        editing.take_up_again(found.id, actor())
    except DomainError as no:
        flash(str(no.message), "warning")
    else:
        flash(_("The lead is open again. We check it anew."), "done")
    return redirect_see_other(url_for(".lead", ref=ref))
