"""Choosing a time for the introduction, moving it and letting it go, until it begins."""

from __future__ import annotations

from itertools import groupby
from zoneinfo import ZoneInfo

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.integrations.models import IntroductionSlot
from app.integrations.panel import blueprint
from app.integrations.queries import introductions as queries
from app.integrations.queries.partners import partner_of
from app.integrations.service import introducing
from app.settings.models import vendor
from app.trainings.models import SessionState


@blueprint.get("/introduction")
@requires(P.SOFTWARE_PANEL)
def introduction() -> Response:
    return _page()


@blueprint.post("/introduction/<ref>")
@requires(P.SOFTWARE_PANEL)
def take_introduction(ref: str) -> Response:
    partner = partner_of(actor())
    had = queries.introduction_of(partner.id)
    try:
        introducing.take(partner.id, ref, actor())
    except Conflict as refused:
        return _page(refused)
    if had is None:
        flash(_("The time is yours. An invitation for your calendar is on its way."), "done")
    else:
        flash(_("The introduction is moved. Your calendar gets the change by mail."), "done")
    return redirect_see_other(url_for(".introduction"))


@blueprint.post("/introduction/release")
@requires(P.SOFTWARE_PANEL)
def let_introduction_go() -> Response:
    partner = partner_of(actor())
    try:
        introducing.let_go(partner.id, actor())
    except Conflict as refused:
        return _page(refused)
    flash(_("The time is free again. Choose another one whenever you like."), "done")
    return redirect_see_other(url_for(".introduction"))


def _page(refused: Conflict | None = None) -> Response:
    partner = partner_of(actor())
    mine = queries.introduction_of(partner.id)
    over = (
        mine is not None
        and mine.session is not None
        and (mine.session.state == SessionState.HELD or mine.session.starts_at <= now())
    )
    return render_page(
        "integrations/panel_introduction.html",
        mine=mine,
        over=over,
        days=[] if over else _by_day(queries.open_slots()),
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


def _by_day(slots: list[IntroductionSlot]) -> list[list[IntroductionSlot]]:
    """Day by day, on the clocks by which the page shows them."""
    zone = ZoneInfo(vendor().timezone)
    return [list(each) for _day, each in groupby(slots, key=lambda slot: slot.starts_at.astimezone(zone).date())]
