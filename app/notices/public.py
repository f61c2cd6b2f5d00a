"""Switching the monthly digest off from the mail itself: by the mail program's own button, or on a page with one."""

from __future__ import annotations

from flask import Blueprint, request
from flask.wrappers import Response
from sqlalchemy.orm import joinedload

from app.access.guard import public
from app.core import csp
from app.core.csrf import by_link_alone
from app.core.db import db
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.limits import PUBLIC_FORM, limiter
from app.history.service import Visitor
from app.notices import links
from app.people.models import Membership
from app.people.service import own

blueprint = Blueprint("notices_public", __name__)


@blueprint.get("/digest/<token>")
@public
def digest(token: str) -> Response:
    """A look changes nothing: mail scanners open links."""
    return _page(_membership(token))


@blueprint.post("/digest/<token>")
@public
@by_link_alone
@limiter.limit(PUBLIC_FORM)
def switch(token: str) -> Response:
    """One press, without a sign-in (RFC 8058); `do=on` switches it on again."""
    held = _membership(token)
    on = request.form.get("do") == "on"
    own.switch_digest(held, on, Visitor(held.person.name))
    return _page(_membership(token), changed=True)


def _membership(token: str) -> Membership:
    """Raises NotFound: no such link was ever sent, or the membership has ended."""
    csp.private_link()
    id = links.membership_in(token)
    held = db.session.get(
        Membership,
        id or 0,
        options=[joinedload(Membership.person), joinedload(Membership.organisation)],
        populate_existing=True,
    )
    if held is None or held.ended_at is not None:
        raise NotFound
    return held


def _page(held: Membership, *, changed: bool = False) -> Response:
    return render_page("notices/digest.html", held=held, changed=changed)
