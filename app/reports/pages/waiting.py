"""Which tasks wait longest, and for whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask import url_for

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number
from app.plans import reports as plans
from app.plans.reports import Age, Waits, Whom
from app.reports.queries import Narrowed
from app.reports.shown import Column, Figure, Part, Row, Shown, Table

LISTED, IN_FILE = 25, 5_000


def build(by: Narrowed) -> Shown:
    counts = plans.waiting(by.colleague_id, by.reseller_id)
    if not counts:
        empty = (_("Nothing waits"), _("No task of a running plan can be done now. Paused plans are left out."))
        return Shown(empty=empty)
    whoms = {Whom.CUSTOMER: _("The customer"), Whom.VENDOR: _("Us"), Whom.THIRD: _("Somebody else")}
    ages = {
        Age.WEEK: _("Up to a week"),
        Age.MONTH: _("One to four weeks"),
        Age.LONGER: _("Longer than four weeks"),
    }
    tones = {Age.WEEK: Tone.SOFT, Age.MONTH: Tone.MAIN, Age.LONGER: Tone.WARN}
    sums = {whom: sum(counts.get((whom, age), 0) for age in Age) for whom in Whom}
    long = sum(counts.get((whom, Age.LONGER), 0) for whom in Whom)
    figures = [
        *(Figure(whoms[whom], format_number(sums[whom]), _("still to be done")) for whom in Whom),
        Figure(ages[Age.LONGER], format_number(long), _("still to be done"), act=bool(long)),
    ]
    title = _("For whom plans wait, and since when")
    chart = Chart(
        "waiting",
        title,
        _(
            "Tasks that wait for the customer: %(customer)s. For us: %(vendor)s. For somebody else: %(third)s.",
            **{whom.value: format_number(count) for whom, count in sums.items()},
        ),
        [whoms[whom] for whom in Whom],
        [Series(ages[age], [counts.get((whom, age), 0) for whom in Whom], tones[age]) for age in Age],
    )
    table = Table(
        _("waiting"),
        title,
        [Column(_("Waits for"), is_number=False), *(Column(ages[age]) for age in Age), Column(_("Together"))],
        [Row([whoms[whom], *(counts.get((whom, age), 0) for age in Age), sums[whom]]) for whom in Whom],
    )
    found = plans.longest(by.colleague_id, by.reseller_id, LISTED + 1)
    listed = found[:LISTED]

    def cells(them: Sequence[Waits]) -> Iterable[list[Any]]:
        for one in them:
            third = one.third if one.whom == Whom.THIRD else ""
            yield [one.title, one.plan, third or whoms[one.whom], one.since, one.manager]

    heading = [
        Column(_("Task"), is_number=False),
        Column(_("Plan"), is_number=False),
        Column(_("Waits for"), is_number=False),
        Column(_("Since"), is_number=False),
        Column(_("Account manager"), is_number=False),
    ]
    rows = [
        Row(values, url_for("plans_desk.task", ref=one.plan_ref, task_ref=one.ref))
        for one, values in zip(listed, cells(listed), strict=True)
    ]
    tasks = Table(
        _("longest-waiting-tasks"),
        _("What waits longest"),
        heading,
        rows,
        everything=lambda: cells(plans.longest(by.colleague_id, by.reseller_id, IN_FILE)),
        more=_("The file has more tasks.") if len(found) > LISTED else "",
    )
    text = _("Tasks of running plans that could be done now, or that were handed in and wait to be approved.")
    return Shown(
        figures, (Part("waiting", title, text, chart, table), Part("longest", _("What waits longest"), table=tasks))
    )
