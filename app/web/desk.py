"""The desk's home, which is the inbox, and its search."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _
from app.web import inbox as gathered
from app.web.search import found_for

blueprint = Blueprint("web_desk", __name__, url_prefix="/desk")


@blueprint.get("")
@requires(P.DESK)
def inbox() -> Response:
    """The list with nothing opened; or, after something was done, on to the next item."""
    found = gathered.gather(actor())
    if "after" in request.args:
        return redirect_see_other(_onward(found))
    aside = request.args.get("show") == "aside"
    return render_page("web/inbox.html", inbox=found, aside=aside)


def _onward(found: gathered.Inbox) -> str:
    to = request.args.get("to", "")
    if not _is_ours(to):
        to = url_for(".inbox")
    return gathered.onward(found, request.args["after"][:80], number_in(request.args.get("at")), to)


def _is_ours(address: str) -> bool:
    """An address of the desk on this host, and nothing that a browser could read as another one."""
    parts = urlsplit(address)
    plain = address.isascii() and "\\" not in address and address.isprintable()
    return (
        plain and not parts.scheme and not parts.netloc and (parts.path == "/desk" or parts.path.startswith("/desk/"))
    )


@blueprint.post("/inbox/pauses")
@requires(P.DESK)
def pause() -> Response:
    """Sets an item aside, for this person alone."""
    key = request.form.get("item", "")[:80]
    until = "week" if request.form.get("until") == "week" else "tomorrow"
    found = gathered.gather(actor())
    item = next((each.item for each in found.waiting if each.item.key == key), None)
    if item is not None:
        gathered.pause(actor(), key, until=until)
        text = (
            _("%(title)s rests until Monday.", title=item.title)
            if until == "week"
            else _("%(title)s rests until tomorrow.", title=item.title)
        )
        message: Any = {"text": text, "undo_url": url_for(".resume"), "undo_fields": {"item": key}}
        flash(message, "done")
    return redirect_see_other(url_for(".inbox"))


@blueprint.post("/inbox/pauses/end")
@requires(P.DESK)
def resume() -> Response:
    key = request.form.get("item", "")[:80]
    gathered.resume(actor(), key)
    flash(_("It is back in the inbox."), "done")
    back = next((each.item.url for each in gathered.gather(actor()).waiting if each.item.key == key), None)
    return redirect_see_other(back if back and gathered.came_from() else url_for(".inbox"))


@blueprint.get("/search")
@requires(P.DESK)
def search() -> Response:
    q = request.args.get("q", "").strip()[:200]
    groups = found_for(actor(), q) if len(q) > 1 else []
    return render_page("web/desk_search.html", fragment="web/_desk_found.html", q=q, groups=groups)
