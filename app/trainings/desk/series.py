"""Series of weekly sessions: their list, one with its sessions to come, planning, changing and ending it (C3)."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.clock import today
from app.core.db import new_ref
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.settings.models import vendor
from app.trainings import words
from app.trainings.desk import blueprint
from app.trainings.forms.series import EndForm, SeriesForm
from app.trainings.models import TrainingSeries
from app.trainings.queries import series as queries
from app.trainings.service import series as service
from app.trainings.service.series import SeriesMovedOn


@blueprint.get("/series")
@requires(P.TRAININGS_READ)
def all_series() -> Response:
    listing = queries.page(queries.visible_to(actor()), request.args.get("cursor"))
    return render_page("trainings/desk_all_series.html", listing=listing, words=words, day=today(vendor().timezone))


@blueprint.get("/series.<any(csv, xlsx):format>")
@requires(P.TRAININGS_READ)
def series_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Title"),
        _("Language"),
        _("Times"),
        _("Time zone"),
        _("Public holidays of"),
        _("Length in minutes"),
        _("Places"),
        _("Trainer"),
        _("Place"),
        _("Link to join"),
        _("First day"),
        _("Last day"),
        _("Next session"),
        _("Sessions planned"),
    ]
    rows = (_columns(*row) for row in queries.everything(queries.visible_to(actor())))
    return table_response(format, _("series"), header, rows)


def _columns(series: TrainingSeries, next_at: Any, planned: int) -> list[Any]:
    return [
        series.ref,
        series.title,
        series.locale,
        words.times_of(series.slots),
        series.timezone,
        series.country,
        series.minutes,
        series.capacity,
        series.trainer.name if series.trainer else "",
        series.place,
        series.link,
        series.from_on,
        series.until_on,
        next_at,
        planned,
    ]


@blueprint.route("/series/new", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def series_new() -> Response:
    form = SeriesForm.blank(
        key=new_ref("K"),
        minutes=60,
        capacity=20,
        locale=vendor().default_locale,
        country=vendor().country,
        trainer=actor().ref,
    )
    if form.validate_on_submit():
        made: TrainingSeries | None = None
        with form.attempt() as saved:
            made = service.plan(form.to_details(), actor(), key=f"{actor().id}:{form.key.data}"[:64])
        if saved and made is not None:
            flash(_("The series was planned, with its sessions of the next eight weeks."), "done")
            return redirect_see_other(url_for(".series", ref=made.ref))
    return render_page("trainings/desk_series_form.html", form=form, series=None, status=form.status)


@blueprint.get("/series/<ref>")
@requires(P.TRAININGS_READ)
def series(ref: str) -> Response:
    found = _found(ref)
    return render_page(
        "trainings/desk_series.html",
        series=found,
        coming=queries.coming_of(found),
        words=words,
        told=words.history_of_series(found),
        may_manage=may(P.TRAININGS_MANAGE),
        ended=found.until_on is not None and found.until_on < today(found.timezone),
    )


@blueprint.route("/series/<ref>/edit", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def series_edit(ref: str) -> Response:
    """Sessions to come follow, but for what somebody changed on one of them; whoever takes part is told."""
    found = _found(ref)
    form = SeriesForm.of(found)
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                service.change(found.id, form.to_details(), form.reason.data or "", actor(), expect=form.seen)
            if saved:
                flash(_("The series was saved. Whoever takes part is told what concerns them."), "done")
                return redirect_see_other(url_for(".series", ref=ref))
        except SeriesMovedOn as moved:
            form.overtaken(moved, _found(ref).version)
    return render_page("trainings/desk_series_form.html", form=form, series=found, status=form.status)


@blueprint.route("/series/<ref>/end", methods=["GET", "POST"])
@requires(P.TRAININGS_MANAGE)
def series_end(ref: str) -> Response:
    found = _found(ref)
    form = EndForm(data={"version": str(found.version), "until_on": found.until_on or today(found.timezone)})
    if form.validate_on_submit():
        assert form.until_on.data is not None  # required
        try:
            with form.attempt() as saved:
                service.end(found.id, form.until_on.data, form.reason.data or "", actor(), expect=form.seen)
            if saved:
                flash(_("The last day was saved. Whoever took part in a session after it is told."), "done")
                return redirect_see_other(url_for(".series", ref=ref))
        except SeriesMovedOn as moved:
            form.overtaken(moved, _found(ref).version)
    return render_page("trainings/desk_series_end.html", form=form, series=found, status=form.status)


def _found(ref: str) -> TrainingSeries:
    """Raises NotFound."""
    return queries.by_ref(queries.visible_to(actor()), ref)
