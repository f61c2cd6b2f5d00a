"""The private address at which a calendar program reads sessions: its token is the only proof, and it can be
withdrawn."""

from __future__ import annotations

from flask import Blueprint, request
from flask.wrappers import Response

from app.access.guard import public
from app.core import csp
from app.core.i18n import _, in_locale
from app.core.limits import limiter
from app.settings.models import vendor
from app.trainings import ical
from app.trainings.queries import feeds

blueprint = Blueprint("trainings_public", __name__)


@blueprint.get("/calendar/<token>.ics")
@public
@limiter.limit("120 per minute")
def calendar(token: str) -> Response:
    """Nothing is written and nobody is signed in; what is unchanged is not sent again."""
    csp.private_link()
    shown = feeds.shown(token)
    with in_locale(shown.feed.locale):
        name = _("Trainings: %(vendor)s", vendor=vendor().name)
        body = ical.feed(name, [ical.entry_of(session) for session in shown.sessions], shown.days)
    response = Response(body, content_type="text/calendar; charset=utf-8")
    response.headers["Content-Disposition"] = 'attachment; filename="calendar.ics"'
    response.add_etag()
    return response.make_conditional(request)  # type: ignore[return-value]  # itself
