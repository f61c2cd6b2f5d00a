"""The trainings of a plan at the desk: sessions planned or shared, who takes part, extra ones (I9)."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access import policy
from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.carried import ref_in
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.people.models import Person
from app.plans import texts
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.trainings import ExtraForm, ParticipantsForm
from app.plans.models import Plan, PlanState, PlanTraining
from app.plans.queries import at_desk, webinars
from app.plans.queries import trainings as queries
from app.plans.service import trainings as service
from app.trainings import aims
from app.trainings.aims import Aim, Use
from app.trainings.models import TrainingSession
from app.trainings.queries import sessions


@blueprint.get("/<ref>/trainings")
@requires(P.PLANS_READ)
def trainings(ref: str) -> Response:
    found = the_plan(ref)
    return render_page(
        "plans/desk_trainings.html",
        plan=found,
        trainings=queries.of_plan(found.id),
        webinars=webinars.of_plan(found),
        works=may(P.PLANS_WORK) and found.state != PlanState.ARCHIVED,
        leads=may(P.CASES_LEAD),
        manages=may(P.TRAININGS_MANAGE) and found.state != PlanState.ARCHIVED,
    )


@blueprint.route("/<ref>/trainings/new", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def training_new(ref: str) -> Response:
    """An extra or a deepening training, also after going live."""
    found = the_plan(ref)
    outline = texts.outline_of(found)
    form = ExtraForm()
    form.module.choices = [(module.code, texts.module_label(module.code, outline)) for module in outline.modules]
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(found.id, form.to_details(), hand())
        if saved:
            flash(_("The training was added."), "done")
            return _back(ref)
    return render_page("plans/desk_training_new.html", plan=found, form=form, status=form.status)


@blueprint.post("/<ref>/trainings/<training_ref>/removal")
@requires(P.TRAININGS_MANAGE)
def training_removal(ref: str, training_ref: str) -> Response:
    service.remove(the_plan(ref).id, training_ref, hand())
    flash(_("The training was removed."), "done")
    return _back(ref)


@blueprint.route("/<ref>/trainings/<training_ref>/people", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def training_people(ref: str, training_ref: str) -> Response:
    """Who of the customer's takes part; invitations follow."""
    found = the_plan(ref)
    training, people = queries.by_ref(found, training_ref), queries.people_of(found)
    there = queries.named(training)
    form = ParticipantsForm(data={"people": [one.ref for one in people if one.id in there]})
    form.people.choices = [(one.ref, one.name, one.email) for one in people]
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.name_people(found.id, training_ref, form.people.data, hand())
        if saved:
            flash(_("The participants were saved. Whoever it concerns is told by mail."), "done")
            return _back(ref)
    title = texts.training_title(training, texts.outline_of(found))
    return render_page(
        "plans/desk_training_people.html", plan=found, title=title, form=form, people=people, status=form.status
    )


@blueprint.get("/<ref>/trainings/<training_ref>/sessions")
@requires(P.TRAININGS_MANAGE)
def training_sessions(ref: str, training_ref: str) -> Response:
    """Sessions to come that the training could share; or a new one."""
    found = the_plan(ref)
    training = queries.by_ref(found, training_ref)
    return render_page(
        "plans/desk_training_sessions.html",
        plan=found,
        training=training,
        title=texts.training_title(training, texts.outline_of(found)),
        listing=queries.to_join(training, request.args.get("cursor"), own_only=service.is_of_series(found, training)),
    )


@blueprint.post("/<ref>/trainings/<training_ref>/sessions")
@requires(P.TRAININGS_MANAGE)
def training_take_up(ref: str, training_ref: str) -> Response:
    session = sessions.whole(sessions.visible_to(actor()), ref_in(request.form.get("session")))
    service.take_up(the_plan(ref).id, training_ref, session.id, hand())
    flash(_("The session is held for this plan too. Its participants are invited."), "done")
    return _back(ref)


@blueprint.post("/<ref>/trainings/<training_ref>/sessions/<session_ref>/removal")
@requires(P.TRAININGS_MANAGE)
def training_let_go(ref: str, training_ref: str, session_ref: str) -> Response:
    service.let_go(the_plan(ref).id, training_ref, session_ref, hand())
    flash(_("The session is no longer held for this training. Whoever was invited for it is told."), "done")
    return _back(ref)


def _back(ref: str) -> Response:
    return redirect_see_other(url_for(".trainings", ref=ref))


# --- on the pages of sessions -----------------------------------------------------------------------------------------


def _aim(ref: str, person: Person) -> Aim | None:
    """A session that is planned for a training of a plan."""
    if not policy.allows(person, P.PLANS_READ):
        return None
    training = db.session.scalar(db.select(PlanTraining).where(PlanTraining.ref == ref, PlanTraining.gone.is_(False)))
    if training is None:
        return None
    plan = db.session.get_one(Plan, training.plan_id)
    try:
        plan = at_desk.find(person, plan.ref)
    except NotFound:
        return None
    title, summary = service.words_for(plan, training)

    def tie(session: TrainingSession, by: Person) -> None:
        service.tie_new(plan.id, ref, session, by)

    return Aim(
        title,
        summary,
        f"{title} · {plan.name}",
        plan.locale,
        training.minutes,
        url_for("plans_desk.trainings", ref=plan.ref),
        tie,
    )


def _uses(session_id: int) -> list[Use]:
    """The plans for which a session is held, on its page."""
    if not may(P.PLANS_READ):
        return []
    found = []
    for training in queries.plans_of(session_id):
        title = texts.training_title(training, texts.outline_of(training.plan))
        url = url_for("plans_desk.trainings", ref=training.plan.ref)
        found.append(Use(title, training.plan.name, url))
    return found


aims.AIMS.append(_aim)
aims.USES.append(_uses)
