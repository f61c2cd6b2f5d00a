"""A company twice, side by side and field by field, for components/compare.html."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.customers.fields import asked_in, name_of, shown
from app.customers.models import COMPANY_FIELDS, CompanyDetails


def choice_rows(
    left: CompanyDetails, right: CompanyDetails, options: tuple[str, str], chosen: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Two records to be made one: equal values are shown, different ones chosen; one that is empty gives way."""
    fields = [field for field in COMPANY_FIELDS if field in {*asked_in(left.country), *asked_in(right.country)}]
    rows = []
    for field in fields:
        ours, theirs = getattr(left, field) or "", getattr(right, field) or ""
        if not ours and not theirs:
            continue
        row: dict[str, Any] = {
            "label": name_of(field, left.country),
            "values": [shown(field, ours, left.country), shown(field, theirs, right.country)],
            "differs": ours != theirs,
        }
        if ours != theirs and field != "country":  # the country goes with the company number
            default = options[1] if not ours else options[0]
            row |= {"name": field, "options": options, "chosen": chosen.get(field, default)}
        rows.append(row)
    return rows


def conflict_rows(there: CompanyDetails, typed: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What somebody else saved meanwhile, beside what was typed."""
    return [
        {
            "label": name_of(field, there.country),
            "values": [
                shown(field, getattr(there, field), there.country),
                shown(field, typed[field], typed["country"] or ""),
            ],
            "differs": (getattr(there, field) or "") != (typed[field] or ""),
        }
        for field in COMPANY_FIELDS
        if getattr(there, field) or typed[field]
    ]
