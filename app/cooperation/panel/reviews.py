"""Goals, results and reviews in the panel of a software partner."""

from __future__ import annotations

from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.cooperation import words
from app.cooperation.desk.goals import goals_table, trend_of, trend_table
from app.cooperation.desk.reviews import tasks_of
from app.cooperation.panel import blueprint
from app.cooperation.queries import goals
from app.cooperation.queries import reviews as queries
from app.cooperation.queries.reviews import meeting_of
from app.core.clock import today
from app.core.db import db
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.integrations.queries.partners import partner_of
from app.plans.models import Plan
from app.settings.models import vendor


@blueprint.get("/reviews")
@requires(P.SOFTWARE_PANEL)
def reviews() -> Response:
    partner = partner_of(actor())
    return render_page(
        "cooperation/panel_reviews.html",
        reviews=queries.of_partner(partner.id),
        meeting_of=meeting_of,
        goals=goals.of_partner(partner, withdrawn=False),
        day=today(vendor().timezone),
        **trend_of(partner),
    )


@blueprint.get("/reviews/reviews.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def reviews_file(format: str) -> Response:
    header = [_("Reference"), _("State"), _("Planned on"), _("Agreed time"), _("Held on"), _("Mark"), _("Reason")]
    rows = (
        [
            one.ref,
            words.REVIEW_STATES[one.state],
            one.planned_on,
            meeting.starts_at if (meeting := meeting_of(one)) else None,
            one.held_on,
            one.quality_mark,
            one.reason,
        ]
        for one in queries.of_partner(partner_of(actor()).id)
    )
    return table_response(format, _("reviews"), header, rows)


@blueprint.get("/reviews/goals.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def goals_file(format: str) -> Response:
    return goals_table(partner_of(actor()), format, withdrawn=False)


@blueprint.get("/reviews/trend.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def trend_file(format: str) -> Response:
    return trend_table(partner_of(actor()), format)


@blueprint.get("/reviews/<ref>")
@requires(P.SOFTWARE_PANEL)
def review(ref: str) -> Response:
    """The minutes of one that was held, or when it takes place."""
    partner = partner_of(actor())
    found = queries.review(partner.id, ref)
    meeting = meeting_of(found)
    plan = db.session.get(Plan, partner.plan_id) if partner.plan_id else None
    return render_page(
        "cooperation/panel_review.html",
        review=found,
        meeting=meeting,
        participants=queries.participants_of(meeting) if meeting else [],
        tasks=tasks_of(partner, found),
        plan=plan,
        words=words,
        day=today(vendor().timezone),
    )
