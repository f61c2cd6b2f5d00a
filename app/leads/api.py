"""Leads for programs: read, register, edit until converted, convert."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response, url_for
from marshmallow import fields

from app.access.guard import actor, may, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import Creation, Door, Moment, asked, changes_page, edited, listing, seen, shown, taken
from app.core.db import db
from app.core.errors import FieldError, Forbidden
from app.core.i18n import _l
from app.core.search import matching
from app.customers import queries as customers
from app.customers.models import Account
from app.customers.shapes import AccountShape, CompanyShape, ShopShape
from app.imports.values import language_of
from app.leads import queries
from app.leads.forms.api import LeadConversion, LeadEdit, LeadFilter, LeadRegistration
from app.leads.models import Lead
from app.leads.service import conversion, editing, registration
from app.leads.service.conversion import Choice
from app.outbox.webhooks.events import ENDPOINTS
from app.partners import gate
from app.partners import queries as partners
from app.partners.models import Reseller
from app.partners.queries import OpenForm

blueprint = Door("leads", __name__, "Companies that resellers register, from registration to account.")
ENDPOINTS["lead"] = "leads_api.lead"


def _account_ref(lead: Lead) -> str | None:
    """To a reseller only while the account is credited to it."""
    account = lead.account
    if account is None or not (may(P.ACCOUNTS_READ) or account.reseller_id == lead.reseller_id):
        return None
    return account.ref


class LeadShape(CompanyShape):
    ref = fields.String(metadata={"description": "By which everybody calls it", "example": "L-7K3F9Q2M"})
    state = fields.String(
        metadata={"enum": ["submitted", "accepted", "converted", "declined", "withdrawn"], "example": "submitted"}
    )
    reseller = fields.String(attribute="reseller.ref", metadata={"description": "Reference of who registered it"})
    typed_by = fields.String(metadata={"enum": ["reseller", "client"], "description": "Who filled in the form"})
    locale = fields.String(metadata={"description": "In which the contact person is written to", "example": "pl"})
    services = fields.Function(
        lambda lead: [held.service.code for held in lead.services],
        metadata={"type": "array", "items": {"type": "string"}, "description": "Codes of services"},
    )
    shops = fields.List(fields.Nested(ShopShape))
    reason = fields.String(allow_none=True, metadata={"description": "Why it was declined or withdrawn"})
    answer_by = Moment(metadata={"description": "When the vendor promised to answer, or to open the account"})
    account = fields.Function(
        _account_ref,
        metadata={"type": ["string", "null"], "description": "Reference of the account that it became"},
    )
    created_at = Moment()
    updated_at = Moment()
    version = fields.Integer(metadata={"description": "Raised by every change"})


@blueprint.operation("GET", "/leads", gives=LeadShape, lists=True, asks=LeadFilter)
@requires(P.API_LEADS_READ)
@scope(Scope.LEADS_READ)
def leads() -> Response:
    """List leads.

    The one that changed longest ago comes first, so that whoever follows `next`, and later asks again from the last
    cursor, misses no change. A reseller's token shows the reseller's own leads.
    """
    by = asked(LeadFilter)
    query = queries.whole(queries.visible_to(actor()))
    if by.state.data:
        query = query.where(Lead.state == by.state.data)
    if by.reseller.data:
        reseller = sa.select(Reseller.id).where(Reseller.ref == by.reseller.data).scalar_subquery()
        query = query.where(Lead.reseller_id == reseller)
    if by.q.data:
        query = query.where(matching(Lead, by.q.data))
    return listing(LeadShape, changes_page(query, by, Lead.updated_at, Lead.id))


@blueprint.operation("GET", "/leads/<ref>", gives=LeadShape)
@requires(P.API_LEADS_READ)
@scope(Scope.LEADS_READ)
def lead(ref: str) -> Response:
    """Read a lead."""
    return shown(LeadShape, queries.find_by_ref(actor(), ref))


def _registered(id: int) -> Response:
    found = queries.whole_by_id(id)
    return shown(LeadShape, found, status=201, location=url_for("leads_api.lead", ref=found.ref))


@blueprint.operation("POST", "/leads", gives=LeadShape, takes=LeadRegistration, creates=Creation("lead", _registered))
@requires(P.API_LEADS_WRITE)
@scope(Scope.LEADS_WRITE)
def register() -> int:
    """Register a lead.

    A reseller's token registers for the reseller, as its personal link does. A token of the vendor's names the
    reseller. Where the reseller has an open lead of the company already, the registration joins it, and that lead is
    the answer. The contact person is told by mail what is kept about them.
    """
    form = taken(LeadRegistration)
    details = form.to_details()
    locale = form.locale.data or language_of(details.country)
    here = gate.standing_of(actor())
    if here is not None:
        if form.reseller.data:
            raise FieldError("reseller", _l("A reseller registers for itself. Leave this out."))
        behind = partners.form_behind(here.slug) if here.slug else None
        if not isinstance(behind, OpenForm):
            raise Forbidden(_l("New clients cannot be registered now. Sign in to the panel to see why."))
        return registration.register(behind.link, details, by=actor(), locale=locale).lead_id
    if not form.reseller.data:
        raise FieldError("reseller", _l("Say for which reseller: its reference."))
    reseller = db.session.scalar(partners.visible_to(actor()).where(Reseller.ref == form.reseller.data))
    if reseller is None or not reseller.is_active:
        raise FieldError("reseller", _l("There is no active reseller of this reference."))
    return registration.enter(reseller, details, by=actor(), locale=locale).lead_id


@blueprint.operation("PATCH", "/leads/<ref>", gives=LeadShape, takes=LeadEdit, edits=True)
@requires(P.API_LEADS_WRITE)
@scope(Scope.LEADS_WRITE)
def edit(ref: str) -> Response:
    """Edit a lead until it is converted.

    What is left out stays as it is; a list is replaced as a whole. Another company number is another claim: an
    accepted lead is checked anew then.
    """
    found = queries.find_by_ref(actor(), ref)
    version = seen(found)
    form = edited(lambda: LeadEdit.of(found, version))
    editing.edit(found.id, version, form.to_details(), actor())
    return shown(LeadShape, queries.find_by_ref(actor(), ref))


def _converted(account_id: int) -> Response:
    account = customers.whole_by_id(account_id)
    return shown(AccountShape, account, status=201, location=url_for("customers_api.account", ref=account.ref))


@blueprint.operation(
    "POST",
    "/leads/<ref>/conversion",
    gives=AccountShape,
    takes=LeadConversion,
    creates=Creation("account", _converted),
    edits=True,
)
@requires(P.LEADS_CONVERT)
@scope(Scope.LEADS_WRITE)
def convert(ref: str) -> int:
    """Convert an accepted lead.

    A new account is opened with all that the lead holds, or the lead joins the account named in `into`, which keeps
    its own values and gets the lead's services and shops. Billing details and a plan are begun at the desk.
    """
    found = queries.find_by_ref(actor(), ref)
    version = seen(found)
    form = taken(LeadConversion)
    into = form.into.data or None
    account_version = 0
    if into is not None:
        joined = db.session.scalar(customers.visible_to(actor()).where(Account.ref == into))
        if joined is None:
            raise FieldError("into", _l("There is no account of this reference."))
        account_version = joined.version
    choice = Choice(
        lead_version=version,
        into=into,
        account_version=account_version,
        values={"reseller": "lead"} if into else {},
        service_ids=frozenset(held.service_id for held in found.services),
        shop_ids=frozenset(shop.id for shop in found.shops),
    )
    return conversion.convert(found.id, choice, actor()).id
