"""A plan's schedule at the desk: agreed days, kick-off and going live, pauses, days by side, what moved (I7, I8)."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import may, requires
from app.access.permissions import P
from app.core.clock import today
from app.core.errors import Conflict, NotFound
from app.core.forms import BaseForm
from app.core.htmx import redirect_see_other, render_page, wants_fragment
from app.core.i18n import _
from app.people.queries import names_of
from app.plans import clock
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.schedule import DaysForm, KickoffForm, LiveForm, PauseForm, ResumeForm
from app.plans.health import health_sentence
from app.plans.models import Plan, PlanPause, PlanState, TaskState
from app.plans.service import scheduling, starting_date
from app.plans.service.changing import PlanArchived
from app.plans.service.scheduling import OUTCOMES
from app.plans.service.starting_date import Effect
from app.plans.texts import outline_of
from app.plans.words import HEALTHS
from app.playbooks.outline import Anchor, Kind, said
from app.settings.models import vendor


@blueprint.get("/<ref>/schedule")
@requires(P.PLANS_READ)
def schedule(ref: str) -> Response:
    found = the_plan(ref)
    return render_page(
        "plans/desk_schedule.html",
        plan=found,
        clock=clock.clock_of(found),
        sentence=health_sentence(found),
        HEALTHS=HEALTHS,
        kickoff_task=scheduling.task_of(found, Anchor.KICKOFF),
        agreed=_agreed(found),
        allowed_by=names_of([found.starting_by_id]).get(found.starting_by_id) if found.starting_by_id else None,
        apart=starting_date.apart(found),
        pauses=clock.pauses_of(found),
        moves=clock.moves_of(found),
        day=_day(),
        is_open=found.state != PlanState.ARCHIVED,
    )


def _agreed(plan: Plan) -> list[tuple[str, str]]:
    """What the kick-off settled, under the words of the form in which it was asked."""
    task = next((task for task in outline_of(plan).tasks if task.anchor == Anchor.KICKOFF), None)
    labels = {name: str(KickoffForm()[name].label.text) for name in OUTCOMES}
    labels |= {field.code: said(field.label) for field in task.fields} if task else {}
    return [(labels.get(code, code), str(text)) for code, text in plan.agreed.items() if text]


def _day() -> date:
    return today(vendor().timezone)


def _running(ref: str) -> Plan:
    """Raises NotFound, PlanArchived."""
    found = the_plan(ref)
    if found.state == PlanState.ARCHIVED:
        raise PlanArchived
    return found


def _page(template: str, plan: Plan, form: BaseForm, **more: Any) -> Response:
    return render_page(template, plan=plan, form=form, status=form.status, **more)


def _back(ref: str) -> Response:
    return redirect_see_other(url_for(".schedule", ref=ref))


@blueprint.route("/<ref>/schedule/days", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def agree_days(ref: str) -> Response:
    """Where the day of going live is a starting date, what would move is shown before it is saved."""
    found = _running(ref)
    outline = outline_of(found)
    form = DaysForm.of(found, outline, leads=may(P.CASES_LEAD))
    shows = outline.starting is not None
    shown: Effect | None = None
    if form.validate_on_submit() and (not shows or _allowed(found, form)):
        days = form.to_details()
        if not shows or (request.form.get("do") == "save" and not wants_fragment()):
            try:
                with form.attempt() as saved:
                    expect, mark = (None, form.mark.data) if shows else (form.seen, None)
                    scheduling.agree(found.id, days, hand(), expect=expect, mark=mark)
            except Conflict as refused:
                found = the_plan(ref)
                form.overtaken(refused, found.version)
            else:
                if saved:
                    flash(_("The days were saved. Deadlines follow them."), "done")
                    return _back(ref)
        if shows:
            kickoff_on = scheduling.kickoff_of(found, days)
            shown = starting_date.effect(found, days.contract_on, kickoff_on, days.golive_on)
            form.mark.data = shown.mark
    return _page(
        "plans/desk_schedule_days.html",
        found,
        form,
        fragment="plans/_days_moves.html",
        starting=outline.starting,
        outline=outline,
        shown=shown,
        moved_on=form.status == 409,
    )


def _allowed(plan: Plan, form: DaysForm) -> bool:
    """Whether the days may be agreed; else the form says why not."""
    with form.attempt() as allowed:
        scheduling.permitted_days(plan, form.to_details(), hand())
    return bool(allowed)


@blueprint.route("/<ref>/schedule/kickoff", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def hold_kickoff(ref: str) -> Response:
    """For a plan whose playbook has no task for it; else the task asks."""
    found = _running(ref)
    task = scheduling.task_of(found, Anchor.KICKOFF)
    if task is not None:
        return redirect_see_other(url_for(".task", ref=ref, task_ref=task.ref))
    form = KickoffForm(
        data={"on": found.kickoff_on or _day(), **{name: found.agreed.get(name, "") for name in OUTCOMES}}
    )
    if form.validate_on_submit():
        agreed = {name: form[name].data for name in OUTCOMES if form[name].data}
        with form.attempt() as saved:
            scheduling.hold_kickoff(found.id, form.day, agreed, hand())
        if saved:
            flash(_("The kick-off was recorded. The clock runs."), "done")
            return _back(ref)
    return _page("plans/desk_schedule_kickoff.html", found, form)


@blueprint.route("/<ref>/schedule/live", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def go_live(ref: str) -> Response:
    found = _running(ref)
    task = scheduling.task_of(found, Anchor.GOLIVE)
    if task is not None and task.kind == Kind.FIELDS and task.state == TaskState.OPEN:
        return redirect_see_other(url_for(".task", ref=ref, task_ref=task.ref))
    form = LiveForm(data={"on": found.live_on or _day()})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                scheduling.went_live(found.id, form.day, hand())
        except Conflict as refused:
            form.refused(refused)
        else:
            if saved:
                flash(_("Going live was recorded."), "done")
                return _back(ref)
    return _page("plans/desk_schedule_live.html", found, form)


@blueprint.route("/<ref>/schedule/pause", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def pause(ref: str) -> Response:
    found = _running(ref)
    form = PauseForm(data={"from_on": _day()})
    if form.validate_on_submit():
        with form.attempt() as saved:
            scheduling.pause(found.id, form.day, form.until_on.data, form.reason.data, hand())
        if saved:
            flash(_("The plan is paused on these days. Deadlines moved with them."), "done")
            return _back(ref)
    return _page("plans/desk_schedule_pause.html", found, form)


@blueprint.route("/<ref>/schedule/pauses/<int:number>", methods=["GET", "POST"])
@requires(P.PLANS_MANAGE)
def resume(ref: str, number: int) -> Response:
    """When the clock runs again."""
    found = _running(ref)
    held = _pause(found, number)
    form = ResumeForm(data={"on": held.until_on or _day()})
    if form.validate_on_submit():
        with form.attempt() as saved:
            scheduling.resume(found.id, held.id, form.day, hand())
        if saved:
            flash(_("Saved. Deadlines moved with it."), "done")
            return _back(ref)
    return _page("plans/desk_schedule_resume.html", found, form, pause=held)


@blueprint.post("/<ref>/schedule/pauses/<int:number>/removal")
@requires(P.PLANS_MANAGE)
def drop_pause(ref: str, number: int) -> Response:
    found = _running(ref)
    scheduling.drop_pause(found.id, number, hand())
    flash(_("The pause was removed. Its days count again."), "done")
    return _back(ref)


def _pause(plan: Plan, number: int) -> PlanPause:
    held = next((each for each in clock.pauses_of(plan) if each.id == number), None)
    if held is None:
        raise NotFound
    return held
