"""Service partners for programs: read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from flask import Response
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import ChangesForm, Door, Moment, Shape, asked, changes_page, listing, shown
from app.core.db import db
from app.core.errors import NotFound
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.followups.models import PartnerState, ServicePartner
from app.followups.queries import partners as queries
from app.followups.queries.partners import Load, Standing
from app.outbox.webhooks.events import ENDPOINTS

blueprint = Door("service_partners", __name__, "Firms that do year-end work for the vendor's customers.")
ENDPOINTS["service_partner"] = "service_partners_api.service_partner"


@dataclass(frozen=True)
class Seen:
    """A service partner and how many companies it has."""

    partner: ServicePartner
    load: Load

    @property
    def version(self) -> int:
        return self.partner.version


class ServicePartnerFilter(ChangesForm):
    state = ChoiceField(_l("In this state only"), [Optional()], choices=[(state, state) for state in PartnerState])
    q = TextField(_l("Words to look for: reference, name, place"), [Optional()], limit=200)


class ServicePartnerShape(Shape):
    ref = fields.String(attribute="partner.ref", metadata={"example": "SP-9T3K6W2R"})
    name = fields.String(attribute="partner.organisation.name")
    state = fields.String(attribute="partner.state", metadata={"enum": [state.value for state in PartnerState]})
    suspension = fields.String(attribute="partner.suspension", metadata={"description": "Why it is suspended"})
    email = fields.String(attribute="partner.email")
    phone = fields.String(attribute="partner.phone", metadata={"description": "With the country's code"})
    country = fields.String(attribute="partner.country")
    company_number = fields.String(attribute="partner.company_number", metadata={"description": "May be empty"})
    postcode = fields.String(attribute="partner.postcode")
    city = fields.String(attribute="partner.city")
    capacity = fields.Integer(
        attribute="partner.capacity", allow_none=True, metadata={"description": "Companies at most; null for no limit"}
    )
    customers = fields.Integer(attribute="load.customers", metadata={"description": "Customers that it has"})
    open_leads = fields.Integer(attribute="load.open", metadata={"description": "Leads that are assigned to it"})
    last_assigned_at = Moment(attribute="partner.last_assigned_at", allow_none=True)
    created_at = Moment(attribute="partner.created_at")
    updated_at = Moment(attribute="partner.updated_at")
    version = fields.Integer(metadata={"description": "Raised by every change"})


def _seen(partners: Iterable[ServicePartner]) -> list[Seen]:
    found = list(partners)
    loads = queries.loads([partner.id for partner in found])
    return [Seen(partner, loads.get(partner.id, Load())) for partner in found]


@blueprint.operation("GET", "/service-partners", gives=ServicePartnerShape, lists=True, asks=ServicePartnerFilter)
@requires(P.SERVICE_PARTNERS_READ)
@scope(Scope.PARTNERS_READ)
def service_partners() -> Response:
    """List service partners.

    The one that changed longest ago comes first.
    """
    by = asked(ServicePartnerFilter)
    query = queries.partners(actor(), Standing(by.state.data) if by.state.data else None, by.q.data)
    page = changes_page(query, by, ServicePartner.updated_at, ServicePartner.id)
    return listing(ServicePartnerShape, replace(page, items=_seen(page.items)))


@blueprint.operation("GET", "/service-partners/<ref>", gives=ServicePartnerShape)
@requires(P.SERVICE_PARTNERS_READ)
@scope(Scope.PARTNERS_READ)
def service_partner(ref: str) -> Response:
    """Read a service partner."""
    found = db.session.scalar(queries.visible_to(actor()).where(ServicePartner.ref == ref))
    if found is None:
        raise NotFound
    return shown(ServicePartnerShape, _seen([found])[0])
