"""Joint marketing with a software partner at the desk."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import told, words
from app.cooperation.desk import blueprint
from app.cooperation.forms.marketing import ActionForm, DoneForm
from app.cooperation.models import MarketingAction
from app.cooperation.queries import marketing as queries
from app.cooperation.queries.marketing import Shelf
from app.cooperation.service import marketing as service
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.paging import everything_of, page_of
from app.core.tables import table_response
from app.history.service import entries_of
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import by_ref


@blueprint.get("/software-partners/<ref>/marketing")
@requires(P.COOPERATION_MANAGE)
def marketing(ref: str) -> Response:
    partner = by_ref(ref)
    shelf = shelf_asked()
    return render_page(
        "cooperation/desk_marketing.html",
        fragment="cooperation/_marketing_rows.html",
        partner=partner,
        page=page_of(
            queries.actions(partner.id, shelf),
            MarketingAction.due_on,
            MarketingAction.id,
            descending=shelf != Shelf.OPEN,
            cursor=request.args.get("cursor"),
        ),
        **rows_with(shelf),
    )


def rows_with(shelf: Shelf) -> dict[str, Any]:
    """What the rows of either side's list need."""
    return {"shelf": shelf, "Shelf": Shelf, "words": words, "is_late": queries.is_late}


def shelf_asked() -> Shelf:
    wish = request.args.get("tab", "")
    return Shelf(wish) if wish in set(Shelf) else Shelf.OPEN


@blueprint.get("/software-partners/<ref>/marketing/actions.<any(csv, xlsx):format>")
@requires(P.COOPERATION_MANAGE)
def marketing_file(ref: str, format: str) -> Response:
    return file_of(by_ref(ref), format)


def file_of(partner: SoftwarePartner, format: str) -> Response:
    """All actions, whatever tab is shown."""
    header = [
        _("Reference"),
        _("Kind"),
        _("What is done"),
        _("Who does it"),
        _("Due on"),
        _("Done at"),
        _("Cancelled at"),
        _("Link"),
        _("Remarks"),
    ]
    rows: Iterable[MarketingAction] = everything_of(
        queries.actions(partner.id), MarketingAction.due_on, MarketingAction.id, descending=False
    )
    return table_response(
        format,
        _("joint marketing"),
        header,
        (
            [
                one.ref,
                words.KINDS[one.kind],
                one.title,
                one.owner.name,
                one.due_on,
                one.done_at,
                one.cancelled_at,
                one.url,
                one.notes,
            ]
            for one in rows
        ),
    )


@blueprint.route("/software-partners/<ref>/marketing/new", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def new_action(ref: str) -> Response:
    partner = by_ref(ref)
    form = ActionForm.blank(queries.owners(partner))
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(partner.id, form.to_details(), f"{actor().id}:{form.key.data}"[:64], actor())
        if saved:
            flash(_("The action is in the list of both sides."), "done")
            return redirect_see_other(url_for(".marketing", ref=ref))
    return render_page("cooperation/desk_action_form.html", partner=partner, form=form, action=None, status=form.status)


@blueprint.get("/software-partners/<ref>/marketing/<action_ref>")
@requires(P.COOPERATION_MANAGE)
def action(ref: str, action_ref: str) -> Response:
    partner = by_ref(ref)
    return _page(partner, queries.action(partner.id, action_ref))


def _page(
    partner: SoftwarePartner, found: MarketingAction, form: DoneForm | None = None, refused: Conflict | None = None
) -> Response:
    return render_page(
        "cooperation/desk_action.html",
        partner=partner,
        action=found,
        form=form or DoneForm(formdata=None, data={"url": found.url}),
        words=words,
        is_late=queries.is_late,
        entries=told.timeline(entries_of(found)),
        refused=refused.message if refused else "",
        status=refused.status if refused else form.status if form else 200,
    )


@blueprint.route("/software-partners/<ref>/marketing/<action_ref>/edit", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def edit_action(ref: str, action_ref: str) -> Response:
    partner = by_ref(ref)
    found = queries.action(partner.id, action_ref)
    form = ActionForm.of(found, queries.owners(partner))
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.edit(found.id, form.seen, form.to_details(), actor())
            if saved:
                flash(_("The action is saved."), "done")
                return redirect_see_other(url_for(".action", ref=ref, action_ref=action_ref))
        except service.NotOpen as conflict:
            form.refused(conflict)
        except Conflict as conflict:
            form.overtaken(conflict, queries.action(partner.id, action_ref).version)
    return render_page(
        "cooperation/desk_action_form.html", partner=partner, form=form, action=found, status=form.status
    )


@blueprint.post(
    "/software-partners/<ref>/marketing/<action_ref>/<any(completion, reopening, disposal, restoration):do>"
)
@requires(P.COOPERATION_MANAGE)
def decide_action(ref: str, action_ref: str, do: str) -> Response:
    """Done with its link, open again, cancelled, or taken up again."""
    partner = by_ref(ref)
    found = queries.action(partner.id, action_ref)
    try:
        if do == "completion":
            form = DoneForm()
            if not form.validate_on_submit():
                return _page(partner, found, form)
            with form.attempt() as saved:
                service.finish(found.id, form.url.data, actor())
            if not saved:
                return _page(partner, found, form)
            flash(
                receipt(_("Done. Both sides see the link."), _url(ref, found, "reopening")),
                "done",
            )
        elif do == "reopening":
            service.reopen(found.id, actor())
            flash(_("The action is open again."), "done")
        elif do == "disposal":
            service.cancel(found.id, actor())
            flash(receipt(_("Cancelled."), _url(ref, found, "restoration")), "done")
        else:
            service.restore(found.id, actor())
            flash(_("The action is open again."), "done")
    except Conflict as refused:
        return _page(partner, queries.action(partner.id, action_ref), refused=refused)
    return redirect_see_other(url_for(".action", ref=ref, action_ref=action_ref))


def receipt(text: object, undo_url: str) -> Any:
    return {"text": str(text), "undo_url": undo_url}


def _url(ref: str, found: MarketingAction, do: str) -> str:
    return url_for(".decide_action", ref=ref, action_ref=found.ref, do=do)
