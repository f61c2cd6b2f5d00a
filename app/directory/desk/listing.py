"""The directory at the desk: which integrations everybody finds, and which were withdrawn."""

from __future__ import annotations

from typing import Any

from flask import flash, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.carried import number_in
from app.core.errors import Conflict
from app.core.htmx import redirect_see_other, render_page
from app.core.i18n import _, _l
from app.core.paging import COUNT_CAP, everything_of, page_of
from app.core.tables import table_response
from app.directory.desk import blueprint
from app.directory.forms.withdrawal import WithdrawalForm
from app.directory.queries import desk as queries
from app.directory.queries.desk import Shelf
from app.directory.queries.entries import home_of
from app.integrations import words
from app.integrations.models import Integration, Stage
from app.integrations.service import stages

SHELVES = {Shelf.LISTED: _l("In the directory"), Shelf.WITHDRAWN: _l("Taken out")}


@blueprint.get("/directory")
@requires(P.DIRECTORY_MANAGE)
def directory() -> Response:
    shelf, q = _shelf(), _q()
    return render_page(
        "directory/desk_listing.html",
        fragment="directory/_desk_rows.html",
        page=page_of(
            queries.on(shelf, q),
            Integration.name_sort,
            Integration.id,
            descending=False,
            cursor=request.args.get("cursor"),
        ),
        shelf=shelf,
        tabs=_tabs(shelf, q),
        q=q,
        home_of=home_of,
        words=words,
    )


@blueprint.get("/directory/directory.<any(csv, xlsx):format>")
@requires(P.DIRECTORY_MANAGE)
def directory_file(format: str) -> Response:
    header = [
        _("Reference"),
        _("Product"),
        _("Software partner"),
        _("Package"),
        _("What it is"),
        _("Passed on"),
        _("State"),
        _("Listed since"),
        _("Withdrawn on"),
        _("Last checked on"),
    ]
    found = everything_of(queries.on(_shelf(), _q()), Integration.name_sort, Integration.id, descending=False)
    return table_response(format, _("directory"), header, (_columns(each) for each in found))


def _columns(found: Integration) -> list[Any]:
    return [
        found.ref,
        found.product.name,
        found.product.partner.organisation.name,
        found.package.name,
        ", ".join(words.said(found.product.sells, words.SELLS)),
        ", ".join(words.said(found.passes, words.PASSED_ON)),
        str(words.STAGES[found.stage]),
        found.listed_at,
        found.withdrawn_at,
        found.checked_on,
    ]


def _shelf() -> Shelf:
    asked = request.args.get("tab", "")
    return Shelf(asked) if asked in set(Shelf) else Shelf.LISTED


def _q() -> str:
    return request.args.get("q", "")[:200]


def _tabs(current: Shelf, q: str) -> list[dict[str, Any]]:
    counts = queries.counts(q)
    return [
        {
            "label": label,
            "url": url_for(".directory", tab=shelf.value, q=q or None),
            "current": shelf == current,
            "count": counts[shelf] if counts[shelf] <= COUNT_CAP else "10,000+",
        }
        for shelf, label in SHELVES.items()
    ]


@blueprint.route("/directory/<ref>/withdrawal", methods=["GET", "POST"])
@requires(P.DIRECTORY_MANAGE)
def withdraw(ref: str) -> Response:
    found = queries.one(ref)
    if found.stage == Stage.WITHDRAWN and request.method == "GET":
        return redirect_see_other(url_for(".directory", tab=Shelf.WITHDRAWN.value))
    form = WithdrawalForm(data={"version": str(found.version)})
    if form.validate_on_submit():
        try:
            with form.attempt() as saved:
                stages.withdraw(found.id, form.seen, form.reason.data, actor())
            if saved:
                flash(_("The integration is withdrawn."), "done")
                return redirect_see_other(url_for(".directory"))
        except Conflict as conflict:
            found = queries.one(ref)
            form.overtaken(conflict, found.version)
    return render_page("directory/desk_withdrawal.html", integration=found, form=form, status=form.status)


@blueprint.post("/directory/<ref>/return")
@requires(P.DIRECTORY_MANAGE)
def put_back(ref: str) -> Response:
    """What was listed once is listed again."""
    found = queries.one(ref)
    try:
        stages.put_back(found.id, number_in(request.form.get("version"), -1), actor())
    except Conflict as refused:
        flash(str(refused.message), "warning")
        return redirect_see_other(url_for(".directory", tab=Shelf.WITHDRAWN.value))
    flash(_("The integration is in the directory again."), "done")
    return redirect_see_other(url_for(".directory"))
