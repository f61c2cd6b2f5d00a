"""Choosing a session of a series, for the customer: what is proposed, or another that fits the starting date (C3)."""

from __future__ import annotations

from flask import Response, request

from app.access.guard import public
from app.core.carried import ref_in
from app.core.errors import Conflict, NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.limits import PUBLIC_FORM, limiter
from app.plans import texts
from app.plans.my import blueprint
from app.plans.my.scope import Guest, guest, told
from app.plans.queries import webinars as queries
from app.plans.queries.webinars import Webinar
from app.plans.service import webinars as service


@blueprint.get("/plans/<ref>/trainings/<training_ref>/choice")
@public
def training_choice(ref: str, training_ref: str) -> Response:
    return _choice(guest(ref), training_ref)


@blueprint.post("/plans/<ref>/trainings/<training_ref>/registration")
@public
@limiter.limit(PUBLIC_FORM)
def training_registration(ref: str, training_ref: str) -> Response:
    """One press: the people named for the training take part, and are invited by mail."""
    here = guest(ref)
    _webinar(here, training_ref)
    try:
        service.register(here.plan.id, training_ref, ref_in(request.form.get("session")), here.hand)
    except (service.NoPlaceLeft, service.SessionGone, service.DoesNotFit) as refusal:
        return _choice(here, training_ref, refusal)
    told(_("You are registered. The invitation comes by mail, with an entry for the calendar."))
    return redirect_see_other(here.url("trainings", _anchor=training_ref))


def _choice(here: Guest, training_ref: str, refusal: Conflict | None = None) -> Response:
    webinar = _webinar(here, training_ref)
    return render_page(
        "plans/my_webinar.html",
        here=here,
        plan=here.plan,
        webinar=webinar,
        title=texts.training_title(webinar.training, texts.outline_of(here.plan)),
        refusal=refusal,
        errors=refusal is not None,
        status=refusal.status if refusal else 200,
    )


def _webinar(here: Guest, training_ref: str) -> Webinar:
    """Raises NotFound: the plan has no such training of a series."""
    webinar = queries.of_plan(here.plan).get(training_ref)
    if webinar is None:
        raise NotFound
    return webinar
