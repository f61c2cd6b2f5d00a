"""Times for introductions at the desk: offered, taken, withdrawn."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, ngettext
from app.core.paging import page_of
from app.integrations.desk import blueprint
from app.integrations.forms.partners import OfferForm, WithdrawForm
from app.integrations.models import IntroductionSlot, SlotState
from app.integrations.queries import introductions as queries
from app.integrations.service import introducing


@blueprint.get("/introductions")
@requires(P.SOFTWARE_PARTNERS_READ)
def introductions() -> Response:
    return _page(OfferForm.blank())


@blueprint.post("/introductions")
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def offer_introductions() -> Response:
    form = OfferForm.blank()
    if form.validate_on_submit():
        with form.attempt() as saved:
            made = introducing.offer(form.to_details(), actor())
            flash(ngettext("%(num)s time is offered.", "%(num)s times are offered.", len(made)), "done")
        if saved:
            return redirect_see_other(url_for(".introductions"))
    return _page(form)


@blueprint.route("/introductions/<ref>/withdrawal", methods=["GET", "POST"])
@requires(P.SOFTWARE_PARTNERS_MANAGE)
def withdraw_introduction(ref: str) -> Response:
    """A time that nobody took goes at once; one that is taken asks for the reason."""
    slot = queries.slot(ref)
    form = WithdrawForm()
    refused = ""
    taken = slot.state == SlotState.TAKEN
    sent = form.is_submitted()
    if sent and (not taken or form.validate_on_submit()):
        try:
            with form.attempt() as saved:
                introducing.withdraw(slot.id, form.reason.data or "", actor())
            if saved:
                flash(_("The time is withdrawn."), "done")
                return redirect_see_other(url_for(".introductions"))
        except Conflict as conflict:
            refused = str(conflict.message)
            slot = queries.slot(ref)
    return render_page(
        "integrations/desk_introduction_withdraw.html",
        slot=slot,
        form=form,
        taken=slot.state == SlotState.TAKEN,
        refused=refused,
        status=409 if refused else form.status,
    )


def _page(form: OfferForm) -> Response:
    past = request.args.get("when") == "past"
    page = page_of(
        queries.at_desk(past=past),
        IntroductionSlot.starts_at,
        IntroductionSlot.id,
        descending=past,
        cursor=request.args.get("cursor"),
    )
    return render_page(
        "integrations/desk_introductions.html",
        page=page,
        past=past,
        form=form,
        errors=form.problems,
        SlotState=SlotState,
        status=form.status,
    )
