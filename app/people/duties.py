"""What somebody must do before anything else: administrators set up an authenticator app."""

from __future__ import annotations

from flask import Flask, Response, flash, request, url_for

from app.access.guard import access_of, actor_or_none
from app.access.permissions import P
from app.core import programs
from app.core.htmx import redirect_see_other, wants_fragment
from app.core.i18n import _
from app.people import landing


def init_app(app: Flask) -> None:
    """Asks at every door but those of one's own profile. Runs after the guard."""

    @app.before_request
    def _ask() -> Response | None:
        if programs.door_asked():
            return None  # a service has no app; who makes a token for themselves has set theirs up
        carried = access_of(app, request.endpoint) if request.endpoint else None
        if not isinstance(carried, P) or carried == P.OWN_PROFILE or not landing.needs_totp():
            return None
        person = actor_or_none()
        if person is None or not person.is_administrator or person.has_totp:
            return None
        flash(str(_("Administrators sign in with an authenticator app. Please set it up first.")), "warning")
        here = request.full_path.rstrip("?") if request.method == "GET" and not wants_fragment() else None
        return redirect_see_other(url_for("people_my.authenticator", next=here))
