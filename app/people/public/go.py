"""The door of every personal link, whatever it is for."""

from __future__ import annotations

from flask import Response, g, request

from app.access import links
from app.access.guard import actor_or_none, public
from app.access.links import AccessLink, Entrance, LinkClosed
from app.core import csp
from app.core.errors import NotFound
from app.core.htmx import render_page
from app.core.limits import PUBLIC_FORM, limiter
from app.people.models import Person
from app.people.public import blueprint


@blueprint.route("/go/<token>", methods=["GET", "POST"])
@public
@limiter.limit(PUBLIC_FORM)
def go(token: str) -> Response:
    """A personal link. GET tells what it is for and shows a button, so that a mail scanner uses nothing up; POST
    enters and leads to a clean address."""
    csp.private_link()
    link = links.find(token)
    entrance = links.ENTRANCES.get(links.Purpose(link.purpose)) if link else None
    if link is None or entrance is None:
        raise NotFound
    if not link.is_open:
        return _closed(link, entrance)
    other = _somebody_else(link, entrance)
    sent = request.method == "POST"
    if sent and not g.get("stale_form") and (other is None or request.form.get("replace") == other.ref):
        try:
            response: Response = entrance.enter(link, token)
        except LinkClosed:
            return _closed(links.find(token) or link, entrance)
        return response
    heading, sentence, button = entrance.about(link)
    return render_page(
        "people/go.html",
        heading=heading,
        sentence=sentence,
        button=button,
        other=other,
        stale=bool(g.get("stale_form")),
        status=422 if sent else 200,
    )


def _somebody_else(link: AccessLink, entrance: Entrance) -> Person | None:
    """Whose sign-in on this browser the link would replace."""
    person = actor_or_none()
    enters = entrance.signs_in(link)
    return person if person is not None and enters is not None and person.id != enters else None


def _closed(link: AccessLink, entrance: Entrance) -> Response:
    return render_page("people/link_closed.html", link=link, next=entrance.what_next(link), status=410)
