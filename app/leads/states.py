"""A lead's state in words, for resellers and for staff, and its history as both read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.i18n import _, _l, format_date, format_weekday
from app.core.identifiers import show_phone, show_website
from app.customers.fields import IDENTIFIERS, asked_in, name_of, shown
from app.customers.models import CompanyDetails
from app.history import words
from app.history.models import HistoryEntry, HistoryValue
from app.leads.models import ChangeRequest, ChangeRequestState, Lead, LeadGroup, LeadState, Submission
from app.leads.service.details import LeadDetails

STATE_NAMES: Mapping[str, Any] = {
    LeadState.SUBMITTED: _l("Being checked"),
    LeadState.ACCEPTED: _l("Accepted"),
    LeadState.CONVERTED: _l("Account"),
    LeadState.DECLINED: _l("Declined"),
    LeadState.WITHDRAWN: _l("Withdrawn"),
}

GROUP_NAMES: Mapping[str, Any] = {
    LeadGroup.CHECKING: _l("Being checked"),
    LeadGroup.ACCEPTED: _l("Accepted"),
    LeadGroup.CONVERTED: _l("Accounts"),
    LeadGroup.CLOSED: _l("Declined and withdrawn"),
}
"""The tabs of every list of leads."""


@dataclass(frozen=True)
class Said:
    """A state in one sentence (`text`) with what it means (`more`), and the same in a list (`word`, `next`)."""

    text: str
    more: str
    glyph: str
    word: str
    next: str
    tone: str = ""
    act: bool = False


def said(lead: Lead, *, staff: bool = False) -> Said:
    """The state and the next step, as the reseller or as staff read it."""
    return _to_staff(lead) if staff else _to_reseller(lead)


def _to_reseller(lead: Lead) -> Said:
    match LeadState(lead.state):
        case LeadState.SUBMITTED | LeadState.ACCEPTED if lead.asked_at is not None:
            return Said(
                _("We have a question about this lead. Please answer it in the notes below."),
                _("We asked on %(date)s and go on as soon as we have your answer.", date=format_weekday(lead.asked_at)),
                "flag",
                _("Waits for you"),
                _("We asked you something"),
                tone="act",
                act=True,
            )
        case LeadState.SUBMITTED if lead.answer_by < now():
            return Said(
                _("We are checking this lead. Our answer was due on %(date)s and is late.", date=_day(lead.answer_by)),
                _("Nothing to do for you. You can correct the details until we have accepted and converted it."),
                "wait",
                _("Being checked"),
                _("Our answer is late; it was due on %(date)s", date=_day(lead.answer_by)),
            )
        case LeadState.SUBMITTED:
            return Said(
                _("We are checking this lead. Next: you have our answer by %(date)s.", date=_day(lead.answer_by)),
                _("Nothing to do for you. You can correct the details until we have accepted and converted it."),
                "wait",
                _("Being checked"),
                _("Answer by %(date)s", date=_day(lead.answer_by)),
            )
        case LeadState.ACCEPTED:
            return Said(
                _(
                    "We accepted this lead on %(day)s. Next: we turn it into an account, by %(date)s.",
                    day=_day(lead.decided_at),
                    date=_day(lead.answer_by),
                ),
                _(
                    "Nothing to do for you. You can edit it until then, and the company stays yours until %(date)s.",
                    date=format_date(lead.claim_until),
                )
                if lead.claim_until
                else _("Nothing to do for you. You can edit it until then."),
                "open",
                _("Accepted"),
                _("Account by %(date)s", date=_day(lead.answer_by)),
                tone="ours",
            )
        case LeadState.CONVERTED:
            return Said(
                _("This lead became an account on %(date)s.", date=_day(lead.converted_at)),
                _("It can no longer be edited here. If something has to change, send us a change request."),
                "done",
                _("Account"),
                _("Since %(date)s", date=_since(lead.converted_at)),
                tone="done",
            )
        case LeadState.DECLINED:
            return Said(
                _("We declined this lead on %(date)s.", date=_day(lead.decided_at)),
                _("Reason: %(reason)s", reason=lead.reason) if lead.reason else "",
                "no",
                _("Declined"),
                _("On %(date)s", date=_since(lead.decided_at)),
                tone="done",
            )
        case LeadState.WITHDRAWN:
            return _withdrawn(lead)


def _to_staff(lead: Lead) -> Said:
    match LeadState(lead.state):
        case LeadState.SUBMITTED:
            late = lead.answer_by < now()
            return Said(
                _("This lead waits for our decision, promised by %(date)s.", date=_day(lead.answer_by)),
                _("The promised day has passed.") if late else _asked(lead),
                "flag" if late else "wait",
                _("To be decided"),
                _("Promised by %(date)s", date=_day(lead.answer_by)),
                tone="late" if late else "act",
                act=True,
            )
        case LeadState.ACCEPTED:
            late = lead.answer_by < now()
            return Said(
                _("This lead is accepted. Next: convert it, promised by %(date)s.", date=_day(lead.answer_by)),
                _("The promised day has passed.") if late else _asked(lead),
                "flag" if late else "open",
                _("To be converted"),
                _("Promised by %(date)s", date=_day(lead.answer_by)),
                tone="late" if late else "act",
                act=True,
            )
        case LeadState.CONVERTED:
            return Said(
                _("This lead became an account on %(date)s.", date=_day(lead.converted_at)),
                _("It is edited on the account now."),
                "done",
                _("Account"),
                _("Since %(date)s", date=_since(lead.converted_at)),
                tone="done",
            )
        case LeadState.DECLINED:
            return Said(
                _("This lead was declined on %(date)s.", date=_day(lead.decided_at)),
                _("Reason: %(reason)s", reason=lead.reason) if lead.reason else "",
                "no",
                _("Declined"),
                _("On %(date)s", date=_since(lead.decided_at)),
                tone="done",
            )
        case LeadState.WITHDRAWN:
            return _withdrawn(lead)


def _withdrawn(lead: Lead) -> Said:
    return Said(
        _("This lead was withdrawn on %(date)s.", date=_day(lead.decided_at)),
        _("Reason: %(reason)s", reason=lead.reason) if lead.reason else "",
        "no",
        _("Withdrawn"),
        _("On %(date)s", date=_since(lead.decided_at)),
        tone="done",
    )


def _asked(lead: Lead) -> str:
    if lead.asked_at is None:
        return ""
    return _("We asked the reseller something on %(date)s.", date=format_weekday(lead.asked_at))


def _day(moment: datetime | None) -> str:
    return format_weekday(moment) if moment else ""


def _since(moment: datetime | None) -> str:
    return format_date(moment) if moment else ""


def request_said(request: ChangeRequest) -> Said:
    """The state of a change request, as its reseller reads it."""
    match ChangeRequestState(request.state):
        case ChangeRequestState.SUBMITTED:
            text = _("We look at it by %(date)s.", date=_day(request.answer_by))
            return Said(text, "", "wait", _("Being checked"), text)
        case ChangeRequestState.WITHDRAWN:
            return Said(_("It was withdrawn."), "", "no", _("Withdrawn"), "", tone="done")
        case ChangeRequestState.DECIDED:
            text = _("Answered on %(date)s.", date=_since(request.decided_at))
            accepted = [item for item in request.items if item.accepted]
            if len(accepted) == len(request.items):
                return Said(text, "", "done", _("Done"), text, tone="done")
            if accepted:
                return Said(text, "", "done", _("Partly done"), text, tone="done")
            return Said(text, "", "no", _("Declined"), text, tone="done")


# --- history ----------------------------------------------------------------------------------------------------------

VERBS: dict[str, Any] = {
    "lead.submitted": _l("The lead was registered"),
    "lead.submitted_again": _l("A further registration of this company joined the lead"),
    "lead.changed": "",
    "lead.accepted": _l("The lead was accepted"),
    "lead.declined": _l("The lead was declined"),
    "lead.withdrawn": _l("The lead was withdrawn"),
    "lead.reopened": _l("The lead is checked anew"),
    "lead.converted": _l("The lead became an account"),
    "lead.conversion_reversed": _l("The account was turned back into a lead"),
    "lead.change_requested": _l("A change was requested"),
    "lead.addition_requested": _l("A further service or shop was requested"),
    "lead.request_withdrawn": _l("A request was withdrawn"),
    "lead.request_decided": _l("A request was answered"),
    "lead.claim_released": _l("The protection of the lead ended"),
    "lead.acceptance_taken_back": _l("The acceptance was taken back"),
    "lead.account_merged": _l("The account of the lead was merged into another one"),
}
"""What happened, by verb. An empty text: the changed fields say it."""

words.name({**VERBS, "lead.changed": _l("Details changed")})

STAFF_ONLY: set[str] = set()
"""Verbs that only staff read."""

MILESTONES = {"lead.submitted", "lead.accepted", "lead.declined", "lead.withdrawn", "lead.reopened", "lead.converted"}


@dataclass(frozen=True)
class Told:
    """One entry of the history, for the component `timeline`."""

    at: datetime
    who: str
    text: str
    changes: list[tuple[Any, Any, Any]] = field(default_factory=list)
    is_state: bool = False


def timeline(
    lead: Lead,
    entries: Iterable[HistoryEntry],
    names: Mapping[int, str],
    services: Mapping[str, str],
    *,
    staff: bool,
) -> list[Told]:
    """The history in words. `names` are people's by id, `services` names by code. What only staff may read is left
    out for others, and so are the details of what was registered first: they are the lead's own."""
    return [
        Told(
            entry.at,
            _who(entry, names),
            _text(entry),
            _changes(lead, entry, services),
            entry.verb in MILESTONES,
        )
        for entry in entries
        if staff or entry.verb not in STAFF_ONLY
    ]


