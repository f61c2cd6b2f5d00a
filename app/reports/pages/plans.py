"""Whether plans go live by the agreed day, and how long they take against what their playbooks aim at."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import date

from flask import url_for

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number
from app.plans import reports as plans
from app.plans.models import Health
from app.plans.reports import WentLive
from app.reports.queries import Narrowed, median, within
from app.reports.shown import Column, Figure, Part, Row, Shown, Spans, Table, columns, percent, shown_percent


def build(by: Narrowed) -> Shown:
    live = plans.went_live(by.start, by.end, by.colleague_id, by.reseller_id)
    running = plans.running(by.colleague_id, by.reseller_id)
    if not live and not any(running.values()):
        return Shown(empty=(_("No plans yet"), _("Plans are started from an account. Then they are counted here.")))
    return Shown(_figures(live, running), (_over_time(by, live), _playbooks(live), _running(running)))


def _figures(live: list[WentLive], running: dict[Health, int]) -> list[Figure]:
    all_live = sum(one.count for one in live)
    agreed = sum(one.count for one in live if one.on_time is not None)
    on_time = sum(one.count for one in live if one.on_time)
    took = Counter[int]()
    for one in live:
        if one.workdays is not None:
            took[one.workdays] += one.count
    middle = median(took)
    return [
        Figure(_("Went live"), format_number(all_live)),
        Figure(_("By the agreed day"), shown_percent(on_time, agreed) or "–"),
        Figure(_("Median in working days"), "–" if middle is None else format_number(middle), _("from the kick-off")),
        Figure(_("Late now"), format_number(running[Health.LATE]), act=bool(running[Health.LATE])),
    ]


def _over_time(by: Narrowed, live: list[WentLive]) -> Part:
    spans = Spans.of(by)
    title = _("Went live in time")
    if not live:
        return Part("months", title, empty=_("No plan went live in this period."))
    sums: dict[date, Counter[bool | None]] = defaultdict(Counter)
    for one in live:
        sums[spans.place(one.first)][one.on_time] += one.count
    each = [sums[first] for first in spans.firsts]
    total = sum(each, Counter())
    chart = columns(
        "months",
        title,
        _(
            "Plans by when they went live: %(kept)s by the agreed day, %(late)s later, %(none)s without an agreed day.",
            kept=format_number(total[True]),
            late=format_number(total[False]),
            none=format_number(total[None]),
        ),
        spans,
        [
            Series(_("By the agreed day"), [one[True] for one in each]),
            Series(_("Later"), [one[False] for one in each], Tone.WARN),
            Series(_("No day was agreed"), [one[None] for one in each], Tone.SOFT),
        ],
    )
    heading = [
        spans.column,
        Column(_("Went live")),
        Column(_("By the agreed day")),
        Column(_("Later")),
        Column(_("No day was agreed")),
        Column(_("In time"), is_percent=True),
    ]
    rows = [
        Row([spans.name(f), c.total(), c[True], c[False], c[None], percent(c[True], c[True] + c[False])])
        for f, c in zip(reversed(spans.firsts), reversed(each), strict=True)
    ]
    text = _("Against the day that was agreed last for going live.")
    return Part("months", title, text, chart, Table(_("plans-over-time"), title, heading, rows), folded=True)


def _playbooks(live: list[WentLive]) -> Part:
    title = _("How long plans take")
    took: dict[int, Counter[int]] = defaultdict(Counter)
    for one in live:
        if one.workdays is not None:
            took[one.playbook_id][one.workdays] += one.count
    if not took:
        return Part("playbooks", title, empty=_("No plan with a kick-off went live in this period."))
    known = plans.playbooks()
    order = sorted(took, key=lambda id: (-took[id].total(), known[id].title))
    medians = [median(took[id]) for id in order]
    aims = [known[id].aim for id in order]
    about = " ".join(
        _(
            "%(playbook)s. Median in working days: %(median)s.",
            playbook=known[id].title,
            median=format_number(found or 0),
        )
        for id, found in zip(order, medians, strict=True)
    )
    chart = Chart(
        "playbooks",
        title,
        about,
        [known[id].title for id in order],
        [Series(_("Median in working days"), medians)],
        marks=aims,
        mark_name=_("What is aimed at"),
    )
    heading = [
        Column(_("Playbook"), is_number=False),
        Column(_("Plans")),
        Column(_("Median in working days")),
        Column(_("Aim")),
        Column(_("Within the aim"), is_percent=True),
    ]
    rows = [
        Row([known[id].title, took[id].total(), found, aim, None if aim is None else within(took[id], aim)])
        for id, found, aim in zip(order, medians, aims, strict=True)
    ]
    text = _("Working days from the kick-off to going live, pauses left out.")
    return Part("playbooks", title, text, chart, Table(_("playbooks"), title, heading, rows))


def _running(running: dict[Health, int]) -> Part:
    title = _("How the running plans stand")
    if not any(running.values()):
        return Part("running", title, empty=_("No plan is running."))
    names = {Health.ON_TRACK: _("On track"), Health.AT_RISK: _("At risk"), Health.LATE: _("Late")}
    tones = {Health.ON_TRACK: Tone.MAIN, Health.AT_RISK: Tone.SOFT, Health.LATE: Tone.WARN}
    chart = Chart(
        "running",
        title,
        _(
            "Running plans on track: %(on_track)s. At risk: %(at_risk)s. Late: %(late)s.",
            **{health.value: format_number(count) for health, count in running.items()},
        ),
        [names[health] for health in Health],
        [
            Series(names[one], [running[health] if health == one else None for health in Health], tones[one])
            for one in Health
        ],
        keyless=True,
    )
    all_plans = sum(running.values())
    rows = [
        Row([names[health], count, percent(count, all_plans)], url_for("plans_desk.plans", health=health.value))
        for health, count in running.items()
    ]
    heading = [Column(_("State"), is_number=False), Column(_("Plans")), Column(_("Share of all"), is_percent=True)]
    text = _("Now, whatever the period.")
    return Part("running", title, text, chart, Table(_("running-plans"), title, heading, rows))
