"""Resellers for programs: read."""

from __future__ import annotations

from flask import Response
from marshmallow import fields

from app.access.guard import actor, requires, scope
from app.access.permissions import P
from app.access.scopes import Scope
from app.core import identifiers
from app.core.api import Door, ListForm, Moment, Shape, asked, asked_page, listing, shown
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.outbox.webhooks.events import ENDPOINTS
from app.partners import queries
from app.partners.models import Reseller, ResellerState
from app.partners.queries import Standing

blueprint = Door("resellers", __name__, "Companies that win customers for the vendor.")
ENDPOINTS["reseller"] = "resellers_api.reseller"


class ResellerFilter(ListForm):
    state = ChoiceField(
        _l("In this state only; `no_terms`: active, without an acceptance of the terms in force"),
        [Optional()],
        choices=[(standing, standing) for standing in Standing],
    )
    q = TextField(_l("Words to look for: reference, name, contact person"), [Optional()], limit=200)


class ResellerShape(Shape):
    ref = fields.String(metadata={"example": "P-4M8Q2W7X"})
    name = fields.String(attribute="organisation.name")
    state = fields.String(metadata={"enum": [state.value for state in ResellerState]})
    suspension = fields.String(allow_none=True, metadata={"description": "Why it is suspended, as it reads it"})
    suspended_at = Moment(allow_none=True)
    contact_name = fields.String()
    city = fields.String(metadata={"description": "May be empty"})
    country = fields.String(metadata={"description": "May be empty"})
    company_number = fields.Function(
        lambda found: identifiers.show_company_number(found.country, found.company_key.partition(":")[2]),
        metadata={"type": "string", "description": "May be empty"},
    )
    terms_version = fields.Integer(metadata={"description": "Number of the newest terms it accepted; 0 for none"})
    created_at = Moment()
    version = fields.Integer(metadata={"description": "Raised by every change"})


@blueprint.operation("GET", "/resellers", gives=ResellerShape, lists=True, asks=ResellerFilter)
@requires(P.API_RESELLERS_READ)
@scope(Scope.PARTNERS_READ)
def resellers() -> Response:
    """List resellers.

    The one that joined first comes first. A reseller's token shows the reseller itself.
    """
    by = asked(ResellerFilter)
    query = queries.resellers(actor(), Standing(by.state.data) if by.state.data else None, by.q.data)
    return listing(ResellerShape, asked_page(query, by, Reseller.created_at, Reseller.id))


@blueprint.operation("GET", "/resellers/<ref>", gives=ResellerShape)
@requires(P.API_RESELLERS_READ)
@scope(Scope.PARTNERS_READ)
def reseller(ref: str) -> Response:
    """Read a reseller."""
    return shown(ResellerShape, queries.reseller(actor(), ref))
