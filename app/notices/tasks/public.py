"""Switching reminders off from the mail itself: by the mail program's own button, or on a page with one."""

from __future__ import annotations

from flask import Blueprint, request
from flask.wrappers import Response

from app.access.guard import public
from app.core import csp
from app.core.csrf import by_link_alone
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.limits import PUBLIC_FORM, limiter
from app.notices.tasks import links, service
from app.plans.models import PlanContact

blueprint = Blueprint("notices_tasks_public", __name__)


@blueprint.get("/reminders/<token>")
@public
def reminders(token: str) -> Response:
    """A look changes nothing: mail scanners open links."""
    return _page(_contact(token))


@blueprint.post("/reminders/<token>")
@public
@by_link_alone
@limiter.limit(PUBLIC_FORM)
def switch(token: str) -> Response:
    """One press, without a sign-in (RFC 8058); `do=on` switches them on again."""
    service.switch(_contact(token), request.form.get("do") == "on")
    return _page(_contact(token), changed=True)


def _contact(token: str) -> PlanContact:
    """Raises NotFound: no such link was ever sent, or this person takes part no longer."""
    csp.private_link()
    held = db.session.get(PlanContact, links.contact_in(token) or 0, populate_existing=True)
    if held is None or held.ended_at is not None:
        raise NotFound
    return held


def _page(held: PlanContact, *, changed: bool = False) -> Response:
    return render_page("notices/reminders.html", held=held, changed=changed)
