"""Who signed up by the onboarding pages of a software partner, in its panel: companies and how far they are (S5)."""

from __future__ import annotations

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import actor, requires
from app.access.permissions import P
from app.core.htmx import render_page
from app.core.i18n import _, _l, country_name
from app.core.paging import COUNT_CAP
from app.core.tables import table_response
from app.integrations.queries.partners import partner_of
from app.leads.models import LeadGroup
from app.manuals.panel import blueprint
from app.manuals.queries import sign_ups as queries
from app.manuals.told_sign_ups import STATES, glyph_of

TABS = {
    None: _l("All"),
    LeadGroup.CHECKING: _l("Being checked"),
    LeadGroup.ACCEPTED: _l("Accepted"),
    LeadGroup.CONVERTED: _l("Customers"),
    LeadGroup.CLOSED: _l("Declined and withdrawn"),
}


@blueprint.get("/sign-ups")
@requires(P.SOFTWARE_PANEL)
def sign_ups() -> Response:
    group, q = _asked()
    query = queries.of_partner(partner_of(actor()), q)
    counts = queries.counts(query)
    page, rows = queries.page(query, group, request.args.get("cursor"))
    return render_page(
        "manuals/panel_sign_ups.html",
        fragment="manuals/_panel_sign_up_rows.html",
        page=page,
        rows=rows,
        tabs=[
            {
                "label": label,
                "url": url_for(".sign_ups", state=each.value if each else None, q=q or None),
                "current": each == group,
                "count": _count(counts[each.value if each else ""]),
            }
            for each, label in TABS.items()
        ],
        group=group.value if group else "",
        q=q,
        states=STATES,
        glyph_of=glyph_of,
    )


def _count(count: int) -> int | str:
    return count if count <= COUNT_CAP else "10,000+"


@blueprint.get("/sign-ups/sign-ups.<any(csv, xlsx):format>")
@requires(P.SOFTWARE_PANEL)
def sign_ups_file(format: str) -> Response:
    group, q = _asked()
    header = [_("Company"), _("City"), _("Country"), _("Day"), _("State"), _("By the onboarding page of")]
    rows = (
        [
            each.company,
            each.city,
            country_name(each.country),
            each.at,
            str(STATES[each.state]),
            "; ".join(each.by),
        ]
        for each in queries.everything(queries.of_partner(partner_of(actor()), q), group)
    )
    return table_response(format, _("sign-ups"), header, rows)


def _asked() -> tuple[LeadGroup | None, str]:
    wish = request.args.get("state", "")
    return LeadGroup(wish) if wish in set(LeadGroup) else None, request.args.get("q", "")[:200]
