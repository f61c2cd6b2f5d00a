"""The record of changes at the desk: is it whole, and what was written last."""

from __future__ import annotations

from flask import Blueprint
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.htmx import render_page
from app.core.i18n import _
from app.history import chain, service, words
from app.history.models import HistoryEntry
from app.people import queries as people
from app.web import records

blueprint = Blueprint("history_desk", __name__, url_prefix="/desk/history")

LATEST = 50


@blueprint.get("")
@requires(P.HISTORY_READ)
def summary() -> Response:
    entries = service.latest_entries(LATEST)
    names = people.names_of(entry.actor_id for entry in entries)
    named = records.named((entry.record_type, entry.record_id) for entry in entries)
    return render_page(
        "outbox/history.html",
        check=chain.latest_check(),
        unsealed=chain.unsealed_count(),
        rows=[
            (entry, named[entry.record_type, entry.record_id], words.of(entry.verb), _who(entry, names))
            for entry in entries
        ],
    )


def _who(entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.actor_kind == "system":
        return _("Gangway itself")
    if entry.actor_id is None:
        return _("A visitor")
    return names.get(entry.actor_id, _("Somebody who was erased"))
