"""Software partners for programs: read."""

from __future__ import annotations

from flask import Response
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core.api import Door, ListForm, Moment, Shape, asked, asked_page, listing, shown
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.integrations.models import PartnerState, Sells, SoftwarePartner
from app.integrations.queries import partners as queries
from app.integrations.queries.partners import Standing
from app.outbox.webhooks.events import ENDPOINTS
from app.people.shapes import SomebodyShape

blueprint = Door("software_partners", __name__, "Companies whose software passes sales on to the vendor.")
ENDPOINTS["software_partner"] = "software_partners_api.software_partner"


class SoftwarePartnerFilter(ListForm):
    state = ChoiceField(
        _l("In this state only; `active`: its plan has not gone live yet, `operational`: it has"),
        [Optional()],
        choices=[(standing, standing) for standing in Standing],
    )
    q = TextField(_l("Words to look for: reference, name, website, products"), [Optional()], limit=200)


class ProductShape(Shape):
    ref = fields.String(metadata={"example": "PR-3X7M2K9D"})
    name = fields.String()
    sells = fields.List(fields.String(metadata={"enum": [code.value for code in Sells]}))
    archived = fields.Function(lambda product: product.archived_at is not None, metadata={"type": "boolean"})


class SoftwarePartnerShape(Shape):
    ref = fields.String(metadata={"example": "SP-5B8N4J2V"})
    name = fields.String(attribute="organisation.name")
    state = fields.String(metadata={"enum": [state.value for state in PartnerState]})
    country = fields.String()
    website = fields.String(allow_none=True)
    locale = fields.String(metadata={"example": "fi"})
    manager = fields.Nested(SomebodyShape, allow_none=True, metadata={"description": "Who looks after it"})
    plan = fields.Function(
        lambda partner: partner.plan.ref if partner.plan else None,
        metadata={"type": ["string", "null"], "description": "Reference of its plan"},
    )
    products = fields.List(fields.Nested(ProductShape))
    created_at = Moment()
    ended_at = Moment(allow_none=True)
    end_reason = fields.String(metadata={"description": "Why the cooperation ended; else empty"})
    version = fields.Integer(metadata={"description": "Raised by every change"})


@blueprint.operation("GET", "/software-partners", gives=SoftwarePartnerShape, lists=True, asks=SoftwarePartnerFilter)
@requires(P.SOFTWARE_PARTNERS_READ)
@scope(Scope.PARTNERS_READ)
def software_partners() -> Response:
    """List software partners.

    The one that joined first comes first.
    """
    by = asked(SoftwarePartnerFilter)
    standing = Standing(by.state.data) if by.state.data else None
    query = queries.with_products(queries.partners(actor(), standing, by.q.data))
    return listing(SoftwarePartnerShape, asked_page(query, by, SoftwarePartner.created_at, SoftwarePartner.id))


@blueprint.operation("GET", "/software-partners/<ref>", gives=SoftwarePartnerShape)
@requires(P.SOFTWARE_PARTNERS_READ)
@scope(Scope.PARTNERS_READ)
def software_partner(ref: str) -> Response:
    """Read a software partner."""
    return shown(SoftwarePartnerShape, queries.partner(actor(), ref))
