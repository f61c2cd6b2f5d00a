"""The plan as its customer sees it: what is yours, what we owe you, what waits for what, and whom to ask (I5)."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from app.access.guard import public
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import LOCALES, _, forget_choice
from app.core.limits import PUBLIC_FORM, limiter
from app.plans import cases, texts
from app.plans.clock import clock_of
from app.plans.forms.my import OwnForm
from app.plans.health import health_sentence
from app.plans.models import Plan, PlanState
from app.plans.my import blueprint
from app.plans.my import rows as lines
from app.plans.my.rows import Filter, Group, Reader
from app.plans.my.scope import Guest, guest, told
from app.plans.queries import my as queries
from app.plans.queries import webinars
from app.plans.service import own
from app.playbooks.outline import Side
from app.trainings.models import SessionState


@blueprint.get("/plans/<ref>")
@public
def plan(ref: str) -> Response:
    return plan_page(guest(ref))


def plan_page(here: Guest) -> Response:
    """The whole page, or its tasks alone when a filter was changed."""
    around = queries.around(here.plan, here.contact)
    outline = texts.outline_of(here.plan)
    reader = Reader(here.plan, here.contact, outline, around.people, around.manager.name)
    tasks = queries.tasks_of(here.plan.id)
    every = lines.rows_of(reader, tasks)
    by = Filter(request.args.get("owner", ""), request.args.get("module", ""))
    shown = [row for row in every if by.keeps(row, reader)]
    following = lines.next_of(every)
    return render_page(
        "plans/my_plan.html",
        fragment="plans/_my_list.html",
        here=here,
        reader=reader,
        groups=[(group, lines.TITLES[group], [row for row in shown if row.group == group]) for group in Group],
        by=by,
        owners=lines.owners(reader, every),
        modules=lines.modules(reader, every),
        next_ref=following.ref if following else "",
        headline=lines.headline(here.plan, following),
        sentence=sentence(here.plan),
        stage=cases.status_of(here.plan, outline),
        stage_means=cases.explained(here.plan, outline),
        steps=lines.steps_of(reader.outline, tasks),
        manager=around.manager,
        trainings=[
            (row, texts.training_title(row.training, reader.outline)) for row in queries.trainings_of(here.plan.id)
        ],
        webinars=webinars.of_plan(here.plan),
        HELD=SessionState.HELD,
        people=around.people,
        clock=clock_of(here.plan, Side.CUSTOMER),
        other=around.other,
    )


def sentence(plan: Plan) -> str:
    """How the plan stands, below the headline."""
    if plan.state == PlanState.ARCHIVED:
        return _("This plan is archived. You can read it; nothing can be changed on it any more.")
    return health_sentence(plan, Side.CUSTOMER)


@blueprint.post("/plans/<ref>/reminders")
@public
@limiter.limit(PUBLIC_FORM)
def reminders(ref: str) -> Response:
    """Switches one's own digests on (`on=1`) or off."""
    here = guest(ref)
    on = request.form.get("on") == "1"
    own.set_reminders(here.contact, on)
    said = _("Reminders are switched on.") if on else _("Reminders are switched off.")
    told(said, here.url("reminders"), on="0" if on else "1")
    return redirect_see_other(here.home)


@blueprint.route("/plans/<ref>/details", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM, methods=["POST"])
def details(ref: str) -> Response:
    """Name, phone and language of whoever is here."""
    here = guest(ref)
    known: dict[str, Any] = {
        "name": here.contact.name,
        "phone": here.contact.phone or "",
        "locale": here.contact.locale if here.contact.locale in LOCALES else "en",
        "country": here.plan.country,
    }
    form = OwnForm(data=known)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                own.set_own(here.contact, form.to_details())
        except Conflict as conflict:
            form.refused(conflict)
        else:
            if saved:
                told(_("Your details are saved."))
                response = redirect_see_other(here.home)
                return forget_choice(response) if form.locale.data != known["locale"] else response
    return render_page("plans/my_details.html", here=here, form=form, status=form.status)
