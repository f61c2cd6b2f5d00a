"""The report of the total service: what leads answered, why not, who raised it, and how long follow-ups take."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.core.clock import today
from app.core.days import NotADay, day_in
from app.core.htmx import render_page
from app.core.i18n import _, format_month
from app.core.tables import table_response
from app.followups import words
from app.followups.desk import blueprint
from app.followups.queries import reports as queries
from app.followups.queries.reports import Counted, Line
from app.people.queries import names_of
from app.settings.models import vendor

LONGEST = timedelta(days=3653)
"""No report looks over more than ten years."""


@blueprint.get("/reports/interest")
@requires(P.FOLLOWUPS_READ)
def interest_report() -> Response:
    start, end = _period()
    rows = queries.answers(start, end)
    everybody = queries.by(rows, lambda row: "all")
    names = names_of(row.raised_by_id for row in rows)
    return render_page(
        "followups/desk_report.html",
        fragment="followups/_desk_report.html",
        start=start,
        end=end,
        total=everybody[0] if everybody else Line("all"),
        months=[(format_month(line.key), line) for line in reversed(queries.months(rows, start, end))],
        reasons=_reasons(rows),
        people=_people(rows, names),
        steps=[(words.STATES[step.state], step) for step in queries.steps(start, end)],
    )


@blueprint.get("/reports/interest.<any(csv, xlsx):format>")
@requires(P.FOLLOWUPS_READ)
def interest_report_file(format: str) -> Response:
    """One row for each month, level, answer, reason and colleague, to be summed in any way."""
    start, end = _period()
    rows = queries.answers(start, end)
    names = names_of(row.raised_by_id for row in rows)
    header = [_("Month"), _("What is offered"), _("Answer"), _("Reason"), _("Raised by"), _("Leads")]
    return table_response(format, _("interest"), header, (_columns(row, names) for row in rows))


@blueprint.get("/reports/follow-up-steps.<any(csv, xlsx):format>")
@requires(P.FOLLOWUPS_READ)
def steps_file(format: str) -> Response:
    header = [_("Step"), _("How often"), _("Median in working days"), _("Mean in working days")]
    rows = ([str(words.STATES[one.state]), one.count, one.median, one.mean] for one in queries.steps(*_period()))
    return table_response(format, _("follow-up-steps"), header, rows)


def _columns(row: Counted, names: dict[int, str]) -> list[Any]:
    return [
        row.first,
        str(words.LEVELS[row.level]),
        str(words.ANSWERS[row.answer]),
        str(words.REASONS[row.reason]) if row.reason else "",
        _name(row.raised_by_id, names),
        row.count,
    ]


def _people(rows: list[Counted], names: dict[int, str]) -> list[tuple[str, Line]]:
    """By name; whoever has left keeps theirs."""
    found = [(_name(line.key, names), line) for line in queries.by(rows, lambda row: row.raised_by_id)]
    return sorted(found, key=lambda pair: pair[0].casefold())


def _reasons(rows: list[Counted]) -> list[dict[str, Any]]:
    """Each with its number, and its length in hundredths of the first."""
    found = queries.reasons(rows)
    most = max((count for _reason, count in found), default=1)
    return [
        {"label": words.REASONS[reason], "number": count, "length": round(100 * count / most)}
        for reason, count in found
    ]


def _name(person_id: int | None, names: dict[int, str]) -> str:
    return names.get(person_id or 0) or _("Somebody who was erased")


def _period() -> tuple[date, date]:
    """As asked for in the address; else the last twelve months, this one included. What is no day counts as not
    asked."""
    end = _asked("until") or today(vendor().timezone)
    start = _asked("from") or (end.replace(day=1) - timedelta(days=330)).replace(day=1)
    if start > end:
        start, end = end, start
    return max(start, end - LONGEST), end


def _asked(name: str) -> date | None:
    try:
        return day_in(request.args.get(name, "")[:40])
    except NotADay:
        return None
