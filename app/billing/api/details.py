"""Billing details for programs: read, add, edit."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from flask import Response, url_for
from marshmallow import fields

from app.access.guard import actor, may, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.billing import outlook, story
from app.billing.api import blueprint
from app.billing.api.invoices import RATE, account_ref, rate
from app.billing.forms.api import DetailFilter, DetailTermsSent, NewDetail
from app.billing.forms.details import DetailForm
from app.billing.models import BillingDetail, BillingPause, BillingPrice
from app.billing.outlook import Priced
from app.billing.queries import details as queries
from app.billing.queries.details import Filter
from app.billing.queries.invoices import vendor_today
from app.billing.service import details as service
from app.catalogue import queries as catalogue
from app.core.api import Amount, Creation, Moment, Shape, asked, changes_page, edited, listing, seen, shown, taken
from app.core.db import db
from app.customers import queries as accounts
from app.customers.models import Account
from app.customers.queries import resellers_to_choose
from app.outbox.webhooks.events import ENDPOINTS
from app.partners import gate

ENDPOINTS["billing_detail"] = "billing_api.detail"


@dataclass(frozen=True)
class Seen:
    """A billing detail as this reader may see it."""

    detail: BillingDetail
    day: date
    by_staff: bool

    @property
    def version(self) -> int:
        return self.detail.version

    @property
    def state(self) -> str:
        """As the list narrows by it."""
        if story.pause_on(self.detail, self.day) is not None:
            return "paused"
        return "ended" if self.detail.next_on is None else "running"

    @property
    def account(self) -> str | None:
        return account_ref(self.detail.account)

    @property
    def reseller(self) -> str | None:
        return self.detail.reseller.ref if self.detail.reseller else None

    @property
    def price(self) -> Priced:
        following = self.detail.next_on or self.day
        return outlook.price_of(self.detail.prices, following if self.by_staff else max(following, self.day))

    @property
    def net(self) -> tuple[Decimal, str]:
        return self.price.net, self.detail.currency

    @property
    def prices(self) -> list[BillingPrice]:
        return self.detail.prices if self.by_staff else []

    @property
    def pauses(self) -> list[BillingPause]:
        return sorted(self.detail.pauses, key=lambda pause: pause.from_on) if self.by_staff else []

    @property
    def past_unclear(self) -> bool | None:
        return self.detail.past_unclear if self.by_staff else None


class PriceShape(Shape):
    from_on = fields.Date(metadata={"description": "Periods that begin on this day or later have it"})
    net = fields.Function(lambda price: f"{price.net:.2f}", metadata={"type": "string", "example": "149.00"})
    vat_rate = fields.Function(lambda price: rate(price.vat_rate), metadata=RATE)


class PauseShape(Shape):
    from_on = fields.Date()
    until_on = fields.Date(allow_none=True, metadata={"description": "The last day; null while nobody knows"})


class BillingDetailShape(Shape):
    """What a customer is invoiced for, once or period by period."""

    ref = fields.String(attribute="detail.ref", metadata={"example": "B-7K3F9Q2M"})
    state = fields.String(metadata={"enum": list(queries.STATES)})
    account = fields.String(
        allow_none=True, metadata={"description": "Reference; null to a reseller whose account it is not"}
    )
    customer = fields.String(attribute="detail.account.company_name")
    service = fields.String(attribute="detail.service.code", metadata={"description": "Code of the service"})
    text = fields.String(attribute="detail.text", metadata={"description": "What stands on the invoice beside it"})
    months = fields.Integer(
        attribute="detail.months", metadata={"enum": [0, 1, 6, 12, 36], "description": "Of a period; 0 for one-off"}
    )
    net = fields.Nested(Amount, metadata={"description": "Of the next period, without VAT"})
    vat_rate = fields.Function(lambda seen: rate(seen.price.vat_rate), metadata=RATE)
    starts_on = fields.Date(attribute="detail.starts_on", metadata={"description": "From which periods are counted"})
    ends_on = fields.Date(
        attribute="detail.ends_on", allow_none=True, metadata={"description": "Last day on which a period may begin"}
    )
    next_on = fields.Date(
        attribute="detail.next_on", allow_none=True, metadata={"description": "First day of the next period"}
    )
    reseller = fields.String(
        allow_none=True, metadata={"description": "To whom it is credited; null for what was sold directly"}
    )
    prices = fields.List(fields.Nested(PriceShape), metadata={"description": "Earliest first; empty to resellers"})
    pauses = fields.List(fields.Nested(PauseShape), metadata={"description": "Earliest first; empty to resellers"})
    past_unclear = fields.Boolean(
        allow_none=True,
        metadata={"description": "Nobody has said yet whether earlier periods were invoiced elsewhere"},
    )
    created_at = Moment(attribute="detail.created_at")
    updated_at = Moment(attribute="detail.updated_at")
    version = fields.Integer(attribute="detail.version", metadata={"description": "Raised by every change"})


def _seen(details: Iterable[BillingDetail]) -> list[Seen]:
    day, by_staff = vendor_today(), may(P.BILLING_READ)
    return [Seen(detail, day, by_staff) for detail in details]


@blueprint.operation("GET", "/billing-details", gives=BillingDetailShape, lists=True, asks=DetailFilter)
@requires(P.API_BILLING_READ)
@scope(Scope.BILLING_READ)
def details() -> Response:
    """List billing details.

    The one that changed longest ago comes first. A reseller's token shows those credited to the reseller.
    """
    by = asked(DetailFilter)
    wanted = Filter(
        q=by.q.data if may(P.BILLING_READ) else "",
        reseller=by.reseller.data,
        state=by.state.data,
        currency=by.currency.data,
    )
    query = queries.narrowed(queries.for_list(queries.visible_to(actor())), wanted, vendor_today())
    if by.q.data and not may(P.BILLING_READ):
        query = queries.searched_by(gate.standing().reseller.id, query, by.q.data)
    if by.service.data:
        sold = catalogue.by_code(by.service.data)
        query = query.where(BillingDetail.service_id == sold.id if sold else sa.false())
    if by.account.data:
        known = accounts.visible_to(actor()).where(Account.ref == by.account.data)
        query = query.where(BillingDetail.account_id.in_(known.with_only_columns(Account.id)))
    page = changes_page(query, by, BillingDetail.updated_at, BillingDetail.id)
    return listing(BillingDetailShape, replace(page, items=_seen(page.items)))


@blueprint.operation("GET", "/billing-details/<ref>", gives=BillingDetailShape)
@requires(P.API_BILLING_READ)
@scope(Scope.BILLING_READ)
def detail(ref: str) -> Response:
    """Read a billing detail."""
    return shown(BillingDetailShape, _seen([_found(ref)])[0])


def _found(ref: str) -> BillingDetail:
    return queries.whole(queries.visible_to(actor()), ref)


def _added(id: int) -> Response:
    query = queries.for_list(sa.select(BillingDetail).where(BillingDetail.id == id))
    found = db.session.scalars(query.execution_options(populate_existing=True)).unique().one()
    where = url_for("billing_api.detail", ref=found.ref)
    return shown(BillingDetailShape, _seen([found])[0], status=201, location=where)


@blueprint.operation(
    "POST",
    "/accounts/<ref>/billing-details",
    gives=BillingDetailShape,
    takes=NewDetail,
    creates=Creation("billing_detail", _added),
)
@requires(P.BILLING_EDIT)
@scope(Scope.BILLING_WRITE)
def add(ref: str) -> int:
    """Add a billing detail to an account.

    The account gets the service where it did not have it. `past` and `taken_over_until` are asked when the first day
    lies more than a month back.
    """
    account = accounts.whole(accounts.visible_to(actor()), ref)
    if not account.is_live:
        raise service.AccountClosed
    held = {each.service_id for each in account.services}
    form = taken(lambda: _blank(account, held))
    sold = catalogue.by_code(form.service.data)
    assert sold is not None
    return service.add(account.id, form.terms(sold.id, form.credited_to(account)), actor()).id


@blueprint.operation("PATCH", "/billing-details/<ref>", gives=BillingDetailShape, takes=DetailTermsSent, edits=True)
@requires(P.BILLING_EDIT)
@scope(Scope.BILLING_WRITE)
def edit(ref: str) -> Response:
    """Edit a billing detail.

    What is left out stays as it is. Once a period was dealt with, or another price or a pause was agreed, only `text`,
    `credit` and `reseller` are taken; prices, pauses and an end are then agreed at the desk.
    """
    found = _found(ref)
    version = seen(found)
    form = edited(lambda: _filled(found))
    service.edit(found.id, version, form.terms(found.service_id, form.credited_to(found.account), found), actor())
    return shown(BillingDetailShape, _seen([_found(ref)])[0])


def _filled(found: BillingDetail) -> DetailTermsSent:
    form = DetailTermsSent(data=DetailForm.values_of(found))
    fresh = not found.periods and not found.pauses and len(found.prices) == 1
    (form.for_fresh if fresh else form.for_running)()
    form.offer(found.account.reseller, resellers_to_choose())
    return form


def _blank(account: Account, held: Collection[int]) -> NewDetail:
    form = NewDetail()
    form.offer(account.reseller, resellers_to_choose())
    form.offer_services(held)
    return form
