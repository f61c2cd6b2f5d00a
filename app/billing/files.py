"""The file for the invoicing system: its columns, and how a period stands in it, as CSV, Excel or JSON.

The columns are named by codes and not translated: a program reads them, and a hand-over's file must be the same for
whoever downloads it, whenever (docs/decisions/007).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from itertools import chain, islice
from typing import Any

from flask import Response, stream_with_context

from app.billing.models import BillingPeriod, HandOver
from app.billing.queries.due import DuePeriod
from app.core.i18n import _l
from app.core.money import rounded, vat_of
from app.core.tables import table_response

COLUMNS: Mapping[str, Any] = {
    "id": _l("Stable id of the period: the same for ever, also after a hand-over was taken back"),
    "hand_over": _l("Reference of the hand-over; empty in a preview"),
    "detail": _l("Reference of the billing detail"),
    "period": _l("Number of the period, counted from 0"),
    "from": _l("First day of the period"),
    "until": _l("Last day of the period"),
    "account": _l("Reference of the customer's account"),
    "company": _l("The customer's name"),
    "country": _l("The customer's country, two letters"),
    "company_number": _l("The customer's company number"),
    "vat_number": _l("The customer's VAT number, if known"),
    "service": _l("Code of the service"),
    "service_name": _l("Name of the service in the customer's language"),
    "text": _l("Text for the invoice, if any"),
    "net": _l("Net amount"),
    "vat_rate": _l("VAT rate in per cent; empty where no VAT is charged"),
    "vat": _l("VAT, rounded to the cent"),
    "gross": _l("Net amount and VAT together"),
    "currency": _l("Currency, three letters"),
    "reseller": _l("Reference of the credited reseller; empty for what was sold directly"),
    "reseller_name": _l("Name of the credited reseller"),
}
"""Name and meaning of each, in order."""

STATE = {"state": _l("due, handed_over, invoiced, or taken_over for a period that was invoiced elsewhere before")}
INVOICE = {"invoice": _l("Number of the invoice on which it was found, if any")}


def row_of_due(line: DuePeriod) -> dict[str, Any]:
    """A period that nobody dealt with, as it would be handed over now."""
    detail, account, service = line.detail, line.detail.account, line.detail.service
    return _row(
        line.ref,
        "",
        line.period.number,
        (line.period.starts_on, line.period.ends_on),
        {
            "account": account.ref,
            "company": account.company_name,
            "country": account.country,
            "company_number": account.company_number,
            "vat_number": account.vat_number or "",
            "service": service.code,
            "service_name": service.names.get(account.locale) or service.names.get("en") or service.code,
            "text": detail.text,
            "reseller": detail.reseller.ref if detail.reseller else "",
            "reseller_name": detail.reseller.organisation.name if detail.reseller else "",
        },
        line.price.net,
        line.price.vat_rate,
        detail.currency,
    )


def row_of_period(held: BillingPeriod, hand_over: str, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """A period that was dealt with, from what was written down then."""
    return _row(
        held.ref,
        hand_over,
        held.number,
        (held.starts_on, held.ends_on),
        given or held.given or {},
        held.net,
        held.vat_rate,
        held.currency,
    )


def _row(
    ref: str,
    hand_over: str,
    number: int,
    days: tuple[date, date],
    given: Mapping[str, Any],
    net: Decimal,
    rate: Decimal | None,
    currency: str,
) -> dict[str, Any]:
    net, vat = rounded(net), vat_of(net, rate)
    own = {
        "id": ref,
        "hand_over": hand_over,
        "detail": ref.rpartition("/")[0],
        "period": number,
        "from": days[0],
        "until": days[1],
        "net": net,
        "vat_rate": rate,
        "vat": vat,
        "gross": net + vat,
        "currency": currency,
    }
    return {name: own[name] if name in own else given.get(name, "") for name in COLUMNS}


def response(
    format: str, stem: str, head: Mapping[str, Any], rows: Iterable[dict[str, Any]], columns: Iterable[str] = COLUMNS
) -> Response:
    """The rows as a CSV, XLSX or JSON file, written while they are read; `head` is what JSON says before them."""
    names = list(columns)
    if format != "json":
        return table_response(format, stem, names, ([row[name] for name in names] for row in rows))
    chunks = _json(head, rows)
    first = next(chunks)
    made = Response(stream_with_context(chain([first], chunks)), mimetype="application/json")
    made.headers["Content-Disposition"] = f'attachment; filename="{stem}.json"'
    made.headers["X-Content-Type-Options"] = "nosniff"
    made.headers["Cache-Control"] = "no-store"
    return made


def _json(head: Mapping[str, Any], rows: Iterable[dict[str, Any]]) -> Iterator[bytes]:
    """One object: what `head` says, then `periods`, one a line. Amounts are strings, so that no reader rounds them."""
    opening = json.dumps({**head, "periods": []}, default=str, ensure_ascii=False)
    each, between = iter(rows), "\n"
    text = opening.removesuffix("]}")
    while batch := list(islice(each, 100)):
        for row in batch:
            text += between + json.dumps(row, default=str, ensure_ascii=False)
            between = ",\n"
        yield text.encode()
        text = ""
    yield f"{text}\n]}}\n".encode()


def head_of(made: HandOver) -> dict[str, Any]:
    """What the file of a hand-over says of itself."""
    return {
        "hand_over": made.ref,
        "until": made.until_on,
        "made_at": made.made_at.isoformat(timespec="seconds"),
        "count": made.count,
    }
