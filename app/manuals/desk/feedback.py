"""What readers say of all manuals, at the desk: a list, and a mark for what was dealt with."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import NotFound
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import NAMES, _, _l
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.manuals.composing import chapter_title
from app.manuals.desk import blueprint
from app.manuals.queries import feedback as queries
from app.manuals.queries.feedback import Tab
from app.manuals.service import handling

TABS = {
    Tab.WAITING: _l("To be read"),
    Tab.DEALT_WITH: _l("Dealt with"),
    Tab.ALL: _l("All"),
}


@blueprint.get("/manuals/feedback")
@requires(P.MANUALS_EDIT)
def feedback() -> Response:
    tab, q = _asked()
    query = queries.narrowed(q)
    return render_page(
        "manuals/desk_feedback.html",
        fragment="manuals/_desk_feedback_rows.html",
        page=queries.page(query, tab, request.args.get("cursor")),
        tab=tab,
        tabs=_tabs(tab, q, queries.counts(query)),
        q=q,
        chapter_title=chapter_title,
    )


@blueprint.get("/manuals/feedback.<any(csv, xlsx):format>")
@requires(P.MANUALS_EDIT)
def feedback_file(format: str) -> Response:
    tab, q = _asked()
    header = [
        _("Product"),
        _("Package"),
        _("Version"),
        _("Language"),
        _("Chapter"),
        _("It helped"),
        _("Words"),
        _("Said on"),
        _("Dealt with on"),
    ]
    return table_response(format, _("feedback"), header, map(_columns, queries.everything(queries.narrowed(q), tab)))


def _columns(row: Any) -> list[Any]:
    one = row.ManualFeedback
    return [
        row.product,
        row.package,
        one.number,
        NAMES[one.locale],
        chapter_title(one.chapter),
        _("Yes") if one.helped else _("No"),
        one.words,
        one.created_at,
        one.handled_at,
    ]


@blueprint.post("/manuals/feedback")
@requires(P.MANUALS_EDIT)
def feedback_handled() -> Response:
    """One of the list."""
    id = number_in(request.form.get("feedback"))
    publication = queries.publication_of(id)
    if publication is None:
        raise NotFound
    handling.handled(publication, [id], actor())
    flash(_("The feedback is marked as dealt with."), "done")
    tab, q = _asked()
    return redirect_see_other(url_for(".feedback", tab=tab.value, q=q or None))


def _asked() -> tuple[Tab, str]:
    given = request.values
    tab = given.get("tab", "")
    return Tab(tab) if tab in set(Tab) else Tab.WAITING, given.get("q", "")[:200]


def _tabs(current: Tab, q: str, counts: dict[Tab, int]) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "url": url_for(".feedback", tab=tab.value, q=q or None),
            "current": tab == current,
            "count": counts[tab] if counts[tab] <= COUNT_CAP else "10,000+",
        }
        for tab, label in TABS.items()
    ]
