"""Calls from the day's board: nobody answered, and taken back (C4). Whoever answered is told on the task's own page."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, wants_fragment
from app.plans.desk import blueprint
from app.plans.desk.day import day_page
from app.plans.desk.doors import hand, the_plan
from app.plans.queries import at_desk
from app.plans.service import calling


@blueprint.post("/<ref>/tasks/<task_ref>/calls")
@requires(P.PLANS_WORK)
def not_answered(ref: str, task_ref: str) -> Response:
    """One press: the next attempt is on the next working day. Stays on the board, where it can be taken back."""
    plan = the_plan(ref)
    at_desk.task(plan, task_ref)
    known = number_in(request.form.get("known", ""))
    return _told(lambda: calling.not_answered(plan.id, task_ref, hand(), known=known))


@blueprint.post("/<ref>/calls/<call_ref>/removal")
@requires(P.PLANS_WORK)
def call_taken_back(ref: str, call_ref: str) -> Response:
    plan = the_plan(ref)
    return _told(lambda: calling.take_back(plan.id, call_ref, hand()))


def _told(verb: Any) -> Response:
    """The board as it stands now; what could not be done is said above it."""
    conflict = ""
    try:
        verb()
    except Conflict as refusal:
        conflict = str(refusal)
    whose = request.form.get("person", "")
    if wants_fragment():
        return day_page(whose, conflict=conflict)
    if conflict:
        flash(conflict, "warning")
    return redirect_see_other(url_for(".day", person=whose or None))
