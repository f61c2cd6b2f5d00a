"""Goals of a software partner at the desk, what was measured, and the trend."""

from __future__ import annotations

from typing import Any

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import chart, words
from app.cooperation.desk import blueprint
from app.cooperation.forms.goals import GoalForm
from app.cooperation.models import Measure
from app.cooperation.queries import goals as queries
from app.cooperation.service import goals as service
from app.core.clock import today
from app.core.errors import DomainError
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.integrations.models import SoftwarePartner
from app.integrations.queries.partners import by_ref
from app.settings.models import vendor


@blueprint.get("/software-partners/<ref>/goals")
@requires(P.COOPERATION_MANAGE)
def goals(ref: str) -> Response:
    return _page(by_ref(ref))


def _page(partner: SoftwarePartner, refused: DomainError | None = None) -> Response:
    return render_page(
        "cooperation/desk_goals.html",
        partner=partner,
        goals=queries.of_partner(partner),
        **trend_of(partner),
        refused=refused.message if refused else "",
        status=refused.status if refused else 200,
    )


def trend_of(partner: SoftwarePartner) -> dict[str, Any]:
    """What the charts and their table need, at the desk and in the panel."""
    months = queries.trend(partner)
    return {"months": months, "charts": chart.charts(months), "words": words, "Measure": Measure}


@blueprint.get("/software-partners/<ref>/goals/goals.<any(csv, xlsx):format>")
@requires(P.COOPERATION_MANAGE)
def goals_file(ref: str, format: str) -> Response:
    return goals_table(by_ref(ref), format)


def goals_table(partner: SoftwarePartner, format: str, *, withdrawn: bool = True) -> Response:
    header = [
        _("Reference"),
        _("What is counted"),
        _("First day"),
        _("Last day"),
        _("Target"),
        _("Result"),
        _("Remarks"),
    ]
    rows = (
        [
            one.goal.ref,
            words.MEASURES[one.goal.measure],
            one.goal.from_on,
            one.goal.until_on,
            one.goal.target,
            one.count,
            one.goal.notes,
        ]
        + ([one.goal.withdrawn_at] if withdrawn else [])
        for one in queries.of_partner(partner, withdrawn=withdrawn)
    )
    return table_response(format, _("goals"), header + ([_("Withdrawn at")] if withdrawn else []), rows)


@blueprint.get("/software-partners/<ref>/goals/trend.<any(csv, xlsx):format>")
@requires(P.COOPERATION_MANAGE)
def trend_file(ref: str, format: str) -> Response:
    return trend_table(by_ref(ref), format)


def trend_table(partner: SoftwarePartner, format: str) -> Response:
    header = [_("Month"), *(str(words.MEASURES[measure]) for measure in Measure)]
    rows = ([month.first, *(month.counts[measure] for measure in Measure)] for month in queries.trend(partner))
    return table_response(format, _("results by month"), header, rows)


@blueprint.route("/software-partners/<ref>/goals/new", methods=["GET", "POST"])
@requires(P.COOPERATION_MANAGE)
def new_goal(ref: str) -> Response:
    partner = by_ref(ref)
    form = GoalForm.blank(today(vendor().timezone))
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.set_goal(partner.id, form.to_details(), actor())
        if saved:
            flash(_("The goal is set. Both sides see it."), "done")
            return redirect_see_other(url_for(".goals", ref=ref))
    return render_page("cooperation/desk_goal_form.html", partner=partner, form=form, status=form.status)


@blueprint.post("/software-partners/<ref>/goals/<goal_ref>/<any(withdrawal, restoration):do>")
@requires(P.COOPERATION_MANAGE)
def decide_goal(ref: str, goal_ref: str, do: str) -> Response:
    partner = by_ref(ref)
    found = queries.goal(partner.id, goal_ref)
    try:
        if do == "withdrawal":
            service.withdraw(found.id, actor())
            message: Any = {
                "text": str(_("The goal is withdrawn.")),
                "undo_url": url_for(".decide_goal", ref=ref, goal_ref=goal_ref, do="restoration"),
            }
            flash(message, "done")
        else:
            service.restore(found.id, actor())
            flash(_("The goal is set again."), "done")
    except DomainError as refused:
        return _page(partner, refused)
    return redirect_see_other(url_for(".goals", ref=ref))
