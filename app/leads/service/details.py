"""What forms hand to the verbs: a lead's company, contact, services and shops as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from app.core import identifiers
from app.core.clock import today
from app.core.search import fold, search_text
from app.core.workdays import add_workdays
from app.customers.models import COMPANY_FIELDS, CompanyDetails
from app.leads.models import TypedBy
from app.settings.models import vendor


@dataclass(frozen=True)
class Shop:
    """A web shop; `platform` is one of catalogue's PLATFORMS or empty."""

    url: str
    platform: str = ""

    @property
    def shown(self) -> str:
        """As the history shows it."""
        return f"{self.url} ({self.platform})" if self.platform else self.url


@dataclass(frozen=True, kw_only=True)
class LeadDetails:
    """Everything about a lead that people type. Canonical values; what is not given is None."""

    company_name: str
    country: str
    company_number: str
    vat_number: str | None = None
    regon: str | None = None
    krs: str | None = None
    einvoice_address: str | None = None
    einvoice_operator: str | None = None
    street: str
    postcode: str
    city: str
    website: str | None = None
    contact_name: str
    email: str
    phone: str
    services: tuple[str, ...] = ()
    """Codes of services, in the catalogue's order."""
    shops: tuple[Shop, ...] = ()

    @property
    def company_key(self) -> str:
        return identifiers.company_key(self.country, self.company_number)

    @property
    def company(self) -> dict[str, str | None]:
        """The company's fields by name."""
        return {field: getattr(self, field) or None for field in COMPANY_FIELDS}


@dataclass(frozen=True, kw_only=True)
class Registration(LeadDetails):
    """One sending of the registration form."""

    typed_by: TypedBy
    note: str = ""
    submission_key: str = ""
    suspicious: bool = False
    """Honeypot and time trap both spoke."""


def promise(workdays: int, since: datetime | None = None) -> datetime:
    """When something promised today (or at `since`) is due: the end of that working day at the vendor's."""
    own = vendor()
    zone = ZoneInfo(own.timezone)
    start = since.astimezone(zone).date() if since else today(own.timezone)
    return datetime.combine(add_workdays(start, workdays, own.country), time(17, 0), zone)


def found_by(record: CompanyDetails | LeadDetails, ref: str) -> dict[str, Any]:
    """The columns by which a lead is searched and ordered."""
    return {
        "search": search_text(
            ref,
            record.company_name,
            identifiers.number_search_words(record.country, record.company_number),
            record.vat_number,
            record.regon,
            record.krs,
            record.contact_name,
            record.email,
            record.phone,
            record.website,
            record.city,
        ),
        "name_sort": fold(record.company_name)[:200],
    }
