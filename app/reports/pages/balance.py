"""How companies are shared among service partners."""

from __future__ import annotations

from flask import url_for

from app.core.charts import Chart, Series, Tone
from app.core.i18n import _, format_number
from app.followups import reports as followups
from app.reports.queries import Narrowed
from app.reports.shown import Column, Figure, Part, Row, Shown, Table, shown_percent

DRAWN = 15


def build(by: Narrowed) -> Shown:
    shares = followups.balance(by.start, by.end)
    if not shares:
        return Shown(empty=(_("No service partners yet"), _("They are entered on the page of service partners.")))
    assigned = sum(share.assigned for share in shares)
    overridden = sum(share.overridden for share in shares)
    declined = sum(share.declined for share in shares)
    figures = [
        Figure(_("Active service partners"), format_number(sum(share.is_active for share in shares))),
        Figure(_("Assigned in the period"), format_number(assigned)),
        Figure(_("Not the one suggested"), format_number(overridden), shown_percent(overridden, assigned)),
        Figure(_("Not possible for the service partner"), format_number(declined), shown_percent(declined, assigned)),
    ]
    drawn = [share for share in shares if share.is_active][:DRAWN]
    title = _("Companies of each service partner")
    chart = None
    if drawn:
        chart = Chart(
            "balance",
            title,
            _(
                "Customers and assigned leads of each service partner now. The most, %(count)s, has %(name)s.",
                count=format_number(drawn[0].load.companies),
                name=drawn[0].name,
            ),
            [share.name for share in drawn],
            [
                Series(_("Customers"), [share.load.customers for share in drawn]),
                Series(_("Assigned leads"), [share.load.open for share in drawn], Tone.SOFT),
            ],
            marks=[share.capacity for share in drawn],
            mark_name=_("Takes at most"),
        )
    heading = [
        Column(_("Service partner"), is_number=False),
        Column(_("Customers")),
        Column(_("Assigned leads")),
        Column(_("Together")),
        Column(_("Takes at most")),
        Column(_("Assigned in the period")),
        Column(_("Not the one suggested")),
        Column(_("Not possible")),
    ]
    rows = [
        Row(
            [
                share.name if share.is_active else _("%(name)s (suspended)", name=share.name),
                share.load.customers,
                share.load.open,
                share.load.companies,
                share.capacity,
                share.assigned,
                share.overridden,
                share.declined,
            ],
            url_for("followups_desk.partner", ref=share.ref),
        )
        for share in shares
    ]
    text = _("Customers and assigned leads now; what was assigned, in the period.")
    return Shown(figures, (Part("balance", title, text, chart, Table(_("partner-balance"), title, heading, rows)),))
