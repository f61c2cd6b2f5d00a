"""The list of sessions, the page of one, and its files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import actor, may, requires
from app.access.permissions import P
from app.core.clock import now
from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import render_page
from app.core.i18n import _, _l
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.trainings import aims, ical, words
from app.trainings.desk import blueprint
from app.trainings.models import Attendance, SessionState, TrainingSession
from app.trainings.proposing import free_places
from app.trainings.queries import series as series_queries
from app.trainings.queries import sessions as queries
from app.trainings.queries.sessions import Filter, Group
from app.trainings.service.sessions import may_hold

TABS: dict[Group, Any] = {
    Group.UPCOMING: _l("Upcoming"),
    Group.TO_NOTE: _l("Attendance to note"),
    Group.HELD: _l("Held"),
    Group.CANCELLED: _l("Cancelled"),
}


@blueprint.get("")
@requires(P.TRAININGS_READ)
def sessions() -> Response:
    by = _filter()
    visible = queries.visible_to(actor())
    return render_page(
        "trainings/desk_sessions.html",
        fragment="trainings/_desk_rows.html",
        listing=queries.page(queries.narrowed(visible, by), by.group, request.args.get("cursor")),
        tabs=_tabs(by, queries.counts(queries.narrowed(visible, by, group=False))),
        by=by,
        trainers=queries.trainers(),
        series=[(queries.ALONE, _("Single sessions")), *series_queries.names()],
    )


@blueprint.get("/trainings.<any(csv, xlsx):format>")
@requires(P.TRAININGS_READ)
def sessions_file(format: str) -> Response:
    by = _filter()
    query = queries.narrowed(queries.visible_to(actor()), by)
    header = [
        _("Reference"),
        _("Title"),
        _("State"),
        _("Begins"),
        _("Length in minutes"),
        _("Time zone"),
        _("Language"),
        _("Trainer"),
        _("Place"),
        _("Link to join"),
        _("Participants"),
        _("Places"),
        _("Free places"),
        _("The series"),
        _("Link to the recording"),
    ]
    return table_response(
        format, _("trainings"), header, (_columns(*row) for row in queries.everything(query, by.group))
    )


def _columns(session: TrainingSession, participants: int) -> list[Any]:
    return [
        session.ref,
        session.title,
        str(words.STATES[session.state]),
        session.starts_at,
        session.minutes,
        session.timezone,
        session.locale,
        session.trainer.name if session.trainer else "",
        session.place,
        session.link,
        participants,
        session.capacity,
        free_places(session.capacity, participants),
        session.series.ref if session.series else "",
        session.recording_url,
    ]


@blueprint.get("/<ref>")
@requires(P.TRAININGS_READ)
def session(ref: str) -> Response:
    found = found_session(ref)
    return render_page("trainings/desk_session.html", **page_of(found))


def page_of(found: TrainingSession) -> dict[str, Any]:
    """What the page of a session shows."""
    return {
        "session": found,
        "taking_part": [one for one in found.participants if one.attendance != Attendance.WITHDRAWN],
        "begun": found.starts_at <= now(),
        "open": found.state == SessionState.PLANNED,
        "words": words,
        "uses": aims.uses_of(found.id),
        "told": words.history_of(found),
        "may_manage": may(P.TRAININGS_MANAGE),
        "may_hold": may_hold(found, actor()),
    }


@blueprint.get("/<ref>/session.ics")
@requires(P.TRAININGS_READ)
def session_calendar(ref: str) -> Response:
    """The session for one's own calendar."""
    return calendar_file(found_session(ref))


@blueprint.get("/<ref>/file")
@requires(P.TRAININGS_READ)
def session_file(ref: str) -> Response:
    """What was kept of it: a short video, slides."""
    upload = found_session(ref).recording
    if upload is None:
        raise NotFound
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


def calendar_file(found: TrainingSession) -> Response:
    response = Response(ical.file_of(ical.entry_of(found)), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.ref}.ics"'
    return response


def found_session(ref: str) -> TrainingSession:
    """The session with all it holds. Raises NotFound."""
    return queries.whole(queries.visible_to(actor()), ref)


def _filter() -> Filter:
    group = request.args.get("group", "")
    return Filter(
        Group(group) if group in set(Group) else Group.UPCOMING,
        request.args.get("q", "").strip()[:200],
        request.args.get("trainer", "")[:20],
        request.args.get("series", "")[:20],
    )


def _tabs(by: Filter, counts: Mapping[Group, int]) -> list[dict[str, Any]]:
    kept: dict[str, Any] = {name: value for name, value in request.args.items() if name not in ("group", "cursor")}
    tabs = []
    for group, label in TABS.items():
        tab = {"label": label, "url": url_for(".sessions", **{**kept, "group": group}), "current": by.group == group}
        if group in counts:
            tab["count"] = counts[group] if counts[group] <= COUNT_CAP else "10,000+"
        tabs.append(tab)
    return tabs
