"""The record of changes at the desk: is it whole, and what was written last."""

from __future__ import annotations

from flask import Blueprint
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.htmx import render_page
from app.core.i18n import _, _l
from app.history import service
from app.history.models import HistoryEntry
from app.people import queries as people

blueprint = Blueprint("history_desk", __name__, url_prefix="/desk/history")

KINDS = {
    "account": _l("Account"),
    "application": _l("Application"),
    "change_request": _l("Change request"),
    "document_version": _l("Document"),
    "lead": _l("Lead"),
    "organisation": _l("Organisation"),
    "outbox_mail": _l("Mail"),
    "person": _l("Person"),
    "reseller": _l("Reseller"),
    "service": _l("Service"),
    "vendor_settings": _l("Settings"),
}
LATEST = 50


@blueprint.get("")
@requires(P.HISTORY_READ)
def summary() -> Response:
    entries = service.latest_entries(LATEST)
    names = people.names_of({entry.actor_id for entry in entries if entry.actor_id is not None})
    return render_page(
        "outbox/history.html",
        check=service.latest_check(),
        unsealed=service.unsealed_count(),
        rows=[(entry, KINDS.get(entry.record_type, entry.record_type), _who(entry, names)) for entry in entries],
    )


def _who(entry: HistoryEntry, names: dict[int, str]) -> str:
    if entry.actor_kind == "system":
        return _("Gangway itself")
    if entry.actor_id is None:
        return _("A visitor")
    return names.get(entry.actor_id, _("Somebody who was erased"))
