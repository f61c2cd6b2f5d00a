"""What waits for those who look after pilots: a verdict whose day has come."""

from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

from flask import url_for

from app.access import policy
from app.access.permissions import P
from app.access.roles import StaffRole
from app.core.clock import today
from app.core.i18n import _
from app.core.inbox import InboxItem
from app.manuals.models import Pilot
from app.manuals.queries import pilots as queries
from app.people.models import Person
from app.people.queries import stood_in_for
from app.settings.models import vendor


def items(actor: Person, limit: int) -> list[InboxItem]:
    """In two queries: of software partners that one looks after oneself, or for somebody who is away, and for a
    coordinator those that nobody looks after."""
    if not policy.allows(actor, P.PILOTS_MANAGE):
        return []
    own = vendor()
    day = today(own.timezone)
    people = [actor.id, *(person.id for person in stood_in_for(actor, day))]
    coordinates = StaffRole.COORDINATOR in actor.staff_roles
    zone = ZoneInfo(own.timezone)
    return [_item(pilot, zone) for pilot in queries.overdue(people, day, coordinates=coordinates, limit=limit)]


def _item(pilot: Pilot, zone: ZoneInfo) -> InboxItem:
    integration = pilot.integration
    both = _("%(product)s with %(package)s", product=integration.product.name, package=integration.package.name)
    assert pilot.ends_on is not None
    return InboxItem(
        f"pilot:{pilot.ref}",
        "plan",
        pilot.account.company_name,
        _("Verdict of the pilot: %(integration)s", integration=both),
        datetime.combine(pilot.ends_on, time(17, 0), zone),
        url_for("manuals_desk.pilot", ref=pilot.ref),
    )
