"""Choosing a session of a series for a plan, at the desk: what is proposed, another that fits, or any with a reason."""

from __future__ import annotations

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import may, requires
from app.access.permissions import P
from app.core.carried import ref_in
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.plans import texts
from app.plans.desk import blueprint
from app.plans.desk.doors import hand, the_plan
from app.plans.forms.trainings import AllowForm
from app.plans.models import Plan
from app.plans.queries import webinars as queries
from app.plans.queries.webinars import Webinar
from app.plans.service import webinars as service


@blueprint.get("/<ref>/trainings/<training_ref>/choice")
@requires(P.PLANS_WORK)
def training_choice(ref: str, training_ref: str) -> Response:
    """All sessions that fit the starting date."""
    return _choice(the_plan(ref), training_ref)


@blueprint.post("/<ref>/trainings/<training_ref>/registration")
@requires(P.PLANS_WORK)
def training_registration(ref: str, training_ref: str) -> Response:
    """One press: the training's people take part, and are invited by mail."""
    found = the_plan(ref)
    _webinar(found, training_ref)
    try:
        service.register(found.id, training_ref, ref_in(request.form.get("session")), hand())
    except (service.NoPlaceLeft, service.SessionGone, service.DoesNotFit, service.NobodyToRegister) as refusal:
        return _choice(found, training_ref, refusal)
    flash(_("They are registered, and invited by mail."), "done")
    return _back(ref, training_ref)


@blueprint.route("/<ref>/trainings/<training_ref>/exception", methods=["GET", "POST"])
@requires(P.CASES_LEAD)
def training_exception(ref: str, training_ref: str) -> Response:
    """Any session to come, with the reason why it may be one that does not fit."""
    found = the_plan(ref)
    webinar = _webinar(found, training_ref)
    form = AllowForm()
    form.offer(webinar.coming, webinar.places)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.register(found.id, training_ref, form.session.data, hand(), why=form.why.data)
        except (service.NoPlaceLeft, service.SessionGone, service.NobodyToRegister) as refusal:
            form.refused(refusal)
        else:
            if saved:
                flash(_("They are registered, and invited by mail. The reason stands in the history."), "done")
                return _back(ref, training_ref)
    title = texts.training_title(webinar.training, texts.outline_of(found))
    return render_page(
        "plans/desk_webinar_exception.html", plan=found, webinar=webinar, title=title, form=form, status=form.status
    )


def _choice(found: Plan, training_ref: str, refusal: Conflict | None = None) -> Response:
    webinar = _webinar(found, training_ref)
    return render_page(
        "plans/desk_webinar.html",
        plan=found,
        webinar=webinar,
        title=texts.training_title(webinar.training, texts.outline_of(found)),
        leads=may(P.CASES_LEAD),
        refusal=refusal,
        errors=refusal is not None,
        status=refusal.status if refusal else 200,
    )


def _webinar(found: Plan, training_ref: str) -> Webinar:
    """Raises NotFound: the plan has no such training of a series."""
    webinar = queries.of_plan(found).get(training_ref)
    if webinar is None:
        raise NotFound
    return webinar


def _back(ref: str, training_ref: str) -> Response:
    return redirect_see_other(url_for(".trainings", ref=ref, _anchor=training_ref))
