"""The public directory of integrations for programs: open to everybody, as its pages are."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app.access.guard import public
from app.core.api import Door, ListForm, Moment, Shape, asked, asked_page, listing, shown
from app.core.db import db
from app.core.errors import NotFound
from app.core.forms import ChoiceField, Optional, TextField
from app.core.i18n import _l
from app.core.search import contains
from app.directory.queries import entries
from app.integrations.models import Integration, PackageKind, PassedOn, Sells
from app.outbox.render import absolute_url
from app.outbox.webhooks.events import ENDPOINTS

blueprint = Door("integrations", __name__, "The public directory: which products pass what on to which packages.")
ENDPOINTS["integration"] = "integrations_api.integration"


class IntegrationFilter(ListForm):
    category = ChoiceField(_l("Products of this category only"), [Optional()], choices=[(code, code) for code in Sells])
    package = TextField(_l("With the package of this slug only"), [Optional()], limit=60)
    q = TextField(_l("Words to look for: product, software partner, package"), [Optional()], limit=200)


def _page_of(integration: Integration) -> str:
    category = entries.home_of(integration.product)
    return absolute_url("directory_public.integration", category=category, slug=integration.slug)


_CODES: dict[str, Any] = {"description": "What is passed on"}


class IntegrationShape(Shape):
    ref = fields.String(metadata={"example": "IN-7R2C5W9M"})
    slug = fields.String()
    url = fields.Function(_page_of, metadata={"type": "string", "description": "Its page for people"})
    product = fields.String(attribute="product.name")
    sells = fields.List(fields.String(metadata={"enum": [code.value for code in Sells]}), attribute="product.sells")
    website = fields.String(attribute="product.website", allow_none=True)
    software_partner = fields.String(
        attribute="product.partner.organisation.name", metadata={"description": "Its name"}
    )
    package = fields.String(attribute="package.slug", metadata={"description": "Its slug"})
    package_name = fields.String(attribute="package.name")
    package_kind = fields.String(attribute="package.kind", metadata={"enum": [kind.value for kind in PackageKind]})
    passes = fields.List(fields.String(metadata={"enum": [code.value for code in PassedOn]}), metadata=_CODES)
    listed_at = Moment(allow_none=True)
    checked_on = fields.Date(allow_none=True, metadata={"description": "When the vendor last tried the manual"})
    updated_at = Moment()


@blueprint.operation("GET", "/integrations", gives=IntegrationShape, lists=True, asks=IntegrationFilter)
@public
def integrations() -> Response:
    """List the integrations of the public directory.

    By product and package. No token is needed.
    """
    by = asked(IntegrationFilter)
    query = entries.listed()
    if by.category.data:
        query = query.where(entries.sells(by.category.data))
    if by.package.data:
        query = query.where(entries.is_with(by.package.data))
    if by.q.data:
        query = query.where(contains(Integration.search, by.q.data))
    return listing(IntegrationShape, asked_page(query, by, Integration.name_sort, Integration.id))


@blueprint.operation("GET", "/integrations/<ref>", gives=IntegrationShape)
@public
def integration(ref: str) -> Response:
    """Read an integration of the public directory."""
    found = db.session.scalar(entries.listed().where(Integration.ref == ref))
    if found is None:
        raise NotFound
    return shown(IntegrationShape, found)
