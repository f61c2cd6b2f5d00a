"""Joint marketing in the panel: the list of both sides, what the software partner adds to it, and what is done with its
link (S8)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import words
from app.cooperation.desk.marketing import file_of, receipt, rows_with, shelf_asked
from app.cooperation.forms.marketing import ActionForm, DoneForm
from app.cooperation.models import MarketingAction
from app.cooperation.panel import blueprint
from app.cooperation.queries import marketing as queries
from app.cooperation.queries.marketing import Shelf
from app.cooperation.service import marketing as service
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.paging import page_of
from app.integrations.queries.partners import partner_of


@blueprint.get("/marketing")
@requires(P.SOFTWARE_PANEL)
def marketing() -> Response:
    shelf = shelf_asked()
    return render_page(
        "cooperation/panel_marketing.html",
        fragment="cooperation/_marketing_rows.html",
        partner=None,
        page=page_of(
            queries.actions(partner_of(actor()).id, shelf),
            MarketingAction.due_on,
            MarketingAction.id,
            descending=shelf != Shelf.OPEN,
            cursor=request.args.get("cursor"),
        ),
        **rows_with(shelf),
    )


@blueprint.get("/marketing/actions.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def marketing_file(format: str) -> Response:
    return file_of(partner_of(actor()), format)


@blueprint.route("/marketing/new", methods=["GET", "POST"])
@requires(P.SOFTWARE_PANEL)
def new_action() -> Response:
    """Done by one of its own people, or by whoever looks after the software partner."""
    partner = partner_of(actor())
    form = ActionForm.blank(queries.owners_in_panel(partner))
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.add(partner.id, form.to_details(), f"{actor().id}:{form.key.data}"[:64], actor())
            if saved:
                flash(_("The action is in the list of both sides."), "done")
                return redirect_see_other(url_for(".marketing"))
        except Conflict as conflict:
            form.refused(conflict)
    return render_page("cooperation/panel_action_form.html", form=form, status=form.status)


@blueprint.get("/marketing/<ref>")
@requires(P.SOFTWARE_PANEL)
def action(ref: str) -> Response:
    return _page(queries.action(partner_of(actor()).id, ref))


def _page(found: MarketingAction, form: DoneForm | None = None, refused: Conflict | None = None) -> Response:
    return render_page(
        "cooperation/panel_action.html",
        action=found,
        form=form or DoneForm(formdata=None, data={"url": found.url}),
        words=words,
        is_late=queries.is_late,
        refused=refused.message if refused else "",
        status=refused.status if refused else form.status if form else 200,
    )


@blueprint.post("/marketing/<ref>/completion")
@requires(P.SOFTWARE_PANEL)
def action_done(ref: str) -> Response:
    """Also what a colleague of the vendor's was to do: who knows the link may say it."""
    partner = partner_of(actor())
    found = queries.action(partner.id, ref)
    form = DoneForm()
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.finish(found.id, form.url.data, actor())
            if saved:
                flash(receipt(_("Done. Both sides see the link."), url_for(".reopen_action", ref=ref)), "done")
                return redirect_see_other(url_for(".action", ref=ref))
        except Conflict as refused:
            return _page(queries.action(partner.id, ref), refused=refused)
    return _page(found, form)


@blueprint.post("/marketing/<ref>/reopening")
@requires(P.SOFTWARE_PANEL)
def reopen_action(ref: str) -> Response:
    partner = partner_of(actor())
    try:
        service.reopen(queries.action(partner.id, ref).id, actor())
    except Conflict as refused:
        return _page(queries.action(partner.id, ref), refused=refused)
    flash(_("The action is open again."), "done")
    return redirect_see_other(url_for(".action", ref=ref))