def _text(entry: HistoryEntry) -> str:
    """What happened, with the number of the receipt or request that it is about."""
    text = str(VERBS.get(entry.verb, ""))
    number = next((value.new or value.old for value in entry.values if value.field in NUMBERS), None)
    return f"{text} · {number}" if number and text else text


def _who(entry: HistoryEntry, names: Mapping[int, str]) -> str:
    if entry.actor_id is not None:
        return names.get(entry.actor_id, "")
    if entry.actor_kind == "system":
        return _("Automatically")
    return next((str(value.new) for value in entry.values if value.field == "_by" and value.new), "")


def _changes(lead: Lead, entry: HistoryEntry, services: Mapping[str, str]) -> list[tuple[Any, Any, Any]]:
    country = next((value for value in entry.values if value.field == "country"), None)
    before = str(country.old or lead.country) if country else lead.country
    after = str(country.new or lead.country) if country else lead.country
    told = []
    for value in entry.values:
        if value.field.startswith("_") or value.field in NUMBERS:
            continue
        if value.field == "state" and entry.verb in MILESTONES:
            continue
        told.append(
            (
                _label(value, after),
                _value(value.field, value.old, before, services, erased=value.erased_at is not None),
                _value(value.field, value.new, after, services, erased=value.erased_at is not None),
            )
        )
    return told


