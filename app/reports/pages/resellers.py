"""Who brings how many leads, and what becomes of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number, ngettext
from app.reports import queries
from app.reports.queries import Narrowed, OfReseller, median
from app.reports.shown import Column, Figure, Part, Row, Shown, Table, percent
from app.settings.models import vendor

DRAWN, LISTED = 10, 50


def build(by: Narrowed) -> Shown:
    found = queries.by_reseller(by, LISTED + 1)
    if not found:
        empty = (_("No reseller registered a lead in this period"), _("Choose an earlier day, or another filter."))
        return Shown(empty=empty)
    rows = list(_rows(by, found[:LISTED]))
    drawn = found[:DRAWN]
    title = _("Leads by reseller")
    chart = Chart(
        "resellers",
        title,
        _(
            "The resellers with the most leads. First comes %(name)s with %(count)s.",
            name=drawn[0].name,
            count=format_number(drawn[0].counts.registered),
        ),
        [one.name for one in drawn],
        [
            Series(_("Became accounts"), [one.counts.converted for one in drawn]),
            Series(_("All others"), [one.counts.registered - one.counts.converted for one in drawn], Tone.SOFT),
        ],
    )
    more = _("The file has all resellers.") if len(found) > LISTED else ""
    table = Table(
        _("resellers"),
        title,
        [
            Column(_("Reseller"), is_number=False),
            Column(_("Leads registered")),
            Column(_("Accepted")),
            Column(_("Became accounts")),
            Column(_("Share that became accounts"), is_percent=True),
            Column(_("Wait for an answer")),
            Column(_("Median days to the answer")),
        ],
        [
            Row(cells, url_for("partners_desk.reseller", ref=one.ref))
            for one, cells in zip(found[:LISTED], rows, strict=True)
        ],
        everything=lambda: _rows(by, queries.by_reseller(by)),
        more=more,
    )
    text = (
        ngettext(
            "The %(num)s reseller with the most leads; the table has more.",
            "The %(num)s resellers with the most leads; the table has more.",
            DRAWN,
        )
        if len(found) > DRAWN
        else ""
    )
    promised = ngettext(
        "The answer to a lead is promised within %(num)s working day.",
        "The answer to a lead is promised within %(num)s working days.",
        vendor().lead_answer_workdays,
    )
    part = Part("resellers", title, f"{text} {promised}".strip(), chart, table)
    return Shown(_figures(found), (part,))


def _figures(found: list[OfReseller]) -> list[Figure]:
    first = found[0]
    number = format_number(min(len(found), LISTED))
    said = _("more than %(number)s", number=number) if len(found) > LISTED else number
    return [
        Figure(_("Resellers with leads"), said),
        Figure(_("Most leads"), format_number(first.counts.registered), first.name),
    ]


def _rows(by: Narrowed, found: list[OfReseller]) -> Iterable[list[Any]]:
    took = queries.answers_by_reseller(by, [one.id for one in found])
    for one in found:
        c = one.counts
        share = percent(c.converted, c.registered)
        yield [one.name, c.registered, c.accepted, c.converted, share, c.open, median(took[one.id])]
