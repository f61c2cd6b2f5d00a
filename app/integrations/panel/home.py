"""Where a software partner stands: its seven steps, what either side owes now, the introduction, and what rooms above
add."""

from __future__ import annotations

from flask import request, url_for
from flask.wrappers import Response

from app.access import links
from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.htmx import redirect_see_other, render_page
from app.integrations import parts
from app.integrations.panel import blueprint
from app.integrations.progress import Progress, progress_of
from app.integrations.queries import introductions
from app.integrations.queries import partners as queries
from app.integrations.service import entering
from app.plans import texts
from app.plans.models import Plan, PlanState
from app.plans.tokens import carried, keep_token

SHOWN = 8
"""Tasks of each side on the home; the plan has all."""


@blueprint.get("/software")
@requires(P.SOFTWARE_PANEL)
def home() -> Response:
    partner = queries.own_standing(actor())
    if not partner.is_active:
        return render_page("integrations/panel_ended.html", partner=partner)
    return render_page(
        "integrations/panel_home.html",
        partner=partner,
        progress=_progress(partner.plan),
        archived=partner.plan is not None and partner.plan.state == PlanState.ARCHIVED,
        introduction=introductions.introduction_of(partner.id),
        shown=SHOWN,
        parts=parts.of_partner(partner, desk=False),
        moment=now(),
    )


def _progress(plan: Plan | None) -> Progress | None:
    return progress_of(texts.outline_of(plan), queries.tasks_of(plan.id)) if plan is not None else None


@blueprint.post("/plan")
@requires(P.SOFTWARE_PANEL)
def open_plan() -> Response:
    """Into the plan, without a mailed code: who is signed in has shown who they are."""
    partner = queries.partner_of(actor())
    entered = entering.open_plan(partner.id, actor(), carried())
    links.enter_scope(entered.link)
    task = request.form.get("task", "")
    if task and any(known.ref == task for known in queries.tasks_of(entered.plan_id)):
        response = redirect_see_other(url_for("plans_my.task", ref=entered.plan_ref, task_ref=task))
    else:
        response = redirect_see_other(url_for("plans_my.plan", ref=entered.plan_ref))
    if entered.secret:
        keep_token(response, entered.secret)
    return response
