"""Two versions of a support agreement side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cooperation import words
from app.cooperation.models import SupportAgreement
from app.cooperation.told import FIELDS, shown
from app.core.carried import number_in
from app.core.i18n import format_number

COMPARED = (
    "customer_first",
    "customer_channel",
    "customer_contact",
    "partner_channel",
    "partner_contact",
    "answer_hours",
    "training",
    "training_on",
    "deviation",
    "remarks",
)
"""In the order in which pages show them."""


def beside(agreement: SupportAgreement, versions: Sequence[SupportAgreement], wish: str) -> dict[str, Any]:
    """For a page about `agreement`: the versions it can be compared with, and the comparison that was asked for;
    without a wish, that with the version before it."""
    others = [one for one in versions if one.id != agreement.id]
    wanted = number_in(wish, -1) if wish else agreement.number - 1
    other = next((one for one in others if one.number == wanted), None)
    return {"others": others, "other": other, "rows": rows(other, agreement) if other is not None else []}


def rows(old: SupportAgreement, new: SupportAgreement) -> list[dict[str, Any]]:
    """One for each thing that is agreed, as `compare` draws them."""
    return [
        {"label": FIELDS[name], "values": list(pair), "differs": pair[0] != pair[1]}
        for name, pair in zip(COMPARED, zip(values_of(old), values_of(new), strict=True), strict=True)
    ]


def values_of(agreement: SupportAgreement) -> list[str]:
    """In words, in the order of `COMPARED`."""
    return [_value(agreement, name) for name in COMPARED]


def _value(agreement: SupportAgreement, name: str) -> str:
    value = getattr(agreement, name)
    if name == "customer_first":
        return str(words.first(value))
    if name == "answer_hours" and value is not None:
        return str(format_number(value))
    return str(shown(name, value))
