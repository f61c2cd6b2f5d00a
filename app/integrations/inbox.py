"""What waits for whoever looks after software partners: new ones to take on, and registrations that were set apart."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import url_for
from sqlalchemy.orm import joinedload

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.db import db
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.core.workdays import add_workdays
from app.integrations.models import PartnerRegistration, PartnerState, SoftwarePartner
from app.people.models import Person
from app.settings.models import vendor

_WAITED_FOR = {StaffRole.COORDINATOR, StaffRole.ACCOUNT_MANAGER, StaffRole.TEAM_LEADER}
TAKEN_ON_IN = 2
"""Working days in which somebody looks after a new software partner."""
LOOKED_AT_IN = 1
"""Working days in which a registration that was set apart is looked at."""


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In two queries. An administrator may do it too, but is not waited for."""
    if not policy.allows(actor, P.SOFTWARE_PARTNERS_MANAGE) or not actor.staff_roles & _WAITED_FOR:
        return []
    apart = db.session.scalars(
        sa.select(PartnerRegistration)
        .where(PartnerRegistration.suspicious, PartnerRegistration.confirmed_at.is_(None))
        .order_by(PartnerRegistration.id)
        .limit(limit)
    )
    new = db.session.scalars(
        sa.select(SoftwarePartner)
        .where(SoftwarePartner.state == PartnerState.ACTIVE, SoftwarePartner.manager_id.is_(None))
        .order_by(SoftwarePartner.created_at, SoftwarePartner.id)
        .limit(limit)
        .options(joinedload(SoftwarePartner.organisation))
    )
    return [
        InboxItem(
            f"partner-registration:{one.ref}",
            "flag",
            one.company_name,
            _("Registration of a software partner to look at: a robot may have sent it"),
            _by(one.created_at, LOOKED_AT_IN),
            url_for("integrations_desk.registrations"),
        )
        for one in apart
    ] + [
        InboxItem(
            f"software-partner:{one.ref}",
            "people",
            one.organisation.name,
            _("New software partner: nobody looks after it yet"),
            _by(one.created_at, TAKEN_ON_IN),
            url_for("integrations_desk.partner", ref=one.ref),
        )
        for one in new
    ]


def _by(moment: datetime, workdays: int) -> datetime:
    zone = ZoneInfo(vendor().timezone)
    day = add_workdays(moment.astimezone(zone).date(), workdays, vendor().country)
    return datetime.combine(day, time(17, 0), zone)
