"""How far leads come, and how long each step takes against what is promised."""

from __future__ import annotations

from collections import defaultdict
from datetime import date

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number, ngettext
from app.reports import queries
from app.reports.models import Step
from app.reports.queries import Counts, Narrowed, median, within
from app.reports.shown import Column, Figure, Part, Row, Shown, Spans, Table, columns, percent, shown_percent
from app.settings.models import vendor


def build(by: Narrowed) -> Shown:
    months = queries.by_month(by)
    total = sum(months.values(), Counts())
    if not total.registered:
        empty = (_("No leads were registered in this period"), _("Choose an earlier day, or another filter."))
        return Shown(empty=empty)
    return Shown(_figures(total), (_funnel(total), _steps(by), _over_time(by, months)))


def _figures(total: Counts) -> list[Figure]:
    return [
        Figure(_("Leads registered"), format_number(total.registered)),
        Figure(_("Accepted"), format_number(total.accepted), shown_percent(total.accepted, total.registered)),
        Figure(_("Became accounts"), format_number(total.converted), shown_percent(total.converted, total.registered)),
        Figure(_("Wait for an answer"), format_number(total.open), act=bool(total.open)),
    ]


def _funnel(total: Counts) -> Part:
    steps = [
        (_("Leads registered"), total.registered),
        (_("Accepted"), total.accepted),
        (_("Became accounts"), total.converted),
    ]
    others = [
        (_("Wait for an answer"), total.open),
        (_("Declined"), total.declined),
        (_("Withdrawn"), total.withdrawn),
    ]
    title = _("How far the leads came")
    about = _(
        "Of %(registered)s registered leads, %(accepted)s were accepted and %(accounts)s became accounts.",
        registered=format_number(total.registered),
        accepted=format_number(total.accepted),
        accounts=format_number(total.converted),
    )
    return Part(
        "funnel",
        title,
        _("Leads that were registered in the period, by where they stand now."),
        Chart(
            "funnel", title, about, [name for name, _count in steps], [Series(_("Leads"), [n for _name, n in steps])]
        ),
        Table(
            _("funnel"),
            title,
            [Column(_("State"), is_number=False), Column(_("Leads")), Column(_("Share of all"), is_percent=True)],
            [Row([name, count, percent(count, total.registered)]) for name, count in (*steps, *others)],
        ),
    )


def _steps(by: Narrowed) -> Part:
    took = queries.days_of(by)
    names = {
        Step.ANSWER: _("From registration to the answer"),
        Step.ACCOUNT: _("From the acceptance to the account"),
    }
    promised = {Step.ANSWER: vendor().lead_answer_workdays, Step.ACCOUNT: vendor().convert_workdays}
    title = _("How long each step takes")
    if not any(took.values()):
        return Part("steps", title, empty=_("None of these leads was answered yet."))
    medians = {step: median(found) for step, found in took.items()}
    about = " ".join(
        _(
            "%(step)s. Median in working days: %(median)s; promised: %(promised)s.",
            step=names[step],
            median=format_number(found),
            promised=format_number(promised[step]),
        )
        for step, found in medians.items()
        if found is not None
    )
    chart = Chart(
        "steps",
        title,
        about,
        [names[step] for step in Step],
        [Series(_("Median in working days"), [medians[step] for step in Step])],
        marks=[promised[step] for step in Step],
        mark_name=_("What is promised"),
    )
    rows = [
        Row([names[step], sum(took[step].values()), medians[step], promised[step], within(took[step], promised[step])])
        for step in Step
    ]
    heading = [
        Column(_("Step"), is_number=False),
        Column(_("Leads")),
        Column(_("Median in working days")),
        Column(_("Promised")),
        Column(_("In time"), is_percent=True),
    ]
    text = _("The median in working days: half of the leads took less, half took more.")
    return Part("steps", title, text, chart, Table(_("steps"), title, heading, rows))


def _over_time(by: Narrowed, months: dict[date, Counts]) -> Part:
    spans = Spans.of(by)
    sums: dict[date, Counts] = defaultdict(Counts)
    for month, found in months.items():
        sums[spans.place(month)] += found
    each = [sums[first] for first in spans.firsts]
    best = max(spans.firsts, key=lambda first: (sums[first].registered, first))
    about = ngettext(
        "Leads by when they were registered. The most, %(num)s, in %(month)s.",
        "Leads by when they were registered. The most, %(num)s, in %(month)s.",
        sums[best].registered,
        month=spans.name(best),
    )
    chart = columns(
        "months",
        spans.title,
        about,
        spans,
        [
            Series(_("Became accounts"), [one.converted for one in each]),
            Series(_("All others"), [one.registered - one.converted for one in each], Tone.SOFT),
        ],
    )
    heading = [
        spans.column,
        Column(_("Leads registered")),
        Column(_("Accepted")),
        Column(_("Became accounts")),
        Column(_("Declined")),
        Column(_("Withdrawn")),
        Column(_("Wait for an answer")),
    ]
    rows = [
        Row([spans.name(f), c.registered, c.accepted, c.converted, c.declined, c.withdrawn, c.open])
        for f, c in zip(reversed(spans.firsts), reversed(each), strict=True)
    ]
    return Part(
        "months",
        spans.title,
        _("By the day of registration."),
        chart,
        Table(_("leads-over-time"), spans.title, heading, rows),
        folded=True,
    )
