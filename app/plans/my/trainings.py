"""The trainings of a plan for its customer: when and where, who takes part, recordings, and one's own calendar (I9)."""

from __future__ import annotations

from flask import Response, current_app, flash

from app.access.guard import public
from app.core.errors import NotFound
from app.core.files import attachment
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, current_locale
from app.core.limits import PUBLIC_FORM, limiter
from app.plans import feeds as _feeds  # noqa: F401 - tells what calendars show
from app.plans.my import blueprint
from app.plans.my.scope import Guest, guest
from app.plans.queries import trainings as queries
from app.plans.queries import webinars
from app.trainings import ical
from app.trainings.models import SessionState
from app.trainings.queries import feeds
from app.trainings.service import feeds as calendars


@blueprint.get("/plans/<ref>/trainings")
@public
def trainings(ref: str) -> Response:
    here = guest(ref)
    return render_page(
        "plans/my_trainings.html",
        here=here,
        plan=here.plan,
        trainings=queries.of_plan(here.plan.id),
        webinars=webinars.of_plan(here.plan),
    )


@blueprint.get("/plans/<ref>/trainings/<session_ref>/session.ics")
@public
def training_calendar(ref: str, session_ref: str) -> Response:
    """One session for one's own calendar."""
    found = queries.session_of(guest(ref).plan, session_ref)
    if found.state == SessionState.CANCELLED:
        raise NotFound
    response = Response(ical.file_of(ical.entry_of(found)), content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{found.ref}.ics"'
    return response


@blueprint.get("/plans/<ref>/trainings/<session_ref>/file")
@public
def training_file(ref: str, session_ref: str) -> Response:
    """What was kept of a session: a short video, slides."""
    upload = queries.session_of(guest(ref).plan, session_ref).recording
    if upload is None:
        raise NotFound
    return attachment(upload.key, upload.filename, upload.content_type, upload.size)


@blueprint.get("/plans/<ref>/calendar")
@public
def calendar(ref: str) -> Response:
    return _calendar_page(guest(ref))


@blueprint.post("/plans/<ref>/calendar")
@public
@limiter.limit(PUBLIC_FORM)
def calendar_made(ref: str) -> Response:
    """The new address is shown now and never again: only its digest is kept."""
    here = guest(ref)
    path = calendars.make_for_customer(
        here.contact.email,
        here.contact.name,
        current_locale(),
        account_id=here.plan.account_id,
        organisation_id=here.plan.organisation_id,
    )
    return _calendar_page(here, current_app.config["GANGWAY"].public_url + path)


@blueprint.post("/plans/<ref>/calendar/withdrawal")
@public
@limiter.limit(PUBLIC_FORM)
def calendar_withdrawn(ref: str) -> Response:
    here = guest(ref)
    calendars.withdraw_for_customer(
        here.contact.email,
        here.contact.name,
        account_id=here.plan.account_id,
        organisation_id=here.plan.organisation_id,
    )
    flash(_("The calendar address was withdrawn. It shows nothing any more."), "done")
    return redirect_see_other(here.url("calendar"))


def _calendar_page(here: Guest, address: str = "") -> Response:
    feed = feeds.of_customer(here.contact.email, here.plan.account_id, here.plan.organisation_id)
    return render_page("plans/my_calendar.html", here=here, feed=feed, address=address)
