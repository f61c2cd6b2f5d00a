"""The portfolio at the desk: all plans, saved views, and what each account manager carries (I12)."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.plans.cases import status_of
from app.plans.desk import blueprint
from app.plans.forms.views import ViewForm
from app.plans.queries import portfolio
from app.plans.queries.portfolio import Filter
from app.plans.service import views
from app.plans.texts import outline_of
from app.plans.words import HEALTHS, STATES, WAITS


@blueprint.get("")
@requires(P.PLANS_READ)
def plans() -> Response:
    return _page(ViewForm())


def _page(form: ViewForm) -> Response:
    by = Filter.read(request.args)
    everything = portfolio.visible_to(actor())
    query = portfolio.narrowed(everything, by)
    managers, playbooks, statuses = portfolio.choices(everything)
    return render_page(
        "plans/desk_plans.html",
        fragment="plans/_desk_rows.html",
        listing=portfolio.page(query, by.sort, request.args.get("cursor")),
        counts=portfolio.counts(portfolio.narrowed(everything, by, health=False)),
        by=by,
        views=portfolio.views_of(actor()),
        managers=managers,
        playbooks=playbooks,
        statuses=statuses,
        form=form,
        status=form.status,
        **_words(),
    )


def _words() -> dict[str, Any]:
    return {"HEALTHS": HEALTHS, "STATES": STATES, "WAITS": WAITS}


@blueprint.get("/plans.<any(csv, xlsx):format>")
@requires(P.PLANS_READ)
def plans_file(format: str) -> Response:
    by = Filter.read(request.args)
    query = portfolio.narrowed(portfolio.visible_to(actor()), by)
    header = [
        _("Plan"),
        _("For"),
        _("Playbook"),
        _("Version"),
        _("Account manager"),
        _("State"),
        _("Status of the customer"),
        _("Health"),
        _("Waits for"),
        _("Tasks done"),
        _("Tasks"),
        _("Stuck"),
        _("Overdue"),
        _("Started"),
        _("Kick-off"),
        _("Going live"),
        _("Expected finish"),
        _("Account manager's forecast"),
    ]
    return table_response(
        format,
        _("plans"),
        header,
        (
            [
                plan.ref,
                plan.name,
                plan.playbook_version.playbook.title,
                plan.playbook_version.number,
                plan.manager.name,
                STATES[plan.state],
                status_of(plan, outline_of(plan)) if plan.stage else "",
                HEALTHS[plan.health],
                WAITS[plan.waiting],
                plan.done_count,
                plan.task_count,
                plan.stuck_count,
                plan.overdue_count,
                plan.started_on,
                plan.kickoff_on,
                plan.live_on or plan.golive_on,
                plan.forecast_on,
                plan.foreseen_on,
            ]
            for plan in portfolio.everything(query, by.sort)
        ),
    )


@blueprint.post("")
@requires(P.PLANS_READ)
def save_view() -> Response:
    """Keeps the filter of the address under a name."""
    form = ViewForm()
    if form.validate_on_submit():
        by = Filter.read(request.args)
        with form.attempt() as saved:
            views.save(form.name.data, by.kept(), form.shared.data, actor())
        if saved:
            flash(_("The view was saved."), "done")
            return redirect_see_other(url_for(".plans", **by.kept()))
    return _page(form)


@blueprint.post("/views/<ref>/removal")
@requires(P.PLANS_READ)
def remove_view(ref: str) -> Response:
    views.remove(ref, actor())
    flash(_("The view was removed."), "done")
    return redirect_see_other(url_for(".plans"))


@blueprint.get("/load")
@requires(P.PLANS_READ)
def load() -> Response:
    """Who carries how much."""
    rows = portfolio.load(portfolio.visible_to(actor()))
    return render_page("plans/desk_load.html", rows=rows, most=max((row.plans for row in rows), default=0))


@blueprint.get("/load.<any(csv, xlsx):format>")
@requires(P.PLANS_READ)
def load_file(format: str) -> Response:
    header = [
        _("Account manager"),
        _("Running plans"),
        _("Late"),
        _("At risk"),
        _("Waits for us"),
        _("Stuck"),
        _("Tasks to do now"),
    ]
    rows = portfolio.load(portfolio.visible_to(actor()))
    return table_response(format, _("load"), header, (list(astuple(row)[1:]) for row in rows))
