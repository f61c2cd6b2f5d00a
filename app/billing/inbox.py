"""What waits for finance: what is due and what is overdue, each once a day as one item; details whose past nobody has
checked, and invoices without an account."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.billing.models import BillingDetail, Invoice
from app.billing.queries.invoices import in_group
from app.core.clock import today
from app.core.db import db
from app.core.i18n import _, ngettext
from app.core.inbox import InboxItem
from app.core.paging import COUNT_CAP, capped_count
from app.people.models import Person
from app.settings.models import vendor


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In two queries for whoever hands over, and two for whoever keeps invoices."""
    found: list[InboxItem] = []
    if policy.allows(actor, P.BILLING_HAND_OVER):
        found += _due() + _unclear(limit)
    if policy.allows(actor, P.INVOICES_EDIT):
        found += _overdue() + _unmatched(limit)
    return found


def _due() -> list[InboxItem]:
    """Its key holds the day: whoever sets it aside is told again tomorrow."""
    zone = vendor().timezone
    day = today(zone)
    count = capped_count(sa.select(BillingDetail.id).where(BillingDetail.next_on <= day))
    if not count:
        return []
    return [
        InboxItem(
            f"billing:{day.isoformat()}",
            "clock",
            _("Due to be invoiced"),
            _("More than 10,000 billing details have a period to hand over to invoicing")
            if count > COUNT_CAP
            else ngettext(
                "%(num)s billing detail has a period to hand over to invoicing",
                "%(num)s billing details have a period to hand over to invoicing",
                count,
            ),
            datetime.combine(day, time(17, 0), ZoneInfo(zone)),
            url_for("billing_desk.due"),
        )
    ]


def _unclear(limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(BillingDetail)
        .where(BillingDetail.past_unclear)
        .order_by(BillingDetail.created_at, BillingDetail.id)
        .options(joinedload(BillingDetail.account))
        .limit(limit)
    )
    zone = ZoneInfo(vendor().timezone)
    return [
        InboxItem(
            f"billing-past:{detail.ref}",
            "flag",
            detail.account.company_name,
            _("Billing began long ago: say what was invoiced elsewhere"),
            datetime.combine((detail.created_at.astimezone(zone) + timedelta(days=2)).date(), time(17, 0), zone),
            url_for("billing_desk.detail", ref=detail.ref),
        )
        for detail in rows
    ]


def _overdue() -> list[InboxItem]:
    """Its key holds the day, as that of what is due."""
    zone = vendor().timezone
    day = today(zone)
    count = capped_count(sa.select(Invoice.id).where(in_group("overdue", day)))
    if not count:
        return []
    return [
        InboxItem(
            f"invoices-overdue:{day.isoformat()}",
            "flag",
            _("Overdue invoices"),
            _("More than 10,000 invoices are overdue")
            if count > COUNT_CAP
            else ngettext("%(num)s invoice is overdue", "%(num)s invoices are overdue", count),
            datetime.combine(day, time(17, 0), ZoneInfo(zone)),
            url_for("billing_desk.invoices", group="overdue", sort="due"),
        )
    ]


def _unmatched(limit: int) -> list[InboxItem]:
    """Nobody promised anybody anything; they are late after five days."""
    rows = db.session.scalars(
        sa.select(Invoice).where(in_group("unmatched", today(vendor().timezone))).order_by(Invoice.id).limit(limit)
    )
    zone = ZoneInfo(vendor().timezone)
    return [
        InboxItem(
            f"invoice-account:{invoice.ref}",
            "doc",
            invoice.buyer_name,
            _("Choose the account of the invoice %(number)s", number=invoice.number),
            datetime.combine((invoice.created_at.astimezone(zone) + timedelta(days=5)).date(), time(17, 0), zone),
            url_for("billing_desk.invoice", ref=invoice.ref),
        )
        for invoice in rows
    ]
