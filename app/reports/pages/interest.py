"""Reasons for no: what companies answered about the total service and why not, and why leads were closed."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import url_for

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number, ngettext
from app.followups import reports as followups
from app.followups import words
from app.followups.reports import Counted, Line
from app.leads import reports as leads
from app.leads.models import LeadState
from app.people.queries import names_of
from app.reports.queries import Narrowed
from app.reports.shown import Column, Figure, Part, Row, Shown, Spans, Table, columns, percent, shown_percent
from app.settings.processes import runs

LISTED = 20


def build(by: Narrowed) -> Shown:
    parts: list[Part] = []
    figures: list[Figure] = []
    if runs("app.followups"):
        rows = followups.answers(by.start, by.end, by.reseller_id, by.colleague_id)
        figures = _figures(rows)
        parts = [_reasons(rows), _over_time(by, rows), _people(rows), _steps(by)]
    return Shown(figures, (*parts, _closed(by)))


def _figures(rows: list[Counted]) -> list[Figure]:
    found = followups.by(rows, lambda row: "all")
    total = found[0] if found else Line("all")
    if not total.all:
        return []
    return [
        Figure(_("Raised with"), format_number(total.all), ngettext("company", "companies", total.all)),
        Figure(_("Yes"), format_number(total.yes), shown_percent(total.yes, total.all)),
        Figure(_("Yes, in principle"), format_number(total.in_principle), shown_percent(total.in_principle, total.all)),
        Figure(_("No"), format_number(total.no), shown_percent(total.no, total.all)),
    ]


def _reasons(rows: list[Counted]) -> Part:
    title, found = _("Why not the total service"), followups.reasons(rows)
    if not found:
        return Part("reasons", title, empty=_("Nobody said no to the total service in this period."))
    names = [str(words.REASONS[reason]) for reason, _count in found]
    number = sum(count for _reason, count in found)
    chart = Chart(
        "reasons",
        title,
        ngettext(
            "%(num)s company said no. The reason given most often: %(reason)s.",
            "%(num)s companies said no. The reason given most often: %(reason)s.",
            number,
            reason=names[0],
        ),
        names,
        [Series(_("Companies"), [count for _reason, count in found])],
    )
    table = Table(
        _("reasons"),
        title,
        [Column(_("Reason"), is_number=False), Column(_("Companies")), Column(_("Share of all"), is_percent=True)],
        [Row([name, count, percent(count, number)]) for name, (_reason, count) in zip(names, found, strict=True)],
    )
    return Part("reasons", title, _("The reason that was noted with each no."), chart, table)


def _line(line: Line) -> list[Any]:
    return [line.all, line.interested if line.all else None, line.yes, line.in_principle, line.no]


def _heading(first: Column) -> list[Column]:
    return [
        first,
        Column(_("Raised with")),
        Column(_("Interested"), is_percent=True),
        Column(_("Yes")),
        Column(_("Yes, in principle")),
        Column(_("No")),
    ]


def _over_time(by: Narrowed, rows: list[Counted]) -> Part:
    title = _("Answers about the total service")
    if not rows:
        return Part("answers", title, empty=_("It was raised with nobody in this period."))
    spans = Spans.of(by)
    found: dict[date, Line] = {line.key: line for line in followups.by(rows, lambda row: spans.place(row.first))}
    each = [found.get(first, Line(first)) for first in spans.firsts]
    chart = columns(
        "answers",
        title,
        _("Answers by when the total service was raised."),
        spans,
        [
            Series(_("Yes"), [line.yes for line in each]),
            Series(_("Yes, in principle"), [line.in_principle for line in each], Tone.SOFT),
            Series(_("No"), [line.no for line in each], Tone.WARN),
        ],
    )
    table = Table(
        _("interest-over-time"),
        title,
        _heading(spans.column),
        [Row([spans.name(line.key), *_line(line)]) for line in reversed(each)],
    )
    return Part("answers", title, _("By the day on which it was raised."), chart, table, folded=True)


def _people(rows: list[Counted]) -> Part:
    title = _("By who raised it")
    if not rows:
        return Part("people", title, empty=_("It was raised with nobody in this period."))
    names = names_of(row.raised_by_id for row in rows)
    found = [(_name(line.key, names), line) for line in followups.by(rows, lambda row: row.raised_by_id)]
    lines = sorted(found, key=lambda pair: pair[0].casefold())
    table = Table(
        _("interest-by-colleague"),
        title,
        _heading(Column(_("Name"), is_number=False)),
        [Row([name, *_line(line)]) for name, line in lines],
        file_header=[_("Month"), _("What is offered"), _("Answer"), _("Reason"), _("Raised by"), _("Leads")],
        everything=lambda: (_detail(row, names) for row in rows),
        more=_("The file has a line for each month, answer, reason and colleague."),
    )
    return Part("people", title, table=table)


def _detail(row: Counted, names: dict[int, str]) -> list[Any]:
    return [
        row.first,
        str(words.LEVELS[row.level]),
        str(words.ANSWERS[row.answer]),
        str(words.REASONS[row.reason]) if row.reason else "",
        _name(row.raised_by_id, names),
        row.count,
    ]


def _name(person_id: int | None, names: dict[int, str]) -> str:
    return names.get(person_id or 0) or _("Somebody who was erased")


def _steps(by: Narrowed) -> Part:
    title = _("How long follow-ups take")
    found = followups.steps(by.start, by.end)
    if not found:
        return Part("steps", title, empty=_("No step of a follow-up ended in this period."))
    names = [str(words.STATES[step.state]) for step in found]
    longest = max(found, key=lambda step: step.median)
    chart = Chart(
        "steps",
        title,
        _(
            "Working days for each step, in the middle. Longest: %(step)s, %(days)s.",
            step=str(words.STATES[longest.state]),
            days=format_number(longest.median),
        ),
        names,
        [Series(_("Median in working days"), [step.median for step in found])],
    )
    table = Table(
        _("follow-up-steps"),
        title,
        [
            Column(_("Step"), is_number=False),
            Column(_("How often")),
            Column(_("Median in working days")),
            Column(_("Mean in working days")),
        ],
        [Row([name, step.count, step.median, step.mean]) for name, step in zip(names, found, strict=True)],
    )
    text = _("The median in working days, of all follow-ups whose step ended in this period.")
    return Part("steps", title, text, chart, table)


def _closed(by: Narrowed) -> Part:
    title = _("Why leads were closed")
    found = leads.closed(by.start, by.end, by.reseller_id, by.colleague_id, LISTED + 1)
    if not found:
        return Part("closed", title, empty=_("No lead was declined or withdrawn in this period."))
    states = {LeadState.DECLINED: _("Declined"), LeadState.WITHDRAWN: _("Withdrawn")}
    rows = [
        Row(
            [
                lead.company_name,
                lead.reseller.organisation.name,
                states[LeadState(lead.state)],
                lead.reason or "",
                lead.decided_at,
            ],
            url_for("leads_desk.lead", ref=lead.ref),
        )
        for lead in found[:LISTED]
    ]
    heading = [
        Column(_("Company"), is_number=False),
        Column(_("Reseller"), is_number=False),
        Column(_("State"), is_number=False),
        Column(_("Reason"), is_number=False),
        Column(_("Closed on"), is_number=False),
    ]
    more = _("These are the latest; the list of leads has all.") if len(found) > LISTED else ""
    text = _("In the words of whoever declined or withdrew it.")
    return Part("closed", title, text, table=Table(_("closed-leads"), title, heading, rows, more=more))
