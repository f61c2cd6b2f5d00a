"""Planning a session, moving or changing it, cancelling it."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.days import NotADay, day_in
from app.core.db import new_ref, write
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, format_weekday
from app.settings.models import vendor
from app.trainings import aims
from app.trainings.aims import Aim
from app.trainings.desk import blueprint
from app.trainings.desk.sessions import found_session
from app.trainings.forms.sessions import CancelForm, SessionForm
from app.trainings.models import SessionState, TrainingSession
from app.trainings.service import sessions as service
from app.trainings.service.sessions import SessionMovedOn, SessionOver


@blueprint.route("/new", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def new() -> Response:
    """`?for=` names what it is held for, such as a training of a plan."""
    aim = aims.aim_of(request.args.get("for", "")[:20], actor())
    form = SessionForm.blank(**_begun(aim))
    if form.validate_on_submit():
        made: TrainingSession | None = None
        with form.attempt() as saved:
            made = _planned(form, aim)
        if saved and made is not None:
            flash(_("The session was planned."), "done")
            return redirect_see_other(aim.url if aim else url_for(".session", ref=made.ref))
    return render_page(
        "trainings/desk_form.html",
        form=form,
        session=None,
        aim=aim,
        zone=form.timezone,
        weekday=_weekday(form.on.data),
        status=form.status,
    )


def _begun(aim: Aim | None) -> dict[str, Any]:
    values: dict[str, Any] = {"key": new_ref("K"), "minutes": 60, "locale": vendor().default_locale}
    values["trainer"] = actor().ref
    if aim is not None:
        values |= {"title": aim.title, "about": aim.about, "minutes": aim.minutes, "locale": aim.locale}
    return values


def _planned(form: SessionForm, aim: Aim | None) -> TrainingSession:
    with write():
        made, fresh = service.begin(form.to_details(), actor(), key=f"{actor().id}:{form.key.data}"[:64])
        if fresh and aim is not None:
            aim.tie(made, actor())
    return made


@blueprint.get("/weekday")
@requires(P.TRAININGS_MANAGE)
def weekday() -> Response:
    """Beside the field of the date while it is filled in."""
    try:
        day: date | None = day_in(request.args.get("on", "")[:20])
    except NotADay:
        day = None
    return render_page("trainings/_weekday.html", fragment="trainings/_weekday.html", weekday=_weekday(day))


def _weekday(day: Any) -> str:
    return f"{format_weekday(day)} {day.year}" if isinstance(day, date) else ""


@blueprint.route("/<ref>/edit", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def edit(ref: str) -> Response:
    """Another time, place, link, trainer: whoever takes part is told."""
    found = found_session(ref)
    form = SessionForm.of(found)
    if found.state != SessionState.PLANNED and not form.is_submitted():
        raise SessionOver
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.to_details(), form.reason.data or "", actor(), expect=form.seen)
            if saved:
                flash(_("The session was saved. Whoever takes part is told what concerns them."), "done")
                return redirect_see_other(url_for(".session", ref=ref))
        except SessionMovedOn as moved:
            form.overtaken(moved, found_session(ref).version)
    return render_page(
        "trainings/desk_form.html",
        form=form,
        session=found,
        aim=None,
        zone=form.timezone,
        weekday=_weekday(form.on.data),
        status=form.status,
    )


@blueprint.route("/<ref>/cancellation", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def cancellation(ref: str) -> Response:
    found = found_session(ref)
    form = CancelForm(data={"version": str(found.version)})
    if found.state == SessionState.HELD and not form.is_submitted():
        raise SessionOver
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.cancel(found.id, form.reason.data, actor(), expect=form.seen)
            if saved:
                flash(_("The session was cancelled. Everybody who was invited is told."), "done")
                return redirect_see_other(url_for(".session", ref=ref))
        except SessionMovedOn as moved:
            form.overtaken(moved, found_session(ref).version)
    return render_page("trainings/desk_cancel.html", form=form, session=found, status=form.status)
