"""What is due to be invoiced, for programs: read, and handed over once."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import Response, url_for
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.billing import files
from app.billing.api import blueprint
from app.billing.api.invoices import RATE, rate
from app.billing.forms.api import DueFilter, HandOverSent
from app.billing.models import BillingDetail, BillingPeriod, HandOver
from app.billing.queries import due as queries
from app.billing.queries import hand_overs
from app.billing.queries.details import named
from app.billing.queries.invoices import vendor_today
from app.billing.service import handing_over as service
from app.core.api import Amount, Creation, ListForm, Moment, Shape, asked, asked_page, listing, shown, taken


def _amount(name: str, words: str) -> Any:
    return fields.Nested(Amount, attribute=name, metadata={"description": words})


def _row(told: Mapping[str, Any]) -> dict[str, Any]:
    """A period as the file for the invoicing system has it; amounts with their currency."""
    return {**told, **{name: (told[name], told["currency"]) for name in ("net", "vat", "gross")}}


class DuePeriodShape(Shape):
    """A period of a billing detail, as the file of a hand-over has it."""

    ref = fields.String(
        attribute="id", metadata={"description": "The stable id: the same for ever", "example": "B-7K3F9Q2M/3"}
    )
    billing_detail = fields.String(attribute="detail", metadata={"description": "Reference of the billing detail"})
    number = fields.Integer(attribute="period", metadata={"description": "Counted from 0"})
    starts_on = fields.Date(attribute="from")
    ends_on = fields.Date(attribute="until")
    account = fields.String(metadata={"description": "Reference of the customer's account"})
    company = fields.String(metadata={"description": "The customer's name"})
    country = fields.String()
    company_number = fields.String()
    vat_number = fields.String(metadata={"description": "May be empty"})
    service = fields.String(metadata={"description": "Code of the service"})
    service_name = fields.String(metadata={"description": "In the customer's language"})
    text = fields.String(metadata={"description": "For the invoice; may be empty"})
    net = _amount("net", "Without VAT")
    vat_rate = fields.Function(lambda row: rate(row["vat_rate"]), metadata=RATE)
    vat = _amount("vat", "VAT, rounded to the cent")
    total = _amount("gross", "With VAT")
    reseller = fields.String(metadata={"description": "To whom it is credited; empty for what was sold directly"})
    reseller_name = fields.String(metadata={"description": "May be empty"})


class HandOverShape(Shape):
    ref = fields.String(metadata={"example": "H-2W6T9R3K"})
    until = fields.Date(attribute="until_on", metadata={"description": "What was due until this day"})
    count = fields.Integer(metadata={"description": "Number of periods"})
    made_at = Moment()
    made_by = fields.String(attribute="made_by.name")
    taken_back_at = Moment(
        allow_none=True, metadata={"description": "Since then its periods are due again, with the same stable ids"}
    )


@blueprint.operation("GET", "/due-periods", gives=DuePeriodShape, lists=True, asks=DueFilter)
@requires(P.BILLING_READ)
@scope(Scope.BILLING_READ)
def due_periods() -> Response:
    """List the periods that are due to be invoiced.

    Until today, or until the day in `until`. Nothing is handed over by looking. The longest due comes first; `limit`
    counts billing details, each with all its periods that are due.
    """
    by = asked(DueFilter)
    until: date = by.until.data or vendor_today()
    page = asked_page(named(queries.due_by(until)), by, BillingDetail.next_on, BillingDetail.id)
    rows = [_row(files.row_of_due(line)) for line in queries.lines_of(page.items, until)]
    return listing(DuePeriodShape, replace(page, items=rows))


@blueprint.operation("GET", "/hand-overs", gives=HandOverShape, lists=True, asks=ListForm)
@requires(P.BILLING_READ)
@scope(Scope.BILLING_READ)
def all_hand_overs() -> Response:
    """List hand-overs to the invoicing system.

    The newest comes first.
    """
    by = asked(ListForm)
    page = asked_page(hand_overs.with_people(), by, HandOver.made_at, HandOver.id, descending=True)
    return listing(HandOverShape, page)


@blueprint.operation("GET", "/hand-overs/<ref>", gives=HandOverShape)
@requires(P.BILLING_READ)
@scope(Scope.BILLING_READ)
def hand_over(ref: str) -> Response:
    """Read a hand-over."""
    return shown(HandOverShape, hand_overs.by_ref(ref))


@blueprint.operation("GET", "/hand-overs/<ref>/periods", gives=DuePeriodShape, lists=True, asks=ListForm)
@requires(P.BILLING_READ)
@scope(Scope.BILLING_READ)
def handed_over(ref: str) -> Response:
    """List the periods of a hand-over.

    The same for ever: every figure and name was written down when it was made.
    """
    by, made = asked(ListForm), hand_overs.by_ref(ref)
    page = asked_page(hand_overs.periods_of(made), by, BillingPeriod.id)
    return listing(DuePeriodShape, replace(page, items=[_row(files.row_of_period(one, ref)) for one in page.items]))


def _made(id: int) -> Response:
    made = hand_overs.by_id(id)
    return shown(HandOverShape, made, status=201, location=url_for("billing_api.hand_over", ref=made.ref))


@blueprint.operation(
    "POST", "/hand-overs", gives=HandOverShape, takes=HandOverSent, creates=Creation("hand_over", _made)
)
@requires(P.BILLING_HAND_OVER)
@scope(Scope.BILLING_WRITE)
def make_hand_over() -> int:
    """Hand over all that is due until a day.

    Each period is handed over once, so nothing is invoiced twice. With `expected`, the number of periods that you
    counted, nothing is handed over if it is another number by now (409).
    """
    form = taken(HandOverSent)
    key = secrets.token_urlsafe(24)  # a second sending has its Idempotency-Key
    assert form.until.data is not None
    return service.hand_over(form.until.data, key, actor(), expected=form.expected.data).id
