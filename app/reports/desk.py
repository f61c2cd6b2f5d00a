"""Reports at the desk: what there is, each with its filters, and each table as a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import Blueprint, request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.clock import today
from app.core.days import NotADay, day_in
from app.core.errors import Forbidden, NotFound
from app.core.htmx import render_page
from app.core.i18n import _
from app.core.tables import table_response
from app.reports import queries, rollups
from app.reports.queries import Choice, Narrowed
from app.reports.registry import BY_CODE, readable_by
from app.reports.shown import Report, cell
from app.settings.models import vendor
from app.settings.processes import runs

blueprint = Blueprint("reports_desk", __name__, url_prefix="/desk/reports")

LONGEST = timedelta(days=3653)
"""No report looks over more than ten years."""


@blueprint.get("")
@requires(P.REPORTS_READ)
def reports() -> Response:
    return render_page("reports/reports.html", reports=readable_by(actor()))


@blueprint.get("/<name>")
@requires(P.REPORTS_READ)
def report(name: str) -> Response:
    here = _readable(name)
    asked = _asked(here)
    return render_page(
        "reports/report.html",
        fragment="reports/_report.html",
        report=here,
        by=asked.by,
        asked=asked,
        shown=here.build(asked.by),
        counted_at=rollups.counted_at() if here.counted else None,
        cell=cell,
        tabs=_tabs(here, asked),
    )


@blueprint.get("/<name>/<part>.<any(csv, xlsx):format>")
@requires(P.REPORTS_READ)
def report_file(name: str, part: str, format: str) -> Response:
    """The table of one part, narrowed as the page is."""
    here = _readable(name)
    shown = here.build(_asked(here).by)
    table = next((one.table for one in shown.parts if one.code == part), None)
    if table is None:  # nothing in this period: a file of nothing
        return table_response(format, _("report"), [_("Nothing in this period")], [])
    return table_response(format, table.name, table.header, table.file_rows())


def _readable(name: str) -> Report:
    """Raises NotFound: there is no such report, or its process is switched off. Forbidden: others read it."""
    found = BY_CODE.get(name)
    if found is None or not runs(found.module):
        raise NotFound
    if found not in readable_by(actor()):
        raise Forbidden
    return found


@dataclass(frozen=True)
class _Asked:
    """What the address asks for, and what else the filters offer."""

    by: Narrowed
    reseller: str
    colleague: str
    resellers: list[Choice]
    colleagues: list[Choice]


def _asked(here: Report) -> _Asked:
    """What is unknown counts as not asked."""
    start, end = _period()
    reseller = request.args.get("reseller", "")[:20] if here.reseller else ""
    colleague = request.args.get("colleague", "")[:20] if here.colleague else ""
    resellers, colleagues = queries.choices(reseller) if here.reseller or here.colleague else ([], [])
    whose = next((one for one in resellers if one.ref == reseller), None)
    by_whom = next((one for one in colleagues if one.ref == colleague), None)
    by = Narrowed(start, end, whose.id if whose else None, by_whom.id if by_whom else None)
    return _Asked(by, whose.ref if whose else "", by_whom.ref if by_whom else "", resellers, colleagues)


def _tabs(here: Report, asked: _Asked) -> list[dict[str, object]]:
    """The other reports, narrowed alike where they can be."""
    kept = {"from": request.args.get("from", "")[:10], "until": request.args.get("until", "")[:10]}
    made = []
    for one in readable_by(actor()):
        more: dict[str, Any] = {name: value for name, value in kept.items() if value and one.period}
        more |= {"reseller": asked.reseller} if asked.reseller and one.reseller else {}
        url = url_for(".report", name=one.code, **more)
        made.append({"label": one.short, "url": url, "current": one is here, "count": None})
    return made


def _period() -> tuple[date, date]:
    """As asked for in the address; else the last twelve months, this one included."""
    end = _day("until") or today(vendor().timezone)
    start = _day("from") or (end.replace(day=1) - timedelta(days=330)).replace(day=1)
    if start > end:
        start, end = end, start
    return max(start, end - LONGEST), end


def _day(name: str) -> date | None:
    """What is no day counts as not asked."""
    try:
        return day_in(request.args.get(name, "")[:40])
    except NotADay:
        return None
