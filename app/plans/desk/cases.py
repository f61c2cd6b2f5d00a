"""One case at the desk: who works on it, what was handed in, and completing or returning it (C4, C5, C7)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import may, requires
from app.access.permissions import P
from app.core.errors import Conflict, DomainError, Forbidden
from app.core.forms import BaseForm
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.plans.desk import blueprint
from app.plans.desk.case_panels import Forms, panel_of
from app.plans.desk.doors import chosen, colleagues, hand, the_plan
from app.plans.desk.team import onward, team_page
from app.plans.forms.cases import CompleteForm, OverrideForm, ReturnForm, WorkerForm
from app.plans.models import Plan
from app.plans.queries import cases as queries
from app.plans.service import cases
from app.plans.texts import outline_of

# --- the page ---------------------------------------------------------------------------------------------------------


@blueprint.get("/<ref>/cases/<case_ref>")
@requires(P.PLANS_READ)
def case(ref: str, case_ref: str) -> Response:
    return case_page(the_plan(ref), case_ref)


def case_page(plan: Plan, case_ref: str, sent: Forms | None = None, refused: DomainError | None = None) -> Response:
    found, outline = queries.find(plan, case_ref), outline_of(plan)
    team = colleagues() if may(P.CASES_LEAD) else []
    panel = panel_of(plan, found, queries.tasks_of(found), outline, team, sent)
    status = refused.status if refused else panel.wrong.status if panel.wrong else 200
    return render_page(
        "plans/desk_case.html",
        fragment="plans/_desk_case.html",
        plan=plan,
        outline=outline,
        panel=panel,
        errors=panel.wrong.problems if panel.wrong else [],
        refused=refused.message if refused else "",
        status=status,
    )


# --- verbs ------------------------------------------------------------------------------------------------------------


def _sent(
    ref: str, case_ref: str, name: str, form: BaseForm, verb: Callable[[Plan], Any], said: Callable[[Plan], str]
) -> Response:
    """Does it, if the form is right, and goes on: back to the team's page, from which it was sent, or to the case."""
    plan = the_plan(ref)
    of_team = request.form.get("from") == "team" and may(P.CASES_LEAD)
    refused: DomainError | None = None
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                verb(plan)
        except (Conflict, Forbidden) as error:
            refused = error
        else:
            if saved:
                if of_team:
                    return onward(said(plan))
                flash(said(plan), "done")
                return redirect_see_other(url_for(".case", ref=ref, case_ref=case_ref))
    if refused is not None:  # what was typed stays, and goes with what the page shows now when it is sent again
        form["version"].data = str(queries.find(plan, case_ref).version)
    sent = {name: form}
    if of_team:
        return team_page(case_ref=case_ref, sent=sent, refused=refused)
    return case_page(the_plan(ref), case_ref, sent, refused)


@blueprint.post("/<ref>/cases/<case_ref>/assignment")
@requires(P.CASES_LEAD)
def assign_case(ref: str, case_ref: str) -> Response:
    team = colleagues()
    form = WorkerForm.of(team, {})

    def assign(plan: Plan) -> None:
        worker = chosen(team, form.worker.data)
        if worker is None:
            raise cases.NotOfTheTeam
        cases.assign(plan.id, case_ref, worker, hand(), expect=form.seen)

    return _sent(ref, case_ref, "assign", form, assign, lambda plan: _("The case was assigned."))


@blueprint.post("/<ref>/cases/<case_ref>/hand-in")
@requires(P.PLANS_WORK)
def hand_in_case(ref: str, case_ref: str) -> Response:
    form = CompleteForm()
    return _sent(
        ref,
        case_ref,
        "hand_in",
        form,
        lambda plan: cases.hand_in(plan.id, case_ref, hand(), expect=form.seen),
        lambda plan: _("The case was handed in. A team leader looks at it."),
    )


@blueprint.post("/<ref>/cases/<case_ref>/completion")
@requires(P.PLANS_WORK)
def complete_case(ref: str, case_ref: str) -> Response:
    form = CompleteForm()
    return _sent(
        ref,
        case_ref,
        "complete",
        form,
        lambda plan: cases.complete(plan.id, case_ref, hand(), expect=form.seen),
        lambda plan: _("The case of %(company)s is completed.", company=plan.name),
    )


@blueprint.post("/<ref>/cases/<case_ref>/override")
@requires(P.CASES_LEAD)
def override_case(ref: str, case_ref: str) -> Response:
    form = OverrideForm()
    return _sent(
        ref,
        case_ref,
        "override",
        form,
        lambda plan: cases.complete(plan.id, case_ref, hand(), override=form.override.data or "", expect=form.seen),
        lambda plan: _("The case of %(company)s is completed. Your reason stands in its history.", company=plan.name),
    )


@blueprint.post("/<ref>/cases/<case_ref>/return")
@requires(P.CASES_LEAD)
def return_case(ref: str, case_ref: str) -> Response:
    form = ReturnForm()
    return _sent(
        ref,
        case_ref,
        "give_back",
        form,
        lambda plan: cases.give_back(plan.id, case_ref, form.why.data or "", hand(), expect=form.seen),
        lambda plan: _("The case of %(company)s was returned. Its worker gets a mail.", company=plan.name),
    )
