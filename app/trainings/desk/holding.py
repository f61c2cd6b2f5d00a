"""Who takes part in a session, who was there, and its recording."""

from __future__ import annotations

from flask import flash, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.errors import Forbidden
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.trainings.desk import blueprint
from app.trainings.desk.sessions import found_session
from app.trainings.forms.sessions import AttendanceForm, ParticipantForm, RecordingForm
from app.trainings.models import Attendance, SessionState, TrainingSession
from app.trainings.service import sessions as service
from app.trainings.service.sessions import NotBegun, SessionOver


@blueprint.route("/<ref>/participants/new", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def participant_new(ref: str) -> Response:
    found = found_session(ref)
    form = ParticipantForm(data={"locale": found.locale})
    if found.state != SessionState.PLANNED and not form.is_submitted():
        raise SessionOver
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.add(found.id, form.to_details(), actor())
        if saved:
            flash(_("The participant was added and is invited by mail."), "done")
            return redirect_see_other(url_for(".session", ref=ref, _anchor="participants"))
    return render_page("trainings/desk_participant.html", form=form, session=found, status=form.status)


@blueprint.post("/<ref>/participants/<int:id>/withdrawal")
@requires(P.TRAININGS_MANAGE)
def participant_withdrawal(ref: str, id: int) -> Response:
    service.withdraw(found_session(ref).id, id, actor())
    flash(_("The participant was taken off the list. If they were invited, a mail tells them."), "done")
    return redirect_see_other(url_for(".session", ref=ref, _anchor="participants"))


@blueprint.route("/<ref>/attendance", methods=["GET", "POST"])
@requires(P.TRAININGS_READ)
def attendance(ref: str) -> Response:
    """Once it has begun; corrected here too."""
    found = _mine(ref)
    if found.starts_at > now():
        raise NotBegun
    participants = [one for one in found.participants if one.attendance != Attendance.WITHDRAWN]
    form = AttendanceForm.of(found, participants)
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.hold(found.id, form.attendance(participants), form.notes.data or "", actor())
        if saved:
            flash(_("It is noted who was there."), "done")
            return redirect_see_other(url_for(".session", ref=ref))
    return render_page("trainings/desk_attendance.html", form=form, session=found, status=form.status)


@blueprint.route("/<ref>/recording", methods=["GET", "POST"])
@requires(P.TRAININGS_READ)
def recording(ref: str) -> Response:
    found = _mine(ref)
    form = RecordingForm(data={"url": found.recording_url, "minutes": found.recording_minutes})
    if found.recording is None:
        del form["without_file"]
    if form.validate_on_submit():
        with form.attempt() as saved:
            service.set_recording(found.id, form.to_details(), actor())
        if saved:
            flash(_("The recording was saved. Participants find it in their plan."), "done")
            return redirect_see_other(url_for(".session", ref=ref, _anchor="recording"))
    return render_page("trainings/desk_recording.html", form=form, session=found, status=form.status)


def _mine(ref: str) -> TrainingSession:
    """Raises Forbidden: one neither manages trainings nor gives this one. SessionOver: it was cancelled."""
    found = found_session(ref)
    if not service.may_hold(found, actor()):
        raise Forbidden
    if found.state == SessionState.CANCELLED:
        raise SessionOver
    return found
