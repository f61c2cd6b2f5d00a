"""The panel's list of leads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import request, url_for
from flask.wrappers import Response

from app.access.guard import requires
from app.access.permissions import P
from app.catalogue import queries as catalogue
from app.core.htmx import render_page, wants_fragment
from app.core.i18n import _, country_name, ngettext
from app.core.identifiers import show_company_number, show_identifier, show_phone
from app.core.tables import table_response
from app.leads.models import LeadGroup
from app.leads.panel import blueprint
from app.leads.queries import panel
from app.leads.queries.panel import Counts, Filter
from app.leads.states import GROUP_NAMES, STATE_NAMES
from app.partners.gate import standing


@blueprint.get("/panel/leads")
@requires(P.PANEL_LEADS_READ)
def leads() -> Response:
    here = standing()
    by = _filter()
    page = panel.page(here.reseller, by, request.args.get("cursor"))
    counts = None if by.is_narrow else panel.counts(here.reseller)
    return render_page(
        "leads/leads.html",
        fragment="leads/_rows.html",
        here=here,
        by=by,
        page=page,
        tabs=tabs(counts, current=by.group),
        services=catalogue.everything(),
        summary=_summary(by, page, counts),
        oob=wants_fragment(),
    )


@blueprint.get("/panel/leads/leads.<any(csv, xlsx):format>")
@requires(P.PANEL_LEADS_READ)
def leads_file(format: str) -> Response:
    names = {service.code: service.name for service in catalogue.everything()}
    header = [
        _("Lead"),
        _("State"),
        _("Company name"),
        _("Country"),
        _("Company number"),
        _("VAT number"),
        _("Street and number"),
        _("Post code"),
        _("City"),
        _("Contact person"),
        _("E-mail address"),
        _("Phone"),
        _("Website"),
        _("Services"),
        _("Shops"),
        _("Registered"),
        _("Last change"),
    ]
    rows = panel.everything(standing().reseller, _filter())
    return table_response(format, _("leads"), header, _rows(rows, names))


def _rows(rows: Iterator[Any], names: dict[str, str]) -> Iterator[list[Any]]:
    for lead, codes in rows:
        yield [
            lead.ref,
            STATE_NAMES[lead.state],
            lead.company_name,
            country_name(lead.country),
            show_company_number(lead.country, lead.company_number),
            show_identifier(lead.country, "vat_number", lead.vat_number or ""),
            lead.street,
            lead.postcode,
            lead.city,
            lead.contact_name,
            lead.email,
            show_phone(lead.phone),
            lead.website,
            ", ".join(names.get(code, code) for code in codes.split(",") if code),
            " ".join(shop.url for shop in lead.shops),
            lead.created_at,
            lead.updated_at,
        ]


def _filter() -> Filter:
    asked = request.args
    return Filter(
        group=asked.get("group", "") if asked.get("group") in set(LeadGroup) else "",
        q=asked.get("q", "").strip()[:200],
        service=asked.get("service", "")[:40],
        sort=asked.get("sort", "") if asked.get("sort") in panel.SORTS else "changed",
    )


def tabs(counts: Counts | None, current: str) -> list[dict[str, Any]]:
    """The tabs by state, with their numbers when they were counted."""
    kept: dict[str, Any] = {name: value for name in ("q", "service", "sort") if (value := request.args.get(name))}
    found = [
        {
            "label": _("All"),
            "url": url_for(".leads", **kept),
            "current": current == "",
            "count": capped(counts.all) if counts else None,
        }
    ]
    return found + [
        {
            "label": GROUP_NAMES[group],
            "url": url_for(".leads", group=group.value, **kept),
            "current": current == group,
            "count": capped(counts.groups[group]) if counts else None,
        }
        for group in LeadGroup
    ]


def capped(number: int) -> str:
    """ "1,000+" for what was counted no further."""
    return _("1,000+") if number > panel.CAP else str(number)


def _summary(by: Filter, page: Any, counts: Counts | None) -> str:
    """How many there are, as far as that is known without counting them all."""
    if counts is not None:
        number = counts.groups[LeadGroup(by.group)] if by.group else counts.all
        if number <= panel.CAP:
            return ngettext("%(num)s lead", "%(num)s leads", number)
        return _("More than 1,000 leads")
    if page.next is None and page.previous is None:
        return ngettext("%(num)s lead found", "%(num)s leads found", len(page.items))
    return _("More than %(num)s leads found", num=len(page.items))
