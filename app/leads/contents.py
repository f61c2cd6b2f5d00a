"""What people typed about a company, in words: registrations, wishes, and two versions side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from app.core.i18n import _
from app.core.identifiers import show_phone, show_website
from app.customers.fields import IDENTIFIERS, asked_in, name_of, shown
from app.customers.models import CompanyDetails
from app.leads import disclosure, states
from app.leads.models import ChangeRequest, Submission
from app.leads.service.details import LeadDetails


def compared(typed: LeadDetails, there: CompanyDetails, services: Mapping[str, str]) -> list[dict[str, Any]]:
    """What was typed beside what stands there now (services and shops loaded), for the component `compare`: the fields
    that differ."""
    rows = [
        _row(
            name_of(name, there.country),
            shown(name, value, typed.country),
            shown(name, getattr(there, name), there.country),
        )
        for name, value in typed.company.items()
        if (getattr(there, name) or None) != value
    ]
    held = [part.service.code for part in getattr(there, "credited_services", [])]
    if set(held) != set(typed.services):
        rows.append(_row(name_of("services"), _names(typed.services, services), _names(held, services)))
    shops = [_shop_line(shop.url, shop.platform) for shop in getattr(there, "shops", [])]
    wanted = [_shop_line(shop.url, shop.platform) for shop in typed.shops]
    if set(shops) != set(wanted):
        rows.append(_row(name_of("shops"), wanted, shops))
    return rows


def _row(label: Any, typed: Any, now_there: Any) -> dict[str, Any]:
    return {"label": label, "values": [typed or None, now_there or None], "differs": True}


def _names(codes: Iterable[str], services: Mapping[str, str]) -> list[str]:
    return [services.get(code, code) for code in codes]


def _shop_line(url: str, platform: str) -> str:
    return f"{show_website(url)} ({platform_name(platform)})" if platform else str(show_website(url))


def wishes_told(request: ChangeRequest, services: Mapping[str, str], country: str) -> list[tuple[Any, ...]]:
    """The single wishes of a request: label, old, new, how each was answered (None while it is open), and the note."""
    return [
        (
            name_of(item.field, country),
            shown(item.field, item.old, country) if isinstance(item.old, str) else "",
            wished(item.field, item.new, services, country),
            item.accepted,
            item.note or "",
        )
        for item in request.items
    ]


def request_header() -> list[Any]:
    """The columns of a list of change requests as a file."""
    return [
        _("Request"),
        _("Lead or account"),
        _("Company name"),
        _("What was asked"),
        _("Accepted"),
        _("Declined"),
        _("State"),
        _("Asked on"),
        _("Answer by"),
        _("Answered on"),
    ]


def request_row(request: ChangeRequest, services: Mapping[str, str]) -> list[Any]:
    """One request, with its lead and wishes loaded, under `request_header`."""
    lines = [
        (f"{label}: {new}", accepted)
        for label, _old, new, accepted, _note in wishes_told(request, services, request.about.country)
    ]
    return [
        request.ref,
        request.about.ref,
        request.about.company_name,
        ", ".join(line for line, _accepted in lines),
        ", ".join(line for line, accepted in lines if accepted),
        ", ".join(line for line, accepted in lines if accepted is False),
        states.request_said(request).word,
        request.created_at,
        request.answer_by,
        request.decided_at,
    ]


def wished(name: str, value: Any, services: Mapping[str, str], country: str) -> str:
    """A wished value in words: a field's, a service's name, or a shop's address with its platform."""
    if isinstance(value, dict):
        return _shop_line(str(value.get("url", "")), str(value.get("platform", "")))
    if name == "service":
        return services.get(str(value), str(value))
    return shown(name, value, country) or _("to be removed")


def company_numbers(record: CompanyDetails) -> list[tuple[Any, str]]:
    """The company's identifiers under their national names, for a summary list."""
    return [
        (name_of(name, record.country), shown(name, getattr(record, name), record.country))
        for name in asked_in(record.country)
        if name in IDENTIFIERS and (name == "company_number" or getattr(record, name))
    ]


def platform_name(code: str) -> str:
    """A shop platform's name; only "other" is a word."""
    return _("Another platform") if code == "other" else code


def sent_facts(submission: Submission, services: Mapping[str, str]) -> list[tuple[Any, Any]]:
    """What was sent, for a summary list, in the order of the form. `services` are names by code."""
    content: dict[str, Any] = submission.content or {}
    country = str(content.get("country") or "")
    facts: list[tuple[Any, Any]] = [
        (name_of(field, country), shown(field, content.get(field), country))
        for field in asked_in(country)
        if content.get(field)
    ]
    if content.get("services"):
        facts.append((_("Services"), [services.get(code, code) for code in content["services"]]))
    if content.get("shops"):
        facts.append((_("Shops"), [_shop_line(url, platform) for url, platform in content["shops"]]))
    if content.get("note"):
        facts.append((_("Note"), str(content["note"]).splitlines()))
    return facts


TEMPLATE_WORDS = {
    "company_numbers": company_numbers,
    "platform_name": platform_name,
    "phone_words": show_phone,
    "website_words": show_website,
    "lead_said": states.said,
    "request_said": states.request_said,
    "field_name": name_of,
    "privacy_parts": disclosure.parts,
    "privacy_complaint": disclosure.complaint,
    "service_names": lambda services: {service.code: service.name for service in services},
}
"""Made known to all templates by the door `public`."""
