"""How often something is invoiced, and what happened to a service, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from app.catalogue.models import PERIODS
from app.core.i18n import LOCALES, NAMES, _, _l
from app.core.money import rate_written, written
from app.history.models import HistoryEntry
from app.history.words import Told

PERIOD_NAMES: Mapping[int, Any] = {
    0: _l("One-off"),
    1: _l("Every month"),
    6: _l("Every 6 months"),
    12: _l("Every year"),
    36: _l("Every 3 years"),
}

FIELD_NAMES: Mapping[str, Any] = {
    "names": _l("Name of the service"),
    "hints": _l("Explanation"),
    "offered": _l("Can be chosen on forms"),
    "net": _l("Net amount"),
    "currency": _l("Currency"),
    "vat_rate": _l("VAT rate"),
    "months": _l("How often it is invoiced"),
    "position": _l("Place in the list"),
}

VERBS: Mapping[str, Any] = {
    "service.added": _l("Service added"),
    "service.changed": _l("Details changed"),
    "service.moved": _l("Place in the list changed"),
}


def period_name(months: int) -> Any:
    """How often, for a number of months out of PERIODS."""
    return PERIOD_NAMES.get(months, "")


def period_choices() -> list[tuple[str, Any]]:
    return [(str(months), PERIOD_NAMES[months]) for months in PERIODS]


def told(entries: Iterable[HistoryEntry], names: Mapping[int, str]) -> list[Told]:
    """The history of a service, for the component `timeline`. `names` are people's by id."""
    return [
        Told(
            entry.at,
            names.get(entry.actor_id, "") if entry.actor_id is not None else _("Automatically"),
            str(VERBS.get(entry.verb, entry.verb)),
            []
            if entry.verb == "service.added"
            else [
                (
                    FIELD_NAMES.get(value.field, value.field),
                    _value(value.field, value.old),
                    _value(value.field, value.new),
                )
                for value in entry.values
            ],
            entry.verb == "service.added",
        )
        for entry in entries
    ]


def _value(field: str, value: Any) -> Any:
    if value is None:
        return ""
    match field:
        case "names" | "hints":
            return [f"{NAMES[code]}: {value[code]}" for code in LOCALES if value.get(code)]
        case "offered":
            return _("Yes") if value else _("No")
        case "months":
            return str(period_name(int(value)))
        case "vat_rate":
            return rate_written(Decimal(value))
        case "net":
            amount, _blank, currency = str(value).partition(" ")
            return written(Decimal(amount), currency)
    return str(value)
