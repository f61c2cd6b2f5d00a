"""Calendar addresses of one's own, for staff: one's own sessions and deadlines, and all sessions."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, request
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, current_locale
from app.trainings.queries import feeds as queries
from app.trainings.service import feeds as service

blueprint = Blueprint("trainings_my", __name__)


@blueprint.get("/profile/calendar")
@requires(P.TRAININGS_READ)
def calendar() -> Response:
    return _page()


@blueprint.post("/profile/calendar")
@requires(P.TRAININGS_READ)
def calendar_made() -> Response:
    """The new address is shown now and never again: only its digest is kept."""
    team = request.form.get("which") == "team"
    path = service.make_own(actor(), team=team, locale=current_locale())
    return _page("team" if team else "own", current_app.config["GANGWAY"].public_url + path)


@blueprint.post("/profile/calendar/withdrawal")
@requires(P.TRAININGS_READ)
def calendar_withdrawn() -> Response:
    service.withdraw_own(actor(), team=request.form.get("which") == "team")
    flash(_("The calendar address was withdrawn. It shows nothing any more."), "done")
    return redirect_see_other("/profile/calendar")


def _page(fresh: str = "", address: str = "") -> Response:
    open_ones = {"team" if feed.team else "own": feed for feed in queries.of_person(actor())}
    return render_page("trainings/my_calendar.html", feeds=open_ones, fresh=fresh, address=address)
