"""An order confirmation: what it says, from what the plan knows, and its layout as words (T5).

`Order` is what is kept with a `PlanDocument`, as values; `Sheet` says it in words, for the page and for the PDF alike.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import current_app
from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass as kept

from app.catalogue.words import PERIOD_NAMES
from app.core import identifiers, markdown, money
from app.core.clock import now
from app.core.files import store
from app.core.i18n import _, _l, country_name, current_locale, format_date, in_locale
from app.core.pdf import Picture, drawn
from app.settings.models import vendor

TEMPLATE = Path(__file__).with_name("confirmation.typ")
ORDER_CONFIRMATION = "order_confirmation"
NAMES: Mapping[str, Any] = {ORDER_CONFIRMATION: _l("Order confirmation")}
"""What can be generated."""
VERIFY = "/verify"
"""Where anybody who holds the file can check it, see app/plans/public.py."""

_EXACT = ConfigDict(extra="forbid")


@kept(frozen=True, config=_EXACT)
class Company:
    """The customer, as it stood then."""

    name: str
    country: str = ""
    company_number: str = ""
    vat_number: str = ""
    street: str = ""
    postcode: str = ""
    city: str = ""


@kept(frozen=True, config=_EXACT)
class Fee:
    """A service, and what it costs without VAT."""

    name: str
    net: Decimal
    currency: str
    months: int


@kept(frozen=True, config=_EXACT)
class Signatory:
    """Somebody who may sign for the customer."""

    name: str
    role: str


@kept(frozen=True, config=_EXACT)
class Order:
    """What is confirmed."""

    company: Company
    fees: tuple[Fee, ...]
    year_from: date
    year_until: date
    """The first financial year."""
    signatories: tuple[Signatory, ...]
    partner: str = ""
    """The service partner who acts for the vendor; "" for nobody."""
    agreed: str = ""
    """What else was agreed, in the vendor's words."""
    title: str = ""
    terms: str = ""
    """The playbook's document in the language of the confirmation, as Markdown."""
    vendor: str = ""
    vendor_line: str = ""
    manager: str = ""
    manager_email: str = ""


_SHAPE = TypeAdapter(Order)


def to_content(order: Order) -> dict[str, Any]:
    """As it is kept."""
    content: dict[str, Any] = _SHAPE.dump_python(order, mode="json")
    return content


def from_content(content: Mapping[str, Any]) -> Order:
    return _SHAPE.validate_python(content)


# --- in words ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sheet:
    """The whole confirmation in words, with its headings: templates only lay out."""

    locale: str
    title: str
    number: str
    """K-7K3F9Q2M, version 2"""
    made: str
    words: Mapping[str, str]
    company: tuple[str, ...]
    """The name first."""
    supplier: tuple[str, ...]
    fees: tuple[tuple[str, str, str], ...]
    """What, how often, how much."""
    year: str
    signatories: tuple[tuple[str, str], ...]
    partner: str
    agreed: tuple[str, ...]
    terms: str
    verify: str
    """Where and how the file is checked, a sentence."""


def number_of(ref: str, number: int) -> str:
    """In the language spoken now."""
    return _("%(ref)s, version %(number)s", ref=ref, number=number)


def sheet_of(order: Order, ref: str, number: int, made_at: datetime, locale: str) -> Sheet:
    """In the language of the confirmation, whoever reads it."""
    with in_locale(locale):
        company = order.company
        lines = [company.street, f"{company.postcode} {company.city}".strip()]
        if company.country:
            lines.append(country_name(company.country))
        if company.company_number:
            shown = identifiers.show_company_number(company.country, company.company_number)
            lines.append(_("Company number: %(number)s", number=shown))
        if company.vat_number:
            shown = identifiers.show_identifier(company.country, "vat_number", company.vat_number)
            lines.append(_("VAT number: %(number)s", number=shown))
        supplier = [order.vendor_line, _("Account manager: %(name)s", name=order.manager), order.manager_email]
        return Sheet(
            locale=current_locale(),
            title=order.title,
            number=number_of(ref, number),
            made=_("Made on %(date)s", date=format_date(made_at)),
            words=_headings(),
            company=(company.name, *(line for line in lines if line)),
            supplier=(order.vendor, *(line for line in supplier if line)),
            fees=tuple(
                (fee.name, str(PERIOD_NAMES.get(fee.months, "")), money.written(fee.net, fee.currency))
                for fee in order.fees
            ),
            year=_("From %(from)s until %(until)s", **_year(order)),
            signatories=tuple((one.name, one.role) for one in order.signatories),
            partner=_(
                "On behalf of %(vendor)s, this work is done by: %(partner)s", vendor=order.vendor, partner=order.partner
            )
            if order.partner
            else "",
            agreed=tuple(order.agreed.split("\n")) if order.agreed else (),
            terms=order.terms,
            verify=_(
                "Whether this file is unchanged, and whether it was accepted, can be checked at %(address)s",
                address=verify_address(),
            ),
        )


def _year(order: Order) -> dict[str, str]:
    return {"from": format_date(order.year_from), "until": format_date(order.year_until)}


def verify_address() -> str:
    return str(current_app.config["GANGWAY"].public_url) + VERIFY


def _headings() -> dict[str, str]:
    return {
        "customer": _("Customer"),
        "supplier": _("Supplier"),
        "services": _("Services and fees"),
        "service": _("Service"),
        "often": _("How often it is invoiced"),
        "net": _("Net amount"),
        "vat": _("All amounts are without VAT."),
        "year": _("First financial year"),
        "signatories": _("Who may sign for the customer"),
        "partner": _("Service partner"),
        "agreed": _("Also agreed"),
        "terms": _("Terms of the assignment"),
        "acceptance": _("Acceptance"),
        "how": _(
            "This document is accepted online. Who accepted it, when and from where is kept together with the SHA-256 "
            "of this file, and both sides get a copy."
        ),
    }


def pdf_of(sheet: Sheet, made_at: datetime | None = None) -> bytes:
    """The file that is accepted: the same words."""
    ours = vendor()
    pictures = []
    if ours.logo:
        with store().open(ours.logo) as file:
            pictures.append(Picture("logo.png", file.read()))
    data = {
        **asdict(sheet),
        "terms": markdown.blocks(sheet.terms),
        "brand": ours.brand,
        "accent": ours.colours.light,
        "logo": "logo.png" if pictures else "",
    }
    return drawn(TEMPLATE, data, *pictures, at=made_at or now())
