"""What waits for staff among leads: to decide, between competing ones, to convert, requests, notes."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.core.db import db
from app.core.i18n import _, ngettext
from app.core.inbox import InboxItem
from app.customers.models import Account, AccountState
from app.leads.models import OPEN, ChangeRequest, ChangeRequestKind, ChangeRequestState, Lead, LeadState
from app.people.models import Person
from app.settings.models import vendor


def items(actor: Person, limit: int) -> list[InboxItem]:
    """The most urgent of each kind that this person's role may act on; at most four queries."""
    found: list[InboxItem] = []
    if policy.allows(actor, P.LEADS_DECIDE):
        found += _to_decide(limit)
    if policy.allows(actor, P.LEADS_CONVERT):
        found += _to_convert(limit)
    if policy.allows(actor, P.CHANGE_REQUESTS_DECIDE):
        found += _requests(limit)
    if policy.allows(actor, P.LEADS_EDIT):
        found += _notes(limit)
    return found


def _to_decide(limit: int) -> list[InboxItem]:
    """One item for each lead; one for each company when several claim it."""
    others = (
        sa.select(sa.func.count())
        .select_from(sa.alias(Lead.__table__, "rival"))
        .where(
            sa.column("rival.company_key", is_literal=True) == Lead.company_key,
            sa.column("rival.state", is_literal=True).in_(OPEN),
        )
        .scalar_subquery()
    )
    credited = (
        sa.select(sa.func.count())
        .where(
            Account.company_key == Lead.company_key,
            Account.state == AccountState.ACTIVE,
            Account.reseller_id.is_not(None),
            Account.reseller_id != Lead.reseller_id,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        sa.select(Lead, others, credited)
        .where(Lead.state == LeadState.SUBMITTED)
        .order_by(Lead.answer_by, Lead.id)
        .limit(limit)
    )
    found: dict[str, InboxItem] = {}
    for lead, rivals, taken in rows:
        if rivals > 1 or taken:
            key = f"company:{lead.company_key}"
            found.setdefault(
                key,
                InboxItem(
                    key,
                    "people",
                    lead.company_name,
                    ngettext(
                        "%(num)s reseller registered this company", "%(num)s resellers registered this company", rivals
                    )
                    if rivals > 1
                    else _("This company is an account of another reseller's"),
                    lead.answer_by,
                    url_for("leads_desk.competition", ref=lead.ref),
                ),
            )
        else:
            key = f"lead:{lead.ref}"
            found[key] = InboxItem(
                key,
                "flag" if lead.suspicious or lead.flagged else "leads",
                lead.company_name,
                _check_words(lead),
                lead.answer_by,
                url_for("leads_desk.lead", ref=lead.ref),
            )
    return list(found.values())


def _check_words(lead: Lead) -> str:
    if lead.suspicious:
        return _("Lead to check: it may have been typed by a robot")
    if lead.flagged:
        return _("Lead to check: the reseller registered unusually many that day")
    return _("Lead to check, nobody else has this company")


def _to_convert(limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(Lead).where(Lead.state == LeadState.ACCEPTED).order_by(Lead.answer_by, Lead.id).limit(limit)
    )
    return [
        InboxItem(
            f"convert:{lead.ref}",
            "people",
            lead.company_name,
            _("Accepted lead to turn into an account"),
            lead.answer_by,
            url_for("leads_desk.conversion_preview", ref=lead.ref),
        )
        for lead in rows
    ]


def _requests(limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(ChangeRequest)
        .where(ChangeRequest.state == ChangeRequestState.SUBMITTED)
        .order_by(ChangeRequest.answer_by, ChangeRequest.id)
        .options(joinedload(ChangeRequest.lead), joinedload(ChangeRequest.account))
        .limit(limit)
    )
    return [
        InboxItem(
            f"request:{found.ref}",
            "edit",
            found.about.company_name,
            _("Further services or shops requested")
            if found.kind == ChangeRequestKind.ADDITION
            else _("Change of details requested"),
            found.answer_by,
            url_for("leads_desk.change_request", ref=found.ref),
        )
        for found in rows
    ]


def _notes(limit: int) -> list[InboxItem]:
    rows = db.session.scalars(
        sa.select(Lead).where(Lead.told_at.is_not(None)).order_by(Lead.told_at, Lead.id).limit(limit)
    )
    return [
        InboxItem(
            f"note:{lead.ref}",
            "mail",
            lead.company_name,
            _("The reseller wrote a note"),
            _end_of(lead.told_at + timedelta(days=1)),
            url_for("leads_desk.lead", ref=lead.ref, _anchor="notes"),
        )
        for lead in rows
        if lead.told_at is not None
    ]


def _end_of(moment: datetime) -> datetime:
    """The end of a day at the vendor's: a note is answered by the day after."""
    zone = ZoneInfo(vendor().timezone)
    return datetime.combine(moment.astimezone(zone).date(), time(17, 0), zone)
