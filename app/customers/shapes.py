"""Shapes of companies and accounts, as programs read them."""

from __future__ import annotations

from marshmallow import fields

from app.access.guard import may
from app.access.permissions import P
from app.core.api import Moment, Shape


class ShopShape(Shape):
    url = fields.String(metadata={"example": "https://bryza.example"})
    platform = fields.String(metadata={"description": "Empty when nobody said"})


class CompanyShape(Shape):
    """All a company is known by; `null` where nobody said."""

    company_name = fields.String(metadata={"example": "Bryza Rowery Sp. z o.o."})
    country = fields.String(metadata={"enum": ["PL", "NL", "FI", "BE", "FR"]})
    company_number = fields.String(metadata={"description": "NIP, KvK, Y-tunnus, KBO/BCE or SIRET by country"})
    vat_number = fields.String(allow_none=True)
    regon = fields.String(allow_none=True)
    krs = fields.String(allow_none=True)
    einvoice_address = fields.String(allow_none=True)
    einvoice_operator = fields.String(allow_none=True)
    street = fields.String()
    postcode = fields.String()
    city = fields.String()
    website = fields.String(allow_none=True)
    contact_name = fields.String()
    email = fields.String()
    phone = fields.String(
        metadata={"description": "With the country's code, as E.164 has it", "example": "+48612345678"}
    )


class AccountShape(CompanyShape):
    ref = fields.String(metadata={"description": "By which everybody calls it", "example": "C-4M8Q2W7X"})
    state = fields.String(metadata={"enum": ["active", "archived", "merged"]})
    reseller = fields.Function(
        lambda account: account.reseller.ref if account.reseller else None,
        metadata={"type": ["string", "null"], "description": "Reference of who is credited; null for the vendor's own"},
    )
    merged_into = fields.Function(
        lambda account: account.merged_into.ref if account.merged_into else None,
        metadata={"type": ["string", "null"], "description": "Where the story of a merged account goes on"},
    )
    locale = fields.String(metadata={"example": "pl"})
    services = fields.Function(
        lambda account: [
            held.service.code for held in (account.services if may(P.ACCOUNTS_READ) else account.credited_services)
        ],
        metadata={
            "type": "array",
            "items": {"type": "string"},
            "description": "Codes of services; to a reseller those that the vendor did not sell itself",
        },
    )
    shops = fields.List(fields.Nested(ShopShape))
    created_at = Moment()
    updated_at = Moment()
    version = fields.Integer(metadata={"description": "Raised by every change"})
