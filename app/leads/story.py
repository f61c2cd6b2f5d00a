"""The history of a lead as resellers and staff read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from app.core.i18n import _, _l, format_date
from app.core.identifiers import show_website
from app.customers.fields import name_of, shown
from app.customers.story import Part
from app.history import words
from app.history.models import HistoryEntry, HistoryValue
from app.history.words import Told
from app.leads.models import Lead
from app.leads.queries.home import NOTE, News
from app.leads.service.registration import SENT
from app.leads.states import STATE_NAMES
from app.settings.processes import runs

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

STAFF_ONLY = {"person.exported"}
"""Verbs that only staff read. Features above add theirs: what they tell of a lead is not its reseller's to know."""

LABELS: dict[str, Any] = {}
"""What features above call the fields of their own verbs, as lazy words."""

WORDS: dict[tuple[str, Any], Any] = {}
"""Field and code -> lazy words, for the fields above whose values are codes."""

MILESTONES = {"lead.submitted", "lead.accepted", "lead.declined", "lead.withdrawn", "lead.reopened", "lead.converted"}


_NEWS: dict[str, Any] = {
    **VERBS,
    "lead.changed": _l("Details changed"),
    "account.edited": _l("Details of the account changed"),
    NOTE: _l("A note was added"),
}


def news_said(told: News) -> list[str]:
    """What happened to a lead or account, the latest first, for the home and the digest."""
    return [str(_NEWS[verb]) for verb in told.verbs]


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
    text = str(VERBS[entry.verb] if entry.verb in VERBS else words.of(entry.verb))
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


def _label(value: HistoryValue, country: str) -> Any:
    if value.field in LABELS:
        return LABELS[value.field]
    if value.field.startswith(SENT):
        return _("%(field)s, not taken over", field=name_of(value.field.removeprefix(SENT), country))
    return name_of(value.field, country)


def _value(name: str, value: Any, country: str, services: Mapping[str, str], *, erased: bool) -> Any:
    if erased:
        return _("erased")
    if name in LABELS:
        day = name.endswith("_on") and isinstance(value, str)
        return format_date(date.fromisoformat(value)) if day else WORDS.get((name, value), value) or None
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


# --- what others add --------------------------------------------------------------------------------------------------

DESK_PARTS: list[Callable[[Lead], Part | None]] = []
"""Parts of a lead's page at the desk that features above bring, filled when they are imported; each asks a constant
number of queries. Resellers see none of them."""


def parts(lead: Lead) -> list[Part]:
    """Those of the processes that are switched on."""
    return [part for make in DESK_PARTS if runs(make.__module__) and (part := make(lead)) is not None]