NUMBERS = ("receipt", "request")
"""Values that belong to the sentence and are no change."""

SENT = "sent."
"""Fields of a joining registration that differ from the lead are kept in the history under this prefix."""


def _label(value: HistoryValue, country: str) -> Any:
    if value.field.startswith(SENT):
        return _("%(field)s, not taken over", field=name_of(value.field.removeprefix(SENT), country))
    return name_of(value.field, country)


def _value(name: str, value: Any, country: str, services: Mapping[str, str], *, erased: bool) -> Any:
    if erased:
        return _("erased")
    if isinstance(value, list):
        return [_item(name, str(item), services) for item in value] or None
    if name == "state":
        return STATE_NAMES.get(value, value)
    if name == "service":
        return services.get(str(value), value)
    if value is None or isinstance(value, str):
        return shown(name.removeprefix(SENT), value, country)
    return str(value)


def _item(name: str, item: str, services: Mapping[str, str]) -> str:
    if name in ("services", "service"):
        return services.get(item, item)
    url, blank, platform = item.partition(" ")
    return f"{show_website(url)}{blank}{platform}" if name == "shops" else item


# --- two versions, and what is wished ---------------------------------------------------------------------------------


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
    held = [part.service.code for part in getattr(there, "services", [])]
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


def wishes_told(request: ChangeRequest, services: Mapping[str, str], country: str) -> list[tuple[Any, Any, Any, Any]]:
    """The single wishes of a request: label, old, new, and how each was answered (None while it is open)."""
    return [
        (
            name_of(item.field, country),
            shown(item.field, item.old, country) if isinstance(item.old, str) else "",
            wished(item.field, item.new, services, country),
            item.accepted,
        )
        for item in request.items
    ]


def wished(name: str, value: Any, services: Mapping[str, str], country: str) -> str:
    """A wished value in words: a field's, a service's name, or a shop's address with its platform."""
    if isinstance(value, dict):
        return _shop_line(str(value.get("url", "")), str(value.get("platform", "")))
    if name == "service":
        return services.get(str(value), str(value))
    return shown(name, value, country) or _("to be removed")


# --- words for templates ----------------------------------------------------------------------------------------------


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
    "lead_said": said,
    "request_said": request_said,
    "field_name": name_of,
    "service_names": lambda services: {service.code: service.name for service in services},
}
"""Made known to all templates by the door `public`."""
